/** What every AWS client of Capuchin is built with. Region, credentials and endpoint come from the environment, as the SDK finds them. */
export const CLIENT_OPTIONS = {
  // Adaptive retries slow down with the account's shared throttle buckets instead of hammering them.
  retryMode: 'adaptive',
  maxAttempts: 5,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 10_000 },
} as const;

/** Name and message of an AWS error, or undefined for anything else. */
export function awsErrorOf(error: unknown): { name: string; message: string; statusCode: number } | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined;
  const { httpStatusCode = 0 } = error.$metadata as { httpStatusCode?: number };
  return { name: error.name, message: error.message, statusCode: httpStatusCode };
}
