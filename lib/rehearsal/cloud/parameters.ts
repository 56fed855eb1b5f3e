import * as z from 'zod';
import { type ChangeCalendars, changeCalendars } from './calendars.ts';
import { AwsError, type Caller, type ServedService, serve } from './operation.ts';
import { type RunCommands, runCommands } from './run-command.ts';
import { servedOperations } from './served-operations.ts';

/** The most that a standard parameter holds, in characters (https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html). */
const LONGEST_VALUE = 4_096;

interface StoredParameter {
  readonly value: string;
  readonly version: number;
  readonly changedAt: Date;
}

/** SSM's parameters, and a look at them from the rehearsal itself. */
export interface ParameterStore {
  /** All that is served of SSM, change calendars and Run Command too. */
  readonly operations: ServedService;
  /** The present value, or undefined when there is no such parameter. */
  value(name: string): string | undefined;
}

export interface ParameterStoreOptions {
  readonly now?: () => Date;
  /** SSM's change calendars; none by default, so that every name is unknown. */
  readonly calendars?: ChangeCalendars;
  /** SSM's Run Command; by default without documents and hosts, so that every document is unknown. */
  readonly commands?: RunCommands;
}

// A name may be an ARN; a selector behind a colon (`name:3`) would need old versions, which are not kept.
const name = z
  .string()
  .regex(/^(arn:[^:]+:ssm:[^:]*:\d*:parameter\/[\w./-]+|[\w./-]+)$/, { error: 'is no parameter name' });
const plainName = z.string().regex(/^[\w./-]+$/, { error: 'is no parameter name' });
const withDecryption = z.boolean().optional();

/** Parameters of type String, with the values that the template gives them at first. */
export function parameterStore(
  initial: ReadonlyMap<string, string>,
  { now = () => new Date(), calendars = changeCalendars(), commands = runCommands() }: ParameterStoreOptions = {},
): ParameterStore {
  const stored = new Map<string, StoredParameter>();
  for (const [key, value] of initial) stored.set(key, { value, version: 1, changedAt: now() });
  return {
    value: (key) => stored.get(key)?.value,
    operations: {
      ...readingOperations(stored),
      PutParameter: putParameter(stored, now),
      ...calendars.operations,
      ...commands.operations,
    },
  };
}

function readingOperations(stored: ReadonlyMap<string, StoredParameter>): ServedService {
  return {
    GetParameter: serve({
      input: z.strictObject({ Name: name, WithDecryption: withDecryption }),
      answer: ({ Name }, caller) => {
        const key = keyOf(Name);
        const parameter = stored.get(key);
        if (parameter === undefined) throw new AwsError('ParameterNotFound', `Parameter ${Name} not found.`);
        return { Parameter: show(key, parameter, caller) };
      },
    }),
    GetParameters: serve({
      input: z.strictObject({ Names: z.array(name), WithDecryption: withDecryption }),
      answer: ({ Names }, caller) => {
        const { atMost } = servedOperations.SSM.operations.GetParameters;
        if (Names.length === 0 || Names.length > atMost) {
          throw new AwsError('ValidationException', `Names must have between 1 and ${atMost} entries.`);
        }
        if (new Set(Names).size < Names.length) throw new AwsError('ValidationException', 'Names has a duplicate.');
        const found = [...Names]
          .sort((a, b) => (a < b ? -1 : 1))
          .flatMap((asked) => {
            const key = keyOf(asked);
            const parameter = stored.get(key);
            return parameter === undefined ? [] : [show(key, parameter, caller)];
          });
        return { Parameters: found, InvalidParameters: Names.filter((asked) => !stored.has(keyOf(asked))) };
      },
    }),
  };
}

function putParameter(stored: Map<string, StoredParameter>, now: () => Date) {
  return serve({
    input: z.strictObject({
      Name: plainName,
      Value: z.string().min(1),
      Type: z.literal('String').optional(),
      Overwrite: z.boolean().optional(),
    }),
    answer: ({ Name, Value, Type, Overwrite = false }) => {
      const old = stored.get(Name);
      if (old === undefined && Type === undefined) {
        throw new AwsError('ValidationException', 'A parameter type is required when you create a parameter.');
      }
      if (Value.length > LONGEST_VALUE) {
        throw new AwsError('ValidationException', `Standard parameters hold at most ${LONGEST_VALUE} characters.`);
      }
      if (old !== undefined && !Overwrite) {
        throw new AwsError(
          'ParameterAlreadyExists',
          'The parameter already exists. To replace its value, set Overwrite to true.',
        );
      }
      const version = (old?.version ?? 0) + 1;
      stored.set(Name, { value: Value, version, changedAt: now() });
      return { Version: version, Tier: 'Standard' };
    },
  });
}

/** A name in an ARN lacks the leading slash of a hierarchy: `parameter/a/b` stands for `/a/b`, `parameter/a` for `a`. */
function keyOf(nameOrArn: string): string {
  if (!nameOrArn.startsWith('arn:')) return nameOrArn;
  const path = nameOrArn.slice(nameOrArn.indexOf(':parameter/') + ':parameter/'.length);
  return path.includes('/') ? `/${path}` : path;
}

function show(key: string, { value, version, changedAt }: StoredParameter, { region, accountId }: Caller): object {
  return {
    Name: key,
    Type: 'String',
    Value: value,
    Version: version,
    LastModifiedDate: changedAt,
    ARN: `arn:aws:ssm:${region}:${accountId}:parameter${key.startsWith('/') ? '' : '/'}${key}`,
    DataType: 'text',
  };
}
