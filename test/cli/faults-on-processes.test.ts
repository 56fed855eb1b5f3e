import path from 'node:path';
import { DescribeTasksCommand, ECSClient, type Task } from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuditRecord } from '../../lib/audit/record.ts';
import { type Ended, newFolder, run } from './command-line.ts';
import { KeptStack } from './kept-stack.ts';

const FLEET = path.join(import.meta.dirname, 'fixtures', 'processes-fleet.yaml');

/** Faults on container hosts, by the deployed functions, against processes: nobody is root, and no kernel is touched. */
describe.skipIf(process.platform !== 'linux')('faults on a rehearsal’s processes', () => {
  let stack: KeptStack;
  const command = (...args: string[]): Promise<Ended> => run(args, stack.environment);
  /** One experiment, with what it wrote down. */
  const strike = async (group: string, fault: string, ...more: string[]) => {
    const ended = await command(
      'run',
      group,
      '--fault',
      fault,
      '--skip',
      'spacing',
      '--reason',
      'look closely',
      ...more,
    );
    const [, name] = /^experiment (\S+):/m.exec(`${ended.out}\n${ended.talk}`) ?? [];
    if (name === undefined) throw new Error(`no experiment:\n${ended.out}\n${ended.talk}`);
    const { records } = JSON.parse((await command('show', name, '--json')).out) as { records: AuditRecord[] };
    const one = (kind: string): AuditRecord | undefined => records.find((record) => record.kind === kind);
    return { ...ended, kinds: records.map(({ kind }) => kind), one };
  };
  const taskOf = async (arn = ''): Promise<Task | undefined> => {
    const { AWS_ENDPOINT_URL: endpoint, AWS_REGION: region, AWS_ACCESS_KEY_ID: accessKeyId = '' } = stack.environment;
    const client = new ECSClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey: 'any' } } as object);
    return (await client.send(new DescribeTasksCommand({ cluster: 'bare', tasks: [arn] }))).tasks?.[0];
  };

  beforeAll(async () => {
    stack = await KeptStack.start(['--fleet', FLEET, '--within', '5s', '--out', newFolder()]);
    await stack.makeAlarm('made-later');
  }, 240_000);
  afterAll(async () => {
    stack.rehearsal.process.kill('SIGTERM');
    await stack.rehearsal.ended;
  });

  test.concurrent('network-latency is measured by the load balancer, breaks the hypothesis, and is undone at once', async () => {
    const { code, out, kinds, one } = await strike(
      'bare/slow',
      'network-latency',
      ...['--parameter', 'delayMs=2500', '--parameter', 'durationSeconds=120'],
    );
    expect([code, kinds]).toEqual([
      4,
      expect.arrayContaining(['took-effect', 'violated', 'undone', 'recovered', 'ended']),
    ]);
    expect(out).toMatch(/broken .*p99 latency/);
    // Long before its 120 seconds were over.
    const lastedMs = Date.parse(one('undone')?.at ?? '') - Date.parse(one('injected')?.at ?? '');
    expect(lastedMs).toBeLessThan(100_000);
    const hit = one('injected')?.resource;
    expect(await taskOf(hit)).toMatchObject({ lastStatus: 'RUNNING' });
  }, 180_000);

  test.concurrent('kill-container ends a process, ECS replaces the task, and the service recovers', async () => {
    const { code, kinds, one } = await strike('bare/killed', 'kill-container');
    expect([code, kinds]).toEqual([
      0,
      expect.arrayContaining(['injected', 'took-effect', 'recovered', 'healthy', 'ended']),
    ]);
    expect(await taskOf(one('injected')?.resource)).toMatchObject({
      ...{ lastStatus: 'STOPPED', stopCode: 'EssentialContainerExited' },
      containers: [{ exitCode: 137 }],
    });
  }, 180_000);

  test.concurrent('network-blackhole fails the health checks of a task, so that ECS replaces it by its own rules', async () => {
    const { code, kinds, one } = await strike(
      'bare/dark',
      'network-blackhole',
      ...['--parameter', 'everything=true', '--parameter', 'durationSeconds=20'],
    );
    expect([code, kinds]).toEqual([0, expect.arrayContaining(['took-effect', 'undone', 'recovered', 'ended'])]);
    expect(await taskOf(one('injected')?.resource)).toMatchObject({
      lastStatus: 'STOPPED',
      stoppedReason: expect.stringMatching(/^Task failed ELB health checks/),
    });
  }, 180_000);

  test('what needs a kernel is refused by the host, before anything is hurt, with what works instead', async () => {
    const leashed = await command(
      'run',
      'bare/slow',
      '--fault',
      'network-corrupt',
      '--skip',
      'spacing',
      '--reason',
      'try',
      '--leashed',
    );
    expect(leashed.out).toMatch(/no-kernel: .*no kernel of their own.*kill-container.*network-latency/);
    const { code, out, kinds, one } = await strike('bare/slow', 'network-corrupt');
    expect([code, kinds]).toEqual([1, expect.not.arrayContaining(['took-effect'])]);
    expect(out).toMatch(/no-kernel: .*no kernel of their own/);
    expect(await taskOf(one('injected')?.resource)).toMatchObject({ lastStatus: 'RUNNING' });
  }, 180_000);
});
