import middy from '@middy/core';
import { expect, it } from 'vitest';
import * as z from 'zod';
import { InvalidEvent, parseEvent } from '../../functions/event.ts';

const schema = z.strictObject({
  name: z.string(),
  count: z.int().default(1),
  deep: z.strictObject({ on: z.boolean() }).optional(),
});
const handler = middy<z.output<typeof schema>, unknown>()
  .use(parseEvent(schema))
  .handler((event) => event);
const ask = async (event: unknown): Promise<unknown> => handler(event as z.output<typeof schema>, {} as never);

it('hands on what the schema makes of the event, defaults included', async () => {
  expect(await ask({ name: 'a' })).toEqual({ name: 'a', count: 1 });
});

it('says every mistake with its path', async () => {
  const failing = ask({ name: 3, deep: { on: 'yes' }, more: 1 });
  await expect(failing).rejects.toThrow(InvalidEvent);
  await expect(failing).rejects.toThrow(
    /^the event is not valid: name: .*; deep\.on: .*; the event: Unrecognized key: "more"$/,
  );
});

it.each([null, 'text', [], 7])('refuses %j, which is no event at all', async (event) => {
  await expect(ask(event)).rejects.toThrow(/^the event is not valid: the event: /);
});
