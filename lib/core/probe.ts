import * as z from 'zod';
import { alarmSchema } from './probes/alarm.ts';
import { httpSchema } from './probes/http.ts';
import { lambdaSchema } from './probes/lambda.ts';
import { metricSchema } from './probes/metric.ts';
import { serviceStableSchema } from './probes/service-stable.ts';
import { targetsHealthySchema } from './probes/targets-healthy.ts';

export type { AlarmProbe } from './probes/alarm.ts';
export { judgeAlarm } from './probes/alarm.ts';
export type { BodyExpectation, HttpProbe, HttpSeen } from './probes/http.ts';
export { judgeHttp } from './probes/http.ts';
export type { LambdaProbe } from './probes/lambda.ts';
export { judgeLambda } from './probes/lambda.ts';
export type { Datapoint, MetricProbe } from './probes/metric.ts';
export { COMPARATORS, judgeMetric } from './probes/metric.ts';
export type { Phase, ProbeAnswer } from './probes/question.ts';
export { PHASES } from './probes/question.ts';
export type { ServiceStability, ServiceStableProbe } from './probes/service-stable.ts';
export { judgeServiceStable } from './probes/service-stable.ts';
export type { TargetGroupNow, TargetHealthNow, TargetsHealthyProbe } from './probes/targets-healthy.ts';
export { judgeTargetsHealthy } from './probes/targets-healthy.ts';

/** Every kind of probe, each with its tolerance; one file each in `lib/core/probes`. What comes out of this goes in again. */
export const probeSchema = z.discriminatedUnion('type', [
  serviceStableSchema,
  alarmSchema,
  metricSchema,
  httpSchema,
  lambdaSchema,
  targetsHealthySchema,
]);

/** One question about normal behaviour, with its tolerance. */
export type Probe = z.output<typeof probeSchema>;
