import type { BucketRate } from './token-bucket.ts';

/** A bucket with where its figures come from; `memory` and `assumed` ones are on the careful side. */
interface BucketRow extends BucketRate {
  /** `documented`: AWS publishes it. `memory`: known, but not found again. `assumed`: AWS publishes none. */
  readonly source: 'documented' | 'memory' | 'assumed';
}

/**
 * AWS's throttle buckets for what the local cloud serves, each for one account and region. Where AWS names only a rate,
 * the burst is one second of it.
 */
export const awsBuckets = {
  // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html
  ecsClusterRead: { burst: 50, perSecond: 20, source: 'documented' },
  ecsServiceRead: { burst: 100, perSecond: 20, source: 'documented' },
  ecsServiceModify: { burst: 50, perSecond: 5, source: 'documented' },
  ecsClusterResourceRead: { burst: 100, perSecond: 20, source: 'documented' },
  ecsClusterResourceModify: { burst: 100, perSecond: 40, source: 'documented' },
  ecsTaskProtection: { burst: 200, perSecond: 80, source: 'documented' },
  taggingRead: { burst: 15, perSecond: 15, source: 'memory' },
  // AWS says only that all calls of the service share one limit (https://repost.aws/knowledge-center/autoscaling-api-calls-throttled).
  autoScaling: { burst: 20, perSecond: 10, source: 'assumed' },
  // https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html: the least of each kind; what is not listed singly has the
  // bucket of operations that change something. Buckets of resources, beside those of requests, are left out.
  ec2Describe: { burst: 50, perSecond: 10, source: 'documented' },
  ec2Terminate: { burst: 100, perSecond: 5, source: 'documented' },
  ec2Start: { burst: 5, perSecond: 2, source: 'documented' },
  ec2Mutate: { burst: 50, perSecond: 5, source: 'documented' },
  cloudWatchMetricData: { burst: 50, perSecond: 50, source: 'memory' },
  // https://docs.aws.amazon.com/general/latest/gr/cw_region.html; each operation has a bucket of its own.
  cloudWatchDescribeAlarms: { burst: 9, perSecond: 9, source: 'documented' },
  cloudWatchPutMetricAlarm: { burst: 3, perSecond: 3, source: 'documented' },
  cloudWatchPutCompositeAlarm: { burst: 3, perSecond: 3, source: 'documented' },
  cloudWatchSetAlarmState: { burst: 3, perSecond: 3, source: 'documented' },
  cloudWatchDeleteAlarms: { burst: 3, perSecond: 3, source: 'documented' },
  // https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-api-throttling.html, operations that change nothing.
  loadBalancingRead: { burst: 40, perSecond: 10, source: 'documented' },
  // The same page; its figures for these two are from memory.
  loadBalancingRegister: { burst: 20, perSecond: 10, source: 'memory' },
  loadBalancingModify: { burst: 20, perSecond: 3, source: 'memory' },
  // The least of the regions; the largest ones allow 30,000.
  snsPublish: { burst: 300, perSecond: 300, source: 'memory' },
  // Default throughput of Parameter Store (https://docs.aws.amazon.com/general/latest/gr/ssm.html).
  ssmParameterRead: { burst: 40, perSecond: 40, source: 'documented' },
  ssmParameterWrite: { burst: 3, perSecond: 3, source: 'memory' },
  // AWS publishes no rates of Run Command.
  ssmSendCommand: { burst: 20, perSecond: 10, source: 'assumed' },
  ssmCommandRead: { burst: 40, perSecond: 20, source: 'assumed' },
  ssmCancelCommand: { burst: 20, perSecond: 10, source: 'assumed' },
  ssmCalendarRead: { burst: 10, perSecond: 5, source: 'assumed' },
  // The least of the regions; the largest ones allow 10,000.
  eventsPut: { burst: 400, perSecond: 400, source: 'memory' },
  stsIdentity: { burst: 600, perSecond: 600, source: 'memory' },
  // Ten calls a second for each unit of concurrency, of which a new account may have as few as ten.
  lambdaInvoke: { burst: 100, perSecond: 100, source: 'memory' },
  // https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
  lambdaCheckpoint: { burst: 10_000, perSecond: 10_000, source: 'documented' },
  lambdaDurableState: { burst: 300, perSecond: 300, source: 'assumed' },
  // https://docs.aws.amazon.com/scheduler/latest/UserGuide/scheduler-quotas.html; newer copies allow more creations.
  schedulerCreate: { burst: 1_000, perSecond: 1_000, source: 'documented' },
  schedulerGet: { burst: 1_000, perSecond: 1_000, source: 'documented' },
  schedulerDelete: { burst: 1_000, perSecond: 1_000, source: 'documented' },
  schedulerList: { burst: 50, perSecond: 50, source: 'memory' },
} as const satisfies Record<string, BucketRow>;

export type BucketKey = keyof typeof awsBuckets;

/** The rates to keep. Operations whose bucket is left out are not throttled, so `{}` throttles nothing. */
export type ThrottleBuckets = Readonly<Partial<Record<BucketKey, BucketRate>>>;
