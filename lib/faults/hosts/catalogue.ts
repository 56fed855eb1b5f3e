import type { DocumentParameter, HostDocument } from './document.ts';

/** A fault with a host script. */
export interface HostFault {
  /** Of the fault, of its script (`<name>.sh` in this folder) and of its acting document. */
  readonly name: string;
  /** What its act takes besides what every act takes. */
  readonly parameters: Readonly<Record<string, DocumentParameter>>;
}

/** Every fault with a host script. */
export const HOST_FAULTS: readonly HostFault[] = [
  {
    name: 'pause-container',
    parameters: {
      container: {
        description: 'Name of one container of the task, or * for all',
        allowedPattern: '^(\\*|[A-Za-z0-9_-]{1,255})$',
      },
    },
  },
];

/** The files that are joined before a fault's own. */
export const SHARED_SCRIPTS = ['common.sh', 'healing.sh', 'acting.sh'] as const;

/** What every action of every host fault takes. */
const COMMON: Readonly<Record<string, DocumentParameter>> = {
  experiment: { description: 'Id of the experiment', allowedPattern: '^[A-Za-z0-9_.-]{1,64}$' },
  taskArn: {
    description: 'ARN of the task',
    allowedPattern:
      '^arn:aws[a-z-]{0,20}:ecs:[a-z0-9-]{1,30}:[0-9]{12}:task/([A-Za-z0-9_-]{1,255}/)?[A-Za-z0-9-]{1,64}$',
  },
};

const MOMENT = '^[0-9]{1,12}$';

/** Name of the document that undoes a fault and looks, and can do nothing else. */
export const undoingDocument = (fault: string): string => `${fault}-undo`;

/**
 * The two documents of a host fault. Run Command asks IAM for the document and for the host separately and never for parameters, so
 * what may be done to a host that has lost its opt-in tag, which is to undo, must be a document of its own.
 */
export function documentsOf({ name, parameters }: HostFault): readonly [acting: HostDocument, undoing: HostDocument] {
  return [
    {
      name,
      description: `Capuchin: ${name}`,
      parameters: {
        action: { description: 'What to do', allowedPattern: '^apply$' },
        ...COMMON,
        notAfter: { description: 'No act begins after this; seconds since the epoch', allowedPattern: MOMENT },
        until: { description: 'When the host undoes it by itself; seconds since the epoch', allowedPattern: MOMENT },
        ...parameters,
      },
    },
    {
      name: undoingDocument(name),
      description: `Capuchin: takes ${name} back, or looks how it stands`,
      parameters: { action: { description: 'What to do', allowedPattern: '^(undo|status)$' }, ...COMMON },
    },
  ];
}
