import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeDigests } from '../../functions/sweep/digest.ts';
import { follow } from '../../lib/audit/chain.ts';
import type { Entry } from '../../lib/audit/record.ts';
import { AuditTable } from '../../lib/aws/audit-table.ts';
import { exportAudit, verify } from '../../lib/cli/commands/audit.ts';
import { blame } from '../../lib/cli/commands/blame.ts';
import { history } from '../../lib/cli/commands/history.ts';
import { show } from '../../lib/cli/commands/show.ts';
import type { Output } from '../../lib/cli/output.ts';
import { anEntry } from '../audit/examples.ts';
import { type StartedAuditTable, startAuditTable } from '../aws/start-audit-table.ts';

const TASK = 'arn:aws:ecs:eu-west-1:111122223333:task/shop/0123456789abcdef0123456789abcdef';
const STACK = { stack: 'Capuchin' };
const folder = mkdtempSync(path.join(tmpdir(), 'capuchin-audit-'));

let started: StartedAuditTable;
let parameters: Server;
let audit: AuditTable;
beforeAll(async () => {
  started = await startAuditTable();
  parameters = await parametersNaming(started.table);
  audit = new AuditTable(started.table);
  await fill();
});
afterAll(async () => {
  delete process.env.AWS_ENDPOINT_URL_SSM;
  await new Promise((resolve) => parameters.close(resolve));
  await started.close();
  rmSync(folder, { recursive: true });
});

/** A parameter store that says where the stack's parts are. */
async function parametersNaming(table: string): Promise<Server> {
  const others = ['PlanFunction', 'CommandFunction', 'HaltFunction', 'SweepFunction', 'NoticeTopic', 'LeverParameter'];
  const none = [...others, 'LeashParameter', 'ScheduleGroup', 'StateTable'].map((name) => [name, '']);
  const Value = JSON.stringify({ AuditTable: table, TagPrefix: 'chaos:', ...Object.fromEntries(none) });
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.end(JSON.stringify({ Parameter: { Value } })));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  process.env.AWS_ENDPOINT_URL_SSM = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  return server;
}

async function grow(chain: string, at: string, entry: Partial<Entry>): Promise<void> {
  const last = await audit.readLast(chain);
  await audit.putIfAbsent(follow(chain, last, anEntry(`${entry.kind}/${at}`, entry), Date.parse(at)));
}

/** An experiment over midnight, one that was refused, a plan and a turn of the lever. */
async function fill(): Promise<void> {
  const group = 'shop/cart';
  await grow('plan/2026-11-20', '2026-11-20T00:01:00Z', { kind: 'plan-drawn', facts: { planned: 1, notPlanned: {} } });
  await grow('cart-1', '2026-11-20T00:01:01Z', { kind: 'planned', group, facts: { fault: 'stop-task', at: 'later' } });
  await grow('cart-1', '2026-11-20T23:59:00Z', { kind: 'started', group, resource: TASK });
  await grow('cart-1', '2026-11-20T23:59:01Z', { kind: 'injected', group, resource: TASK });
  await grow('cart-1', '2026-11-21T00:03:00Z', {
    kind: 'ended',
    group,
    facts: { verdict: 'held', fault: 'stop-task', because: 'all probes held', recoverySeconds: 12.5 },
  });
  await grow('mail-1', '2026-11-21T09:00:00Z', {
    kind: 'refused',
    group: 'shop/mail',
    facts: { refusals: [{ code: 'late', because: '9 s late' }] },
  });
  await grow('lever', '2026-11-21T10:00:00Z', { kind: 'lever-engaged', facts: { on: true } });
  await writeDigests({ audit, now: () => Date.parse('2026-11-21T00:20:00Z') });
  await writeDigests({ audit, now: () => Date.parse('2026-11-22T00:20:00Z') });
}

/** What a command printed: data, and talk. */
function listening(): Output & { readonly lines: string[]; readonly said: string[] } {
  const [lines, said]: [string[], string[]] = [[], []];
  return {
    lines,
    said,
    out: (text) => void lines.push(text),
    talk: (text) => void said.push(text),
    style: (_, text) => text,
    width: 100,
    progress: () => undefined,
  };
}

/** The keys of a document, and of what it has under them. */
function keysOf(value: unknown): unknown {
  if (Array.isArray(value)) return [];
  if (value === null || typeof value !== 'object') return 'plain';
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, keysOf(member)]));
}

/** The keys that docs/audit.md gives for a command. */
function documented(command: string): unknown {
  const text = readFileSync(path.join(import.meta.dirname, '..', '..', 'docs', 'audit.md'), 'utf8');
  const [, block = 'null'] = new RegExp(`^\`capuchin ${command} .*?\`\`\`json\n(.*?)\`\`\``, 'ms').exec(text) ?? [];
  return keysOf(JSON.parse(block));
}

async function documentOf(command: (output: Output) => Promise<unknown>): Promise<Record<string, unknown>> {
  const output = listening();
  await command(output);
  expect(output.said).toEqual([]);
  return JSON.parse(output.lines.join('\n')) as Record<string, unknown>;
}

const days = { days: 30, from: '2026-11-20', to: '2026-11-21' };

