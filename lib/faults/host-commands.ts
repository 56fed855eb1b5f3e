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
  /** Sends a document to one host at most once, without waiting. `refused` when AWS said no; throws when nobody can tell. */
  sendCommand(command: HostCommand): Promise<Sent>;
  /**
   * Sends it and waits for its one line of JSON. It may be sent twice when an answer was lost, so it is for what may happen twice.
   * Throws when it did not end well within the limit.
   */
  runCommand(command: HostCommand): Promise<Readonly<Record<string, unknown>>>;
}
