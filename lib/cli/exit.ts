import { awsErrorOf } from '../aws/client-options.ts';

/** Exit codes of every command (DESIGN 10). */
export const EXIT = { ok: 0, failure: 1, usage: 2, refused: 3, broken: 4, interrupted: 130 } as const;

/** A failure that the user can mend: one sentence, no stack trace. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT.failure, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** What to say for an error, and with which code to leave. */
export function explain(error: unknown): { message: string; exitCode: number } {
  if (error instanceof CommandFailed) return { message: error.message, exitCode: error.exitCode };
  const message = error instanceof Error ? error.message : String(error);
  return { message: awsSentence(error, message) ?? message, exitCode: EXIT.failure };
}

function awsSentence(error: unknown, message: string): string | undefined {
  const name = awsErrorOf(error)?.name ?? (error instanceof Error ? error.name : '');
  const causes = error instanceof AggregateError ? error.errors : [error];
  const code = causes.map((one) => (one as { code?: string }).code).find(Boolean);
  if (code === 'ECONNREFUSED') {
    const endpoint = process.env.AWS_ENDPOINT_URL;
    return endpoint
      ? `nothing answers at AWS_ENDPOINT_URL ${endpoint}; is the rehearsal still up?`
      : `AWS cannot be reached: ${message}`;
  }
  if (name === 'CredentialsProviderError')
    return 'no AWS credentials were found; log in, or name a profile with --profile';
  if (/region is missing/i.test(message)) return 'no AWS region is set; name one with --region, or set AWS_REGION';
  if (/^(ExpiredToken|RequestExpired|ExpiredTokenException)$/.test(name))
    return 'the AWS session has expired; log in again';
  if (/^(UnrecognizedClient|InvalidClientTokenId|InvalidSignature)/.test(name))
    return 'AWS does not know these credentials; log in again';
  if (/AccessDenied/.test(name)) return `AWS denied the call: ${message}`;
  return undefined;
}
