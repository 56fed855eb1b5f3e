/** Pearson's statistic of counts that should all be equal. */
export function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/**
 * The value that the statistic exceeds with a chance of one in a thousand, by the approximation of Wilson and Hilferty
 * (Proceedings of the National Academy of Sciences 17, 1931), which is good to a percent from three degrees of freedom up; with one
 * or two the value itself.
 */
export function oneInThousand(degrees: number): number {
  if (degrees < 1) return Number.MIN_VALUE;
  if (degrees < 3) return degrees === 1 ? 10.828 : 13.816;
  const part = 2 / (9 * degrees);
  return degrees * (1 - part + 3.0902 * Math.sqrt(part)) ** 3;
}
