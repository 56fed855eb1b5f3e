import { describe, expect, it } from 'vitest';
import { FunctionFailed, Functions } from '../../lib/aws/functions.ts';
import { answerAws } from './answer-aws.ts';

const check = (functionName = 'shop-check:live', signal = new AbortController().signal) =>
  new Functions().check(functionName, { capuchin: { phase: 'before' } }, signal);

describe('a user’s check', () => {
  it('gets its event and answers with JSON', async () => {
    const { requests } = await answerAws(() => ({ body: '{"healthy":true}' }));
    expect(await check()).toEqual({ healthy: true });
    expect(requests.map(({ path, body }) => [decodeURIComponent(path), JSON.parse(body)])).toEqual([
      ['/2015-03-31/functions/shop-check:live/invocations', { capuchin: { phase: 'before' } }],
    ]);
  });

  it('that answers nothing answers undefined', async () => {
    await answerAws(() => ({ body: '' }));
    expect(await check()).toBeUndefined();
  });

  it.each([
    ['{"errorMessage":"no database"}', 'shop-check:live failed: no database'],
    ['null', 'shop-check:live failed: no message'],
  ])('that fails with %s is an error', async (body, message) => {
    await answerAws(() => ({ headers: { 'x-amz-function-error': 'Unhandled' }, body }));
    const failing = check();
    await expect(failing).rejects.toThrow(FunctionFailed);
    await expect(failing).rejects.toThrow(message);
  });

  it.each([429, 500, 503])('is invoked once, even when Lambda answers %d', async (status) => {
    const body = JSON.stringify({ message: 'try again' });
    const { requests } = await answerAws(() => ({ status, headers: { 'content-type': 'application/json' }, body }));
    await expect(check()).rejects.toThrow('try again');
    expect(requests).toHaveLength(1);
  });

  it('that answers with what is no JSON is an error', async () => {
    await answerAws(() => ({ body: '<html>' }));
    await expect(check()).rejects.toThrow(SyntaxError);
  });

  it('is let go when it takes too long', async () => {
    const { hungUp } = await answerAws(() => 'silence');
    const controller = new AbortController();
    const checking = check('shop-check', controller.signal);
    setTimeout(() => controller.abort(), 100);
    await expect(checking).rejects.toThrow(/abort/i);
    await expect.poll(hungUp).toBe(1);
  });
});
