import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { clockSkew } from '../../../lib/faults/clock-skew.ts';
import { eventually, processesOf, TASK, TestHost } from './host.ts';

/** `date` on a host whose clock is off by what a file says, in nanoseconds. */
const DATE = `#!/bin/sh
off=$(cat "$FAKE_ENGINE/../clock")
case $1 in
  -s)
    by=\${2#now }; by=\${by% seconds}; sign=\${by%\${by#?}}; by=\${by#?}
    whole=\${by%.*}; part=1\${by#*.}
    echo "$((off \${sign} (whole * 1000000000 + part - 1000000000)))" >"$FAKE_ENGINE/../clock" ;;
  +%s%N) echo "$(($(/bin/date +%s%N) + off))" ;;
  +%s) echo "$((($(/bin/date +%s%N) + off) / 1000000000))" ;;
  -d) exec /bin/date "$@" ;;
  *) exit 64 ;;
esac
`;
const SECOND_NS = 1e9;
/** What a reading may be off. */
const MILLISECONDS_NS = 3e6;

async function aHost() {
  const host = await TestHost.start(clockSkew);
  const clock = path.join(host.folder, 'clock');
  writeFileSync(clock, '0\n');
  host.addTool('date', DATE);
  const offNs = () => Number(readFileSync(clock, 'utf8'));
  const setNs = (ns: number) => writeFileSync(clock, `${ns}\n`);
  const run = (action: string, parameters: Readonly<Record<string, string>> = {}) =>
    host.run(action, { target: 'host', offsetSeconds: '120', driftPpm: '0', ...parameters });
  return { host, run, offNs, setNs };
}

describe('the clock', () => {
  it.each(['120', '-3600', '0.25', '-0.1234', '31536000'])(
    'is off by %s s, and right again to the millisecond',
    async (offsetSeconds) => {
      const { host, run, offNs } = await aHost();
      expect((await run('apply', { offsetSeconds })).answer).toMatchObject({
        code: 'applied',
        members: [{ state: 'skewed' }],
      });
      expect(offNs()).toBe(Math.round(Number(offsetSeconds) * SECOND_NS));
      expect((await run('status')).answer).toMatchObject({ members: [{ id: 'host', state: 'skewed' }] });
      expect((await run('undo')).answer).toMatchObject({ undone: true, members: [{ state: 'not-skewed' }] });
      expect(Math.abs(offNs())).toBeLessThan(MILLISECONDS_NS);
      expect(existsSync(path.join(host.state, '.clock'))).toBe(false);
      await eventually(() => expect(processesOf(host)).toEqual([]));
    },
  );

  it('drifts by as much as it was told, and stops drifting', async () => {
    const { host, run, offNs } = await aHost();
    await run('apply', { offsetSeconds: '0', driftPpm: '-50000' });
    const [fromMs, from] = [performance.now(), offNs()];
    await new Promise((resolve) => setTimeout(resolve, 6000));
    const elapsedMs = performance.now() - fromMs;
    // A step of a second's drift may be missing at either end.
    expect(Math.abs((offNs() - from) / 1e6 + 0.05 * elapsedMs)).toBeLessThan(100);
    expect((await run('undo')).answer).toMatchObject({ undone: true });
    await eventually(() => expect(processesOf(host)).toEqual([]));
    expect(Math.abs(offNs())).toBeLessThan(MILLISECONDS_NS);
  });

  it('is right again by the host’s timer at the true moment, although the wall clock is an hour behind', async () => {
    const { host, run, offNs } = await aHost();
    const untilS = Math.floor(Date.now() / 1000) + 8;
    await run('apply', { offsetSeconds: '-3600', until: String(untilS) });
    expect(offNs()).toBe(-3600 * SECOND_NS);
    await eventually(() => expect(Math.abs(offNs())).toBeLessThan(MILLISECONDS_NS));
    expect(Date.now()).toBeGreaterThanOrEqual(untilS * 1000 - 20);
    await eventually(() => expect(processesOf(host)).toEqual([]));
  });

  it('comes out right whoever has moved it in between, and twice undone is moved once', async () => {
    const { run, offNs, setNs } = await aHost();
    await run('apply');
    setNs(-7 * SECOND_NS);
    expect((await run('undo')).answer).toMatchObject({ undone: true });
    expect(Math.abs(offNs())).toBeLessThan(MILLISECONDS_NS);
    setNs(5 * SECOND_NS);
    expect((await run('undo')).answer).toMatchObject({ undone: true, members: [] });
    expect(offNs()).toBe(5 * SECOND_NS);
  });

  it('that cannot be set is no effect, and nothing is left of the try', async () => {
    const { host, run, offNs } = await aHost();
    host.addTool('date', DATE.replace('  -s)', '  -s) exit 1'));
    expect((await run('apply')).answer).toMatchObject({ code: 'failed', undone: true });
    host.addTool('date', DATE.replace('  -s)', '  -s) exit 0'));
    expect((await run('apply', { experiment: 'trial-2' })).answer).toMatchObject({ code: 'failed', undone: true });
    expect(offNs()).toBe(0);
    expect(existsSync(path.join(host.state, '.clock'))).toBe(false);
  });

  it('of one container is refused with the reason, and one experiment at a time has the host’s', async () => {
    const { run } = await aHost();
    const { answer } = await run('apply', { target: TASK });
    expect(answer).toMatchObject({ code: 'not-possible', because: expect.stringContaining('time namespace') });
    await run('apply');
    expect((await run('apply', { experiment: 'trial-2' })).answer).toMatchObject({ code: 'fault-running' });
    expect((await run('undo')).answer).toMatchObject({ undone: true, members: [{ state: 'not-skewed' }] });
  });

  it('is only spoken of in a plan', async () => {
    const { run, offNs } = await aHost();
    expect((await run('plan', { offsetSeconds: '-1.5', driftPpm: '20' })).answer.would).toEqual([
      'host: env TZ=UTC0 date -s now -1.500000000 seconds',
      'host: every second: env TZ=UTC0 date -s now +0.000020000 seconds',
    ]);
    expect(offNs()).toBe(0);
  });
});
