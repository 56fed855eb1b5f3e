import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { commandDocument, renderDocument } from '../../../lib/rehearsal/cloud/documents.ts';

function documentWith(parameters: object, runCommand: readonly string[] = ['true'], more: object = {}) {
  const mainSteps = [{ action: 'aws:runShellScript', name: 'run', inputs: { runCommand } }];
  return { schemaVersion: '2.2', parameters, mainSteps, ...more };
}

function render(content: object, given: Record<string, string[]> = {}) {
  return renderDocument(commandDocument.parse(content), given);
}

describe('a document', () => {
  it('gets its parameters into the script, and into the environment where it says so', () => {
    const content = documentWith(
      { who: { type: 'String', interpolationType: 'ENV_VAR' }, how: { type: 'String', default: 'well' } },
      ['echo "$SSM_who" {{how}} {{ how }}', 'echo {{ unknown }}'],
    );
    expect(render(content, { who: ['me'] })).toEqual({
      step: 'run',
      script: 'echo "$SSM_who" well well\necho {{ unknown }}\n',
      environment: { SSM_who: 'me' },
      executionTimeoutMs: 3_600_000,
    });
  });

  it.each([
    [{ allowedPattern: '^a+$' }, 'b', /does not match the allowed pattern/],
    [{ allowedValues: ['x', 'y'] }, 'z', /none of the allowed values/],
    [{ maxChars: 3 }, 'long', /too long/],
  ])('with %j refuses the value %s', (rule, value, message) => {
    expect(render(documentWith({ p: { type: 'String', ...rule } }), { p: [value] })).toEqual({
      invalid: expect.stringMatching(message),
    });
  });

  it('refuses a default that does not fit, as a value that was given', () => {
    const content = documentWith({ p: { type: 'String', default: 'b', allowedPattern: '^a$' } });
    expect(render(content)).toHaveProperty('invalid');
  });

  it.each([
    ['another schema', documentWith({}, ['true'], { schemaVersion: '1.2' })],
    ['a key that is not known', documentWith({}, ['true'], { outputs: [] })],
    ['a name that no agent would replace', documentWith({ 'a-b': { type: 'String' } })],
    ['lists of texts', documentWith({ p: { type: 'StringList' } })],
    ['a pattern that is none', documentWith({ p: { type: 'String', allowedPattern: '(' } })],
    ['more than 64 KB', documentWith({}, ['#'.repeat(66_000)])],
  ])('with %s is not provided', (_what, content) => {
    expect(commandDocument.safeParse(content).success).toBe(false);
  });
});

test('a value in the environment reaches the shell as it is, whatever it is', () => {
  const content = documentWith({ p: { type: 'String', interpolationType: 'ENV_VAR' } }, ['printf %s "$SSM_p"']);
  const value = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((text) => !text.includes('\0'));
  fc.assert(
    fc.property(value, (given) => {
      const rendered = render(content, { p: [given] });
      if ('invalid' in rendered) throw new Error(rendered.invalid);
      const shell = spawnSync('/bin/sh', ['-c', rendered.script], { env: rendered.environment, encoding: 'utf8' });
      expect(shell.stdout).toBe(given);
    }),
    { numRuns: 40 },
  );
});
