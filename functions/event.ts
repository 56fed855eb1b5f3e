import type { MiddlewareObj } from '@middy/core';
import type * as z from 'zod';

/** An event that does not fit its schema; says each mistake with its path. */
export class InvalidEvent extends Error {
  override readonly name = 'InvalidEvent';
}

/** Middleware that validates a function's event and replaces it by what the schema makes of it. Cheap: replays run it again. */
export function parseEvent<Schema extends z.ZodType>(schema: Schema): MiddlewareObj<z.output<Schema>> {
  return {
    before: (request) => {
      const parsed = schema.safeParse(request.event);
      if (!parsed.success) {
        const mistakes = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the event'}: ${message}`);
        throw new InvalidEvent(`the event is not valid: ${mistakes.join('; ')}`);
      }
      request.event = parsed.data;
    },
  };
}
