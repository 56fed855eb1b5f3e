/** One command for one container host: a document of Capuchin's with its parameters. */
export interface HostCommand {
  /** The document without the stack's prefix, such as `pause-container`. */
  readonly document: string;
  /** `i-…` */
  readonly instanceId: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** At most 100 characters; whoever looks at the command in AWS reads it. */
  readonly comment: string;
  /** A command that has not reached the host by then is given up; 30 at least. */
  readonly deliverWithinSeconds: number;
  /**
   * Stop conditions: Run Command itself watches the first, and cancels the command when it fires or cannot be read. Never given with an
   * undo, which must run above all when an alarm has fired.
   */
  readonly alarms?: readonly string[];
}

/** What AWS answered to a command. */
export type Sent =
  | { readonly commandId: string }
  | { readonly refused: { readonly code: string; readonly message: string } };

/** What faults on container hosts need of AWS. */
export interface HostCommands {
  /** The EC2 instance of a container instance; undefined when ECS does not know it. */
  hostOf(
    clusterArn: string,
    containerInstanceArn: string,
  ): Promise<{ readonly instanceId: string; readonly agentConnected: boolean } | undefined>;
  /** Whether an instance is terminated, or has been for so long that EC2 does not know it any more. */
  isTerminated(instanceId: string): Promise<boolean>;
  /** Sends a document to one host at most once, without waiting. `refused` when AWS said no; throws when nobody can tell. */
  sendCommand(command: HostCommand): Promise<Sent>;
  /**
   * Sends it and waits for its one line of JSON. It may be sent twice when an answer was lost, so it is for what may happen twice.
   * Throws when it did not end well within the limit.
   */
  runCommand(command: HostCommand): Promise<Readonly<Record<string, unknown>>>;
}

/** Where a host has joined ECS. */
export interface ClusterPlace {
  readonly clusterArn: string;
  readonly containerInstanceArn: string;
}

/** What finding the cluster of a host asks. */
export const LOOKING_FOR_CLUSTERS = {
  actions: ['ecs:ListClusters', 'ecs:ListContainerInstances'],
  on: 'any',
  use: 'looking',
} as const;

/** What is asked for faults that need to know what their host is to ECS. */
export interface ClusterLooker {
  /** Undefined when the instance has joined no cluster. */
  placeOf(instanceId: string): Promise<ClusterPlace | undefined>;
}

/** What network faults need of AWS when a peer is a service. */
export interface ServiceAddresses {
  /**
   * Addresses, IPv4 and IPv6, under which the running tasks of a service are reached: their own interfaces', or their hosts' where they have
   * none. Throws when nobody can tell.
   */
  addressesOf(cluster: string, service: string): Promise<readonly string[]>;
}

/** What `dependency-failure` needs of AWS to know where its services are. */
export interface PrefixLists {
  /**
   * Ranges, IPv4 and IPv6, of lists that AWS itself manages, each named without `com.amazonaws.<region>.`; those that are not there have none.
   * Throws when nobody can tell.
   */
  prefixesOf(lists: readonly string[]): Promise<readonly string[]>;
}
