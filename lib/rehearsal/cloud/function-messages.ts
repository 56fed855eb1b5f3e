/** What the local cloud says to a function's process. */
export interface InvokeMessage {
  readonly requestId: string;
  /** The event, as JSON. */
  readonly payload: string;
  readonly invokedFunctionArn: string;
  /** When the invocation times out, in milliseconds of `Date.now()`. */
  readonly deadlineMs: number;
}

/** An error as Lambda's Node.js runtime reports it. */
export interface FunctionFailure {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** What a function's process says to the local cloud. */
export type HostMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'init-failed'; readonly failure: FunctionFailure }
  | { readonly kind: 'answer'; readonly requestId: string; readonly payload: string }
  | { readonly kind: 'failure'; readonly requestId: string; readonly failure: FunctionFailure };
