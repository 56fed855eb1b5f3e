import { expect, it } from 'vitest';
import { follow } from '../../lib/audit/chain.ts';
import type { AuditRecord, Entry, RecordKind } from '../../lib/audit/record.ts';
import { VirtualClock } from './clock.ts';
import { brokenLaws, howItEnded } from './laws.ts';
import type { RunFacts } from './run-facts.ts';
import { RunLog } from './run-log.ts';
import { EXPERIMENT, GROUP, SCENARIOS, START_MS } from './scenarios.ts';

const TARGET = 'arn:aws:ecs:eu-west-1:123456789012:task/shop/1';

/** A happy run of the reversible fault, told event by event; a test leaves some out, or adds some. */
function aRun(change: (log: RunLog, say: Say, clock: VirtualClock) => void = wellDone): RunFacts {
  const clock = new VirtualClock(START_MS);
  const log = new RunLog(clock);
  const chain: AuditRecord[] = [];
  const say: Say = (kind, facts = {}) => {
    const entry: Entry = { key: `o/${kind}`, kind, actor: 'a', reason: 'r', group: GROUP, resource: TARGET, facts };
    const record = follow(EXPERIMENT, chain.at(-1), entry, clock.now());
    chain.push(record);
    log.add({ kind: 'record', record });
  };
  change(log, say, clock);
  const [, scenario = expect.fail('no reversible scenario')] = SCENARIOS;
  return {
    scenario,
    injection: undefined,
    log,
    end: { status: 'SUCCEEDED', result: '{"verdict":"held"}', error: undefined, invocations: 1 },
    points: [],
    isInjected: false,
    chain,
    finalChain: chain,
    group: { group: GROUP, lastExperiment: EXPERIMENT },
    account: { slots: [], starts: [{ experiment: EXPERIMENT, atMs: START_MS }] } as never,
    nowMs: clock.now(),
    sweeps: [],
    defects: [],
  };
}
type Say = (kind: RecordKind, facts?: AuditRecord['facts']) => void;

const HELD = { verdict: 'held', tookEffect: true, because: 'it held' };

function wellDone(log: RunLog, say: Say, clock: VirtualClock): void {
  say('started');
  log.add({ kind: 'act', act: 'freeze', target: TARGET, by: EXPERIMENT });
  clock.advance(60_000);
  log.add({ kind: 'healed', target: TARGET, by: 'undo' });
  say('ended', HELD);
  log.add({ kind: 'settled', frozen: [] });
}

it('finds nothing wrong with a run that went well', () => {
  expect(brokenLaws(aRun())).toEqual([]);
  expect(howItEnded(aRun())).toBe('held');
});

it('finds a second act, and an act without its record', () => {
  const act = { kind: 'act', act: 'freeze', target: TARGET, by: EXPERIMENT } as const;
  const twice = aRun((log, say, clock) => {
    say('started');
    log.add(act);
    clock.advance(1_000);
    log.add(act);
    log.add({ kind: 'healed', target: TARGET, by: 'undo' });
    say('ended', HELD);
  });
  expect(brokenLaws(twice)).toContainEqual(expect.stringContaining('acted on twice'));
  const unrecorded = aRun((log, say) => {
    log.add(act);
    log.add({ kind: 'healed', target: TARGET, by: 'undo' });
    say('started');
    say('ended', HELD);
  });
  expect(brokenLaws(unrecorded)).toContainEqual(expect.stringContaining('without a started record before it'));
});

it('finds a second call that acts, though nothing came of it; tries of one call are one', () => {
  const calling = (...callIds: string[]) =>
    aRun((log, say, clock) => {
      wellDone(log, say, clock);
      for (const callId of callIds) log.add({ kind: 'acting-call', target: TARGET, callId });
    });
  expect(brokenLaws(calling('a', 'b'))).toEqual([`2 acting calls for ${TARGET}`]);
  expect(brokenLaws(calling('a', 'a'))).toEqual([]);
});

it('finds an act that comes after the end, and a start without an end', () => {
  const late = aRun((log, say, clock) => {
    wellDone(log, say, clock);
    log.add({ kind: 'act', act: 'freeze', target: TARGET, by: EXPERIMENT });
  });
  expect(brokenLaws(late)).toContainEqual(expect.stringContaining('after the verdict or failure was recorded'));
  expect(brokenLaws(aRun((_, say) => say('started')))).toEqual(['started without a settled end: started']);
  const refused = aRun((_, say) => {
    say('started');
    say('refused');
  });
  expect(brokenLaws(refused)).toEqual(['started without a settled end: started refused']);
});

it('finds a fault that is left, and one that is on when the end is recorded', () => {
  const left = aRun((log, say) => {
    say('started');
    log.add({ kind: 'act', act: 'freeze', target: TARGET, by: EXPERIMENT });
    say('undone');
    say('ended', HELD);
    log.add({ kind: 'settled', frozen: [TARGET] });
  });
  expect(brokenLaws(left).join('\n')).toMatch(
    /fault still on(.|\n)*a fault was left(.|\n)*recorded as undone, and was not/,
  );
});

it('finds claims that are held past their time, and an act that used nothing up', () => {
  const held = {
    ...aRun(),
    group: { group: GROUP, lastExperiment: EXPERIMENT, inFlight: { untilMs: Number.MAX_SAFE_INTEGER } },
  };
  expect(brokenLaws(held as unknown as RunFacts)).toEqual(['the group is claimed past any time']);
  expect(brokenLaws({ ...aRun(), group: undefined, account: undefined })).toEqual([
    `an act that used up no spacing of ${GROUP}`,
    'an act that used up no budget',
  ]);
});

it('finds verdicts that are not true', () => {
  const noAct = aRun((_, say) => {
    say('started');
    say('ended', HELD);
  });
  expect(brokenLaws(noAct)).toContain('held, though the fault never took effect');
  const hurt = aRun((log, say, clock) => {
    say('started');
    log.add({ kind: 'act', act: 'freeze', target: TARGET, by: EXPERIMENT });
    log.add({ kind: 'hurt' });
    clock.advance(60_000);
    log.add({ kind: 'healed', target: TARGET, by: 'undo' });
    say('ended', HELD);
  });
  expect(brokenLaws(hurt)).toEqual(['held, though users saw errors']);
  const unhurt = aRun((log, say, clock) => {
    wellDone(log, (kind, facts) => say(kind, kind === 'ended' ? { ...facts, verdict: 'broken' } : facts), clock);
  });
  expect(brokenLaws(unhurt).join('\n')).toMatch(
    /answered held, the record says broken(.|\n)*broken, though nothing was/,
  );
});

it('finds a record that was changed', () => {
  const run = aRun();
  const [first = expect.fail('no record')] = run.finalChain;
  const finalChain = [{ ...first, reason: 'another' }, ...run.finalChain.slice(1)];
  expect(brokenLaws({ ...run, finalChain })).toContainEqual(expect.stringContaining('it was changed'));
});
