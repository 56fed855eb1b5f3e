import { readFileSync } from 'node:fs';
import path from 'node:path';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import * as z from 'zod';
import { readConfig } from '../../lib/core/config.ts';
import { type Probe, probeSchema } from '../../lib/core/probe.ts';

const PAGE = readFileSync(path.join(import.meta.dirname, '..', '..', 'docs', 'configuration.md'), 'utf8');
const [, section = ''] = PAGE.split('\n## Hypothesis\n');
const HYPOTHESIS = section.split('\n## ')[0] ?? '';

/** What an example says, as JSON: what it holds must survive the way into the deployed config. */
const read = (example: string, wrap: [string, string]): unknown =>
  JSON.parse(runInNewContext(`JSON.stringify(${wrap[0]}${example}${wrap[1]})`) as string);

/** Each kind of probe with its part of the page. */
const PARTS = new Map(
  HYPOTHESIS.split('\n### ')
    .slice(1)
    .map((part): [string, string] => [part.split('\n', 1)[0] ?? '', part]),
);
const TYPES = probeSchema.options.map((option) => option.shape.type.value);

it('each kind of probe has its part of the page, and none is left over', () => {
  expect(new Set(PARTS.keys())).toEqual(new Set(TYPES));
});

it.each(TYPES)('the example of %s can be read, and is an example of it', (type) => {
  const [, example = expect.fail('no example')] = /```ts\n([\s\S]*?)```/.exec(PARTS.get(type) ?? '') ?? [];
  const [probe, ...others] = read(example, ['[', ']']) as [Probe];
  expect(others).toEqual([]);
  expect(probeSchema.parse(probe)).toMatchObject(probe);
  expect(probe.type).toBe(type);
});

it('every field of every kind is told of', () => {
  const [common = ''] = HYPOTHESIS.split('\n### ');
  for (const option of probeSchema.options) {
    const { type, ...fields } = z.strictObject(option.shape).shape;
    for (const field of Object.keys(fields)) {
      const place = `${common}\n${PARTS.get(type.value)}`;
      expect(place, `${type.value}.${field}`).toMatch(new RegExp(`\`${field}[\`.]`));
    }
  }
});

it('the example of a config can be read', () => {
  const example = /```ts\n(hypotheses: [\s\S]*?)```/.exec(HYPOTHESIS)?.[1] ?? expect.fail('no example');
  expect(readConfig(read(example, ['({', '})']), [])).toMatchObject({ ok: true });
});
