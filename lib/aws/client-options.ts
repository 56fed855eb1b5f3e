/** What every AWS client of Capuchin is built with. Region, credentials and endpoint come from the environment, as the SDK finds them. */
export const CLIENT_OPTIONS = {
  // Adaptive retries slow down with the account's shared throttle buckets instead of hammering them.
  retryMode: 'adaptive',
  maxAttempts: 5,
  // Without the last, the SDK only warns about a call that takes too long, and waits for ever.
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
} as const;

/** What is told of an AWS error. */
interface AwsErrorFacts {
  readonly name: string;
  readonly message: string;
  readonly statusCode: number;
  /** How often the call was made; the error is the last one's. */
  readonly attempts: number;
}

/** The facts of an AWS error, or undefined for anything else. */
export function awsErrorOf(error: unknown): AwsErrorFacts | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined;
  const { httpStatusCode = 0, attempts = 1 } = error.$metadata as { httpStatusCode?: number; attempts?: number };
  return { name: error.name, message: error.message, statusCode: httpStatusCode, attempts };
}
