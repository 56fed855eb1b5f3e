import { json, type Output } from '../output.ts';
import { recentRecords } from '../recent.ts';
import { openSession, type SessionOptions } from '../session.ts';
import { recordLine } from './run.ts';

export interface BlameOptions extends SessionOptions {
  /** How far back to look for an id that is not a whole ARN. */
  readonly days: number;
  readonly json?: boolean | undefined;
}

/** Answers "was it the monkey?" for one resource: an ARN, or the id at an ARN's end. */
export async function blame(output: Output, resource: string, options: BlameOptions): Promise<void> {
  const { audit } = await openSession(options);
  const whole = resource.startsWith('arn:');
  const records = whole
    ? await audit.readResource(resource)
    : (await recentRecords(audit, options.days, Date.now())).filter(
        (one) => one.resource?.split('/').at(-1) === resource,
      );
  const acted = records.some(({ kind }) => kind === 'injected');
  if (options.json) return json(output, { resource, monkey: acted, records });
  if (records.length === 0) {
    const where = whole ? 'no record names it' : `no record of the last ${options.days} days names it`;
    return output.out(`It was not the monkey: ${where}.`);
  }
  const experiment = records.find(({ kind }) => kind === 'injected')?.chain;
  output.out(acted ? `It was the monkey: experiment ${experiment}.` : 'The monkey meant to, but no act is recorded.');
  for (const record of records) output.out(recordLine(output, record));
}
