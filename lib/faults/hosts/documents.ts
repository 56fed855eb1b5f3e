import type { DocumentParameter, HostDocument } from './document.ts';
import type { HostScript } from './host-fault.ts';

/** The files that are joined before what a fault shares with some others, and its own. */
const SHARED_FILES = ['common.sh', 'healing.sh', 'acting.sh'] as const;

/** The files of this folder of which a fault's script is joined, in order. */
export const filesOf = ({ name, shares }: Pick<HostScript, 'name' | 'shares'>): readonly string[] => [
  ...SHARED_FILES,
  ...shares,
  `${name}.sh`,
];

/** What every action of every host fault takes. */
const COMMON: Readonly<Record<string, DocumentParameter>> = {
  experiment: { description: 'Id of the experiment', allowedPattern: '^[A-Za-z0-9_.-]{1,64}$' },
  target: {
    description: 'ARN of the task, or the word host',
    allowedPattern:
      '^(host|arn:aws[a-z-]{0,20}:ecs:[a-z0-9-]{1,30}:[0-9]{12}:task/([A-Za-z0-9_-]{1,255}/)?[A-Za-z0-9-]{1,64})$',
  },
};

const MOMENT = '^[0-9]{1,12}$';

/**
 * The document that undoes any host fault and looks how it stands, and can do nothing else. Run Command asks IAM for the document and for the host
 * separately and never for parameters, so what may be done to a host that has lost its opt-in tag must be a document of its own. There is
 * one for all faults: the host keeps the script by which a fault was done.
 */
export const UNDO_DOCUMENT: HostDocument = {
  name: 'undo',
  description: 'Capuchin: takes a fault back, or looks how it stands',
  parameters: { action: { description: 'What to do', allowedPattern: '^(undo|status)$' }, ...COMMON },
  files: ['common.sh', 'undo.sh'],
};

/** The document by which a host fault is done. */
export function actingDocument(script: Pick<HostScript, 'name' | 'parameters' | 'shares'>): HostDocument {
  const { name, parameters } = script;
  return {
    name,
    description: `Capuchin: ${name}`,
    parameters: {
      action: { description: 'apply, or plan: say what apply would do', allowedPattern: '^(apply|plan)$' },
      ...COMMON,
      install: { description: 'Whether missing tools may be installed', allowedPattern: '^(yes|no)$' },
      notAfter: { description: 'No act begins after this; seconds since the epoch', allowedPattern: MOMENT },
      until: { description: 'When the host undoes it by itself; seconds since the epoch', allowedPattern: MOMENT },
      ...parameters,
    },
    files: filesOf(script),
  };
}

/** Both documents that a fault needs. */
export function documentsOf(
  script: Pick<HostScript, 'name' | 'parameters' | 'shares'>,
): readonly [acting: HostDocument, undoing: HostDocument] {
  return [actingDocument(script), UNDO_DOCUMENT];
}
