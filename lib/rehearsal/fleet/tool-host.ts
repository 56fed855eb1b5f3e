import type { ConnectionFaults } from './connection-faults.ts';
import type { ContainerEngine } from './container-engine.ts';

/** What a command on a host printed, and its exit code. */
export interface ToolAnswer {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A container host, as the rehearsal's own commands on it see it. */
export interface ToolHost {
  readonly engine: ContainerEngine;
  readonly instanceId: string;
  readonly connections: ConnectionFaults;
  /** What the cluster knows it by; undefined where none does. */
  readonly containerInstanceArn: string | undefined;
}

/** What a command on a host is started with. */
export interface ToolCall {
  readonly words: readonly string[];
  /** The parameters of the document, by name. */
  readonly parameters: Readonly<Record<string, string>>;
}
