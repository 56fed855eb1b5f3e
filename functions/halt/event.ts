import * as z from 'zod';

/** An alarm's change of state, as EventBridge delivers it; everything else in it is of no interest here. */
const alarmEvent = z
  .object({
    source: z.literal('aws.cloudwatch'),
    'detail-type': z.literal('CloudWatch Alarm State Change'),
    detail: z.object({
      alarmName: z.string().min(1),
      state: z.object({ value: z.string(), reason: z.string().default('') }),
    }),
  })
  .transform(({ detail: { alarmName, state } }) => ({ kind: 'alarm' as const, alarm: alarmName, ...state }));

/** Somebody wants experiments to end: all of them, or one. */
const haltOrder = z
  .strictObject({
    version: z.literal(1),
    halt: z.union([z.literal('all'), z.array(z.string().min(1)).min(1)]),
    actor: z.string().min(1).max(512),
    reason: z.string().trim().min(1).max(512),
  })
  .transform(({ halt, actor, reason }) => ({ kind: 'order' as const, halt, actor, reason }));

/** What the halt function is invoked with. */
export const haltEventSchema = z.union([alarmEvent, haltOrder]);
export type HaltEvent = z.output<typeof haltEventSchema>;