describe('capuchin history', () => {
  it('tells of one day, with what became after midnight of that which had begun', async () => {
    const said = await documentOf((output) => history(output, { ...STACK, days: 7, day: '2026-11-20', json: true }));
    expect(said).toEqual({
      from: '2026-11-20',
      to: '2026-11-20',
      experiments: [
        {
          at: '2026-11-21T00:03:00.000Z',
          experiment: 'cart-1',
          group: 'shop/cart',
          verdict: 'held',
          fault: 'stop-task',
          recoverySeconds: 12.5,
          healthySeconds: null,
          because: 'all probes held',
        },
      ],
      trends: expect.any(Array),
    });
    expect(keysOf(said)).toEqual(documented('history'));
  });

  it('tells of all groups of a day, or of one', async () => {
    const named = async (group?: string, day = '2026-11-21'): Promise<unknown> => {
      const { experiments } = await documentOf((output) =>
        history(output, { ...STACK, days: 7, day, group, json: true }),
      );
      return (experiments as { experiment: string; verdict: string }[]).map(
        (one) => `${one.experiment} ${one.verdict}`,
      );
    };
    expect(await named()).toEqual(['cart-1 held', 'mail-1 refused']);
    expect(await named('shop/mail')).toEqual(['mail-1 refused']);
    expect(await named('shop/cart')).toEqual(['cart-1 held']);
    expect(await named('shop/mail', '2026-11-20')).toEqual([]);
    const output = listening();
    await history(output, { ...STACK, days: 7, day: '2026-11-22' });
    expect([output.lines, output.said]).toEqual([[], ['No experiment on 2026-11-22.']]);
  });
});

describe('capuchin show and blame', () => {
  it('print what docs/audit.md says', async () => {
    const records = await audit.readChain('cart-1');
    const shown = await documentOf((output) => show(output, 'cart-1', { ...STACK, json: true }));
    expect(shown).toEqual({ experiment: 'cart-1', records });
    expect(keysOf(shown)).toEqual(documented('show'));
    const blamed = await documentOf((output) => blame(output, TASK, { ...STACK, days: 7, json: true }));
    expect(blamed).toEqual({ resource: TASK, monkey: true, records: records.slice(1, 3) });
    expect(keysOf(blamed)).toEqual(documented('blame'));
    const innocent = await documentOf((output) => blame(output, 'arn:other', { ...STACK, days: 7, json: true }));
    expect(innocent).toEqual({ resource: 'arn:other', monkey: false, records: [] });
  });
});

describe('capuchin audit', () => {
  const last = async (): Promise<string> => (await audit.readLast('digest'))?.hash ?? '';

  it('verify says what was verified, and how far digests reach', async () => {
    const output = listening();
    expect(await verify(output, undefined, { ...STACK, ...days })).toBe(0);
    expect(output.lines).toEqual(['All 9 records of 5 chains and 2 digests of 2026-11-20 to 2026-11-21 hold.']);
    expect(output.said).toEqual([
      'Digests reach from 2026-11-20 to 2026-11-21. Later records are held by their chains alone.',
      `Keep the last one's hash elsewhere: capuchin audit verify --digest ${await last()}`,
    ]);
  });

  it('verify as JSON has the same keys always', async () => {
    const options = { ...STACK, ...days, digest: await last(), json: true };
    const said = await documentOf((output) => verify(output, undefined, options));
    expect(keysOf(said)).toEqual(documented('audit verify'));
    expect(said).toEqual({
      from: '2026-11-20',
      to: '2026-11-21',
      chains: 5,
      records: 9,
      digests: 2,
      digested: { from: '2026-11-20', to: '2026-11-21' },
      lastDigest: { day: '2026-11-21', hash: await last() },
      findings: [],
      notes: [],
      verified: true,
    });
  });

  it('verify leaves with 1 when the digest that was kept is not there', async () => {
    const output = listening();
    const code = await verify(output, undefined, { ...STACK, ...days, digest: 'f'.repeat(64) });
    expect(code).toBe(1);
    expect(output.lines).toEqual([
      `digest #2: no digest has the hash ${'f'.repeat(64)}: it was changed or cut off`,
      'Not all hold: 1 findings in 9 records of 5 chains and 2 digests of 2026-11-20 to 2026-11-21.',
    ]);
  });

  it('export has every chain that grew on the days asked for, whole: plans, switches and digests too', async () => {
    const file = path.join(folder, 'both.jsonl');
    const told = await documentOf((output) => exportAudit(output, { ...STACK, ...days, out: file, json: true }));
    expect(told).toEqual({ from: '2026-11-20', to: '2026-11-21', file, records: 9, seal: expect.any(String) });
    expect(keysOf(told)).toEqual(documented('audit export'));
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n').slice(0, -1);
    const chains = lines.map((line) => (JSON.parse(line) as { chain: string }).chain);
    expect(new Set(chains)).toEqual(new Set(['plan/2026-11-20', 'cart-1', 'mail-1', 'lever', 'digest']));
    const code = (digest: string) => verify(listening(), file, { ...STACK, days: 30, digest });
    expect(await code(await last())).toBe(0);
    expect(await code('f'.repeat(64))).toBe(1);
  });

  it('export of one day leaves out what did not grow on it', async () => {
    const output = listening();
    await exportAudit(output, { ...STACK, days: 30, from: '2026-11-20', to: '2026-11-20' });
    const chains = output.lines
      .flatMap((text) => text.split('\n'))
      .map((line) => (JSON.parse(line) as { chain?: string }).chain);
    expect(new Set(chains)).toEqual(new Set(['plan/2026-11-20', 'cart-1', undefined]));
    // The experiment is whole, though it ended a day later.
    expect(chains.filter((chain) => chain === 'cart-1')).toHaveLength(4);
  });

  it('days that end before they begin are a mistake, and so is --json without a file', async () => {
    const reversed = { ...STACK, days: 30, from: '2026-11-22', to: '2026-11-21' };
    await expect(verify(listening(), undefined, reversed)).rejects.toMatchObject({
      exitCode: 2,
      message: '2026-11-22 lies after 2026-11-21; name an earlier day with --from, or a later one with --to',
    });
    await expect(exportAudit(listening(), { ...STACK, days: 30, json: true })).rejects.toMatchObject({ exitCode: 2 });
  });
});
