import * as z from 'zod';
import { AwsError, type ServedService, serve } from './operation.ts';
import type { Schedule, Schedules } from './schedules.ts';
import { servedOperations } from './served-operations.ts';

const { page: listPage } = servedOperations.Scheduler.operations.ListSchedules;

const name = z.string().regex(/^[0-9a-zA-Z_.-]{1,64}$/);

const createInput = z.strictObject({
  Name: name,
  GroupName: name.default('default'),
  ClientToken: z
    .string()
    .regex(/^[a-zA-Z0-9_-]{1,64}$/)
    .optional(),
  ScheduleExpression: z.string().min(1).max(256),
  ScheduleExpressionTimezone: z.string().min(1).max(50).default('UTC'),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  FlexibleTimeWindow: z.strictObject({ Mode: z.literal('OFF') }),
  ActionAfterCompletion: z.enum(['NONE', 'DELETE']).default('NONE'),
  Description: z.string().max(512).optional(),
  Target: z.strictObject({
    Arn: z.string().min(1).max(1600),
    RoleArn: z.string().regex(/^arn:aws:iam::\d{12}:role\/.+$/),
    Input: z.string().min(1).optional(),
    RetryPolicy: z
      .strictObject({
        MaximumRetryAttempts: z.int().min(0).max(185).optional(),
        MaximumEventAgeInSeconds: z.int().min(60).max(86_400).optional(),
      })
      .optional(),
    DeadLetterConfig: z.strictObject({ Arn: z.string().min(1).optional() }).optional(),
  }),
});

const oneInput = z.strictObject({ Name: name, GroupName: name.default('default') });

const listInput = z.strictObject({
  GroupName: name.optional(),
  NamePrefix: name.optional(),
  State: z.enum(['ENABLED', 'DISABLED']).optional(),
  MaxResults: z.int().min(listPage.least).max(listPage.most).default(listPage.unasked),
  NextToken: z.string().min(1).optional(),
});

/** EventBridge Scheduler's side of the local cloud. */
export function schedulerService(schedules: Schedules): ServedService {
  return {
    CreateSchedule: serve({
      input: createInput,
      answer: ({ ClientToken, ...definition }) => ({
        ScheduleArn: schedules.create(definition, { clientToken: ClientToken }).arn,
      }),
    }),
    GetSchedule: serve({
      input: oneInput,
      answer: ({ GroupName, Name }) => {
        const { definition, ...schedule } = schedules.get(GroupName, Name);
        return { ...definition, ...datesOf({ definition, ...schedule }) };
      },
    }),
    DeleteSchedule: serve({
      input: oneInput.extend({ ClientToken: z.string().min(1).max(64).optional() }),
      answer: ({ GroupName, Name }) => {
        schedules.delete(GroupName, Name);
        return {};
      },
    }),
    ListSchedules: serve({ input: listInput, answer: (input) => list(schedules, input) }),
  };
}

function list(schedules: Schedules, input: z.output<typeof listInput>): object {
  if (input.GroupName !== undefined) schedules.checkGroup(input.GroupName);
  // The token is the last schedule that was told of, so that pages stay whole when schedules come and go in between.
  const after = input.NextToken === undefined ? '' : decodeToken(input.NextToken);
  const matching = schedules
    .list()
    .filter(
      ({ arn, definition }) =>
        arn > after &&
        (input.GroupName === undefined || definition.GroupName === input.GroupName) &&
        (input.State === undefined || definition.State === input.State) &&
        definition.Name.startsWith(input.NamePrefix ?? ''),
    );
  const page = matching.slice(0, input.MaxResults);
  const last = page.at(-1);
  return {
    Schedules: page.map((schedule) => ({
      ...datesOf(schedule),
      Name: schedule.definition.Name,
      GroupName: schedule.definition.GroupName,
      State: schedule.definition.State,
      Target: { Arn: schedule.definition.Target.Arn },
    })),
    ...(last && matching.length > page.length ? { NextToken: Buffer.from(last.arn).toString('base64url') } : {}),
  };
}

/** A schedule cannot be updated here, so it was last modified when it was made. */
function datesOf({ arn, createdAt }: Schedule): object {
  return { Arn: arn, CreationDate: createdAt, LastModificationDate: createdAt };
}

function decodeToken(token: string): string {
  const arn = Buffer.from(token, 'base64url').toString('utf8');
  if (arn.startsWith('arn:aws:scheduler:')) return arn;
  throw new AwsError('ValidationException', 'Invalid NextToken provided.');
}
