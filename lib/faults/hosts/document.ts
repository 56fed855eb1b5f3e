import { createHash } from 'node:crypto';

/** One parameter of a document: always a string, always a whole match of its pattern. */
export interface DocumentParameter {
  readonly description: string;
  /** Anchored at both ends. What it lets through is data all the same: no parameter is ever a part of shell text. */
  readonly allowedPattern: string;
}

/** What a document is made from. */
export interface HostDocument {
  /** Its name without the stack's prefix. */
  readonly name: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, DocumentParameter>>;
  /** The scripts of this folder that it joins to one, in order. */
  readonly files: readonly string[];
}

/** The content of an SSM Command document, as AWS reads it. */
export interface DocumentContent {
  readonly schemaVersion: '2.2';
  readonly description: string;
  readonly parameters: Readonly<
    Record<string, DocumentParameter & { readonly type: 'String'; readonly interpolationType: 'ENV_VAR' }>
  >;
  readonly mainSteps: readonly [
    {
      readonly action: 'aws:runShellScript';
      readonly name: string;
      readonly precondition: { readonly StringEquals: readonly [string, string] };
      readonly inputs: { readonly timeoutSeconds: string; readonly runCommand: readonly string[] };
    },
  ];
}

/** A document's largest size in bytes, the parameters of a command included (API reference of CreateDocument). */
export const DOCUMENT_LIMIT_BYTES = 64 * 1024;
/** What is kept free for the parameters of a command. */
const ROOM_FOR_PARAMETERS_BYTES = 4 * 1024;
/** After this the agent kills the script. The host's own timer is another process and outlives it. */
const SCRIPT_SECONDS = 60;
const END_OF_SCRIPT = 'END_OF_CAPUCHIN_SCRIPT';

/**
 * The content of an SSM Command document that runs a host script.
 *
 * Parameters reach the script as environment variables `SSM_<name>` (`interpolationType: ENV_VAR`; SSM Agent 3.3.2746.0 or later, see
 * "Data elements and parameters" in the Systems Manager user guide). AWS's fall-back for older agents, `export X="{{x}}"`, would splice
 * them into shell text; it is left out, so on an older agent the variables are missing and the script refuses.
 *
 * @param script one or more POSIX sh files, joined to one.
 * @throws Error when a pattern is not anchored, the script holds two braces (to SSM a parameter), or the document is too large.
 */
export function documentContent(
  { name, description, parameters }: Omit<HostDocument, 'files'>,
  script: string,
): DocumentContent {
  for (const [parameter, { allowedPattern }] of Object.entries(parameters)) {
    if (!/^\^.*\$$/s.test(allowedPattern)) {
      throw new Error(
        `${name}: the pattern of "${parameter}" lets more through than it says; begin it with ^ and end it with $`,
      );
    }
  }
  const braces = script.split('\n').findIndex((line) => line.includes('{{'));
  if (braces >= 0)
    throw new Error(`${name}: line ${braces + 1} of the script holds "{{", which SSM reads as a parameter`);
  const content: DocumentContent = {
    schemaVersion: '2.2',
    description,
    parameters: Object.fromEntries(
      Object.entries(parameters).map(([parameter, one]) => [
        parameter,
        { type: 'String', interpolationType: 'ENV_VAR', ...one } as const,
      ]),
    ),
    mainSteps: [
      {
        action: 'aws:runShellScript',
        name: 'host',
        precondition: { StringEquals: ['platformType', 'Linux'] },
        inputs: { timeoutSeconds: String(SCRIPT_SECONDS), runCommand: launcher(name, script) },
      },
    ],
  };
  const bytes = Buffer.byteLength(JSON.stringify(content));
  if (bytes > DOCUMENT_LIMIT_BYTES - ROOM_FOR_PARAMETERS_BYTES) {
    throw new Error(
      `${name}: the document has ${bytes} bytes; SSM takes ${DOCUMENT_LIMIT_BYTES} with the parameters of a command`,
    );
  }
  return content;
}

/**
 * Shell lines that write the script beside the state and run it from there. The folder in which SSM runs a command is cleaned up, and
 * the host's timer needs the script after that.
 */
function launcher(name: string, script: string): string[] {
  const lines = script.trimEnd().split('\n');
  if (lines.includes(END_OF_SCRIPT))
    throw new Error(`${name}: a line of the script is ${END_OF_SCRIPT}, which ends it`);
  const version = createHash('sha256').update(script).digest('hex').slice(0, 16);
  return [
    'set -u',
    'umask 077',
    `script="\${CAPUCHIN_STATE:-/run/capuchin}/.scripts/${version}.sh"`,
    'if [ ! -s "$script" ]; then',
    'mkdir -p "$(dirname "$script")" || exit 1',
    `cat >"$script.$$" <<'${END_OF_SCRIPT}' || exit 1`,
    ...lines,
    END_OF_SCRIPT,
    'mv "$script.$$" "$script" || exit 1',
    'fi',
    'exec /bin/sh "$script"',
  ];
}
