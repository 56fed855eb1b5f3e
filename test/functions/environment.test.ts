import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { environmentSchema as ofCommand } from '../../functions/command/environment.ts';
import { readBundledConfig, readEnvironment } from '../../functions/environment.ts';
import { environmentSchema as ofExperiment } from '../../functions/experiment/environment.ts';
import { environmentSchema as ofHalt } from '../../functions/halt/environment.ts';
import { environmentSchema as ofPlan } from '../../functions/plan/environment.ts';
import { environmentSchema as ofSweep } from '../../functions/sweep/environment.ts';
import { aConfig } from '../core/examples.ts';

afterEach(() => vi.unstubAllEnvs());

const COMMON = {
  AUDIT_TABLE: 'audit',
  STATE_TABLE: 'state',
  EVENT_BUS: 'bus',
  NOTICE_TOPIC: 'arn:aws:sns:eu-west-1:123456789012:notices',
  POWERTOOLS_SERVICE_NAME: 'Capuchin',
  LEVER_PARAMETER: '/l',
  LEASH_PARAMETER: '/e',
};

function given(variables: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
}

it('reads what a function is given', () => {
  const functions = { EXPERIMENT_FUNCTION: 'experiment:live', HALT_FUNCTION: 'halt' };
  given({ ...COMMON, ...functions });
  expect(readEnvironment(ofCommand)).toEqual({ ...COMMON, ...functions });
});

it('demands the name of the documents of whoever acts or undoes', () => {
  given(COMMON);
  for (const schema of [ofExperiment, ofHalt, ofSweep]) {
    vi.stubEnv('DOCUMENT_PREFIX', '');
    expect(() => readEnvironment(schema)).toThrow('lacks DOCUMENT_PREFIX: deploy');
    vi.stubEnv('DOCUMENT_PREFIX', 'Capuchin-');
    expect(readEnvironment(schema)).toEqual({ ...COMMON, DOCUMENT_PREFIX: 'Capuchin-' });
  }
});

it('names every variable that is missing or empty, and the mend', () => {
  given({ ...COMMON, EVENT_BUS: '' });
  expect(() => readEnvironment(ofPlan)).toThrow(
    "the function's environment lacks EVENT_BUS, EXPERIMENT_FUNCTION, SCHEDULE_GROUP, SCHEDULE_ROLE: deploy the stack that belongs to this code",
  );
});

it('reads the config beside the code, and does not accept one that was damaged', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'capuchin-config-'));
  try {
    given({ LAMBDA_TASK_ROOT: folder });
    const config = aConfig({ seed: 'ours', tagPrefix: 'monkey:', holidays: ['GB-ENG'] });
    writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config));
    expect(readBundledConfig()).toEqual(config);
    writeFileSync(path.join(folder, 'config.json'), JSON.stringify({ ...config, sede: 'x' }));
    expect(() => readBundledConfig()).toThrow('sede');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
