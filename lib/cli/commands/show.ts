import { CommandFailed } from '../exit.ts';
import { json, type Output } from '../output.ts';
import { openSession, type SessionOptions } from '../session.ts';
import { recordLine } from './run.ts';

/** Shows every record of one experiment. */
export async function show(
  output: Output,
  experiment: string,
  options: SessionOptions & { json?: boolean | undefined },
): Promise<void> {
  const { audit } = await openSession(options);
  const records = await audit.readChain(experiment);
  if (records.length === 0)
    throw new CommandFailed(`no record of an experiment "${experiment}"; "capuchin history" lists those there are`);
  if (options.json) return json(output, { experiment, records });
  const { group = '', actor = '', reason = '' } = records[0] ?? {};
  output.out(`${output.style('bold', experiment)}\ngroup   ${group}\nactor   ${actor}\nreason  ${reason}\n`);
  for (const record of records) output.out(recordLine(output, record));
}
