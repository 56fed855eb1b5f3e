import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { readDeployment } from '../../lib/aws/deployment.ts';
import { callerIdentity } from '../../lib/aws/identity.ts';
import { SwitchBoard, switchText } from '../../lib/aws/switches.ts';
import { identityOperations } from '../../lib/rehearsal/cloud/identity.ts';
import { AwsError, serve } from '../../lib/rehearsal/cloud/operation.ts';
import { parameterStore } from '../../lib/rehearsal/cloud/parameters.ts';
import { serveCloud } from './serve-cloud.ts';

const NAMES = { lever: '/Capuchin/lever', leash: '/Capuchin/leash' };
const BY = { reason: 'because', actor: 'Ann', at: '2026-03-02T10:00:00Z' };

async function boardOver(parameters: Readonly<Record<string, string>>) {
  const store = parameterStore(new Map(Object.entries(parameters)));
  const { callLog } = await serveCloud({ services: { SSM: store.operations } });
  return { board: new SwitchBoard(NAMES), store, callLog };
}

describe('lever and leash', () => {
  it('are read in one call, with who turned them, when and why', async () => {
    const { board, callLog } = await boardOver({
      [NAMES.lever]: switchText(true, BY),
      [NAMES.leash]: switchText(false, BY),
    });
    expect(await board.read()).toEqual({
      lever: { known: true, value: { engaged: true, on: true, ...BY } },
      leashed: { known: true, value: false },
    });
    expect(callLog.counts()).toEqual({ 'SSM.GetParameters': 1 });
  });

  it('are not known when a parameter is missing or holds something else, each for itself', async () => {
    const { board } = await boardOver({ [NAMES.lever]: 'engaged' });
    expect(await board.read()).toEqual({
      lever: { known: false, because: 'the parameter /Capuchin/lever does not hold a switch: engaged' },
      leashed: { known: false, because: 'the parameter /Capuchin/leash does not exist' },
    });
    for (const damaged of ['{"on":"true"}', '{"on":true}', 'null', `${switchText(true, BY).slice(0, -1)},"more":1}`]) {
      const one = await boardOver({ [NAMES.lever]: damaged, [NAMES.leash]: switchText(true, BY) });
      expect(await one.board.read()).toMatchObject({ lever: { known: false }, leashed: { known: true, value: true } });
    }
  });

  it('are not known, and no exception, when SSM says no', async () => {
    const operations = parameterStore(new Map()).operations;
    const denied = serve({
      input: z.strictObject({ Names: z.array(z.string()) }),
      answer: () => {
        throw new AwsError('AccessDeniedException', 'not authorized', 400);
      },
    });
    await serveCloud({ services: { SSM: { ...operations, GetParameters: denied } } });
    const because = 'the switches could not be read: not authorized';
    expect(await new SwitchBoard(NAMES).read()).toEqual({
      lever: { known: false, because },
      leashed: { known: false, because },
    });
  });

  it('are turned one at a time, and read back as they were set', async () => {
    const { board, store } = await boardOver({
      [NAMES.lever]: switchText(false, BY),
      [NAMES.leash]: switchText(true, BY),
    });
    await board.set('lever', true, { ...BY, reason: 'a "quoted" reason' });
    expect(await board.read()).toMatchObject({
      lever: { value: { engaged: true, reason: 'a "quoted" reason' } },
      leashed: { value: true },
    });
    await board.set('leash', false, BY);
    expect(await board.read()).toMatchObject({ lever: { value: { engaged: true } }, leashed: { value: false } });
    expect(JSON.parse(store.value(NAMES.leash) ?? '')).toEqual({ on: false, ...BY });
  });

  it('keep the longest reason and actor that a command may give', async () => {
    const { board } = await boardOver({ [NAMES.lever]: switchText(false, BY), [NAMES.leash]: switchText(true, BY) });
    await board.set('lever', true, { ...BY, reason: 'r'.repeat(512), actor: 'a'.repeat(512) });
    expect(await board.read()).toMatchObject({ lever: { known: true, value: { engaged: true } } });
  });
});

describe('the deployment', () => {
  it('is read from its parameter, and undefined when there is no such stack', async () => {
    const parts = {
      AuditTable: 'a',
      StateTable: 's',
      PlanFunction: 'p',
      CommandFunction: 'c',
      HaltFunction: 'h',
      SweepFunction: 'w',
      NoticeTopic: 't',
      LeverParameter: 'l',
      LeashParameter: 'e',
      ScheduleGroup: 'g',
      TagPrefix: 'chaos:',
    };
    await serveCloud({
      services: { SSM: parameterStore(new Map([['/Capuchin/deployment', JSON.stringify(parts)]])).operations },
    });
    expect(await readDeployment('Capuchin')).toEqual(parts);
    expect(await readDeployment('Other')).toBeUndefined();
  });

  it('of another version, with a part missing, is an error that names the part', async () => {
    await serveCloud({
      services: { SSM: parameterStore(new Map([['/Capuchin/deployment', '{"AuditTable":"a"}']])).operations },
    });
    await expect(readDeployment('Capuchin')).rejects.toThrow('StateTable');
  });
});

it('the caller is told by account and ARN', async () => {
  const arn = 'arn:aws:iam::123456789012:user/ann';
  await serveCloud({
    services: { STS: identityOperations((key) => (key === 'AKIATEST' ? { arn, userId: 'A' } : undefined)) },
  });
  expect(await callerIdentity()).toEqual({ account: '123456789012', arn });
});
