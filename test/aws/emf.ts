import * as z from 'zod';

/**
 * One line of the embedded metric format, by its specification:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export const emfSchema = z
  .looseObject({
    _aws: z.strictObject({
      Timestamp: z.int().min(0),
      CloudWatchMetrics: z.array(
        z.strictObject({
          Namespace: z.string().min(1).max(255),
          // At least one set; a set may be empty, the list of sets may not.
          Dimensions: z.array(z.array(z.string().min(1).max(255)).max(30)).min(1),
          Metrics: z
            .array(z.strictObject({ Name: z.string().min(1).max(255), Unit: z.enum(['Count', 'Seconds']) }))
            .min(1)
            .max(100),
        }),
      ),
    }),
  })
  .superRefine((line, context) => {
    for (const { Dimensions, Metrics } of line._aws.CloudWatchMetrics) {
      for (const name of Dimensions.flat()) {
        if (typeof line[name] !== 'string')
          context.addIssue({ code: 'custom', message: `no text for dimension ${name}` });
      }
      for (const { Name } of Metrics) {
        const values = [line[Name]].flat();
        if (values.length > 100 || !values.every((value) => typeof value === 'number'))
          context.addIssue({ code: 'custom', message: `no number for metric ${Name}` });
      }
    }
  });

/** What CloudWatch makes of a line: each metric once for each set of dimensions. */
export function valuesOf(line: z.output<typeof emfSchema>) {
  return line._aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((names) =>
      Metrics.map(({ Name, Unit }) => ({
        namespace: Namespace,
        name: Name,
        unit: Unit,
        value: line[Name],
        dimensions: Object.fromEntries(names.map((name) => [name, line[name]])),
      })),
    ),
  );
}
