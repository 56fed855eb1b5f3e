import type { BucketKey } from './throttle-buckets.ts';

/**
 * Everything the local cloud serves, in one table. The server finds operations only through it and refuses to start with a
 * service whose handlers differ from it, the handlers take their limits from it, and the documentation is generated from it.
 */

/** How many entries a list operation gives per page: the least and most a caller may ask for, and what it gets unasked. */
export interface PageSize {
  readonly least: number;
  readonly most: number;
  readonly unasked: number;
}

export interface ServedOperationRow {
  readonly page?: PageSize;
  /** Most entries that one call may name. */
  readonly atMost?: number;
  /** The throttle bucket that the operation draws from, alone or with others; null where AWS has none. */
  readonly bucket: BucketKey | null;
  readonly note: string;
}

export interface ServedServiceRow {
  /** What the SDK 3.1162 client of the service speaks (its `runtimeConfig.shared.js`). */
  readonly protocol: 'awsJson1_0' | 'awsJson1_1' | 'awsQuery' | 'ec2Query' | 'restJson1';
  /** First half of the `X-Amz-Target` header; null where the protocol has none. */
  readonly target: string | null;
  /** The service's name in a request's credential scope. */
  readonly signingName: string;
  /** The error's name for a parameter that is unknown or malformed. */
  readonly malformed: string;
  /** The error for a call beyond its bucket; every one is in the SDK's own list of throttling errors. */
  readonly throttled: { readonly code: string; readonly statusCode: number };
  readonly operations: Readonly<Record<string, ServedOperationRow>>;
}

export const servedOperations = {
  ECS: {
    protocol: 'awsJson1_1',
    target: 'AmazonEC2ContainerServiceV20141113',
    signingName: 'ecs',
    malformed: 'InvalidParameterException',
    throttled: { code: 'ThrottlingException', statusCode: 400 },
    operations: {
      ListClusters: {
        page: { least: 1, most: 100, unasked: 100 },
        bucket: 'ecsClusterRead',
        note: 'ARNs of all clusters.',
      },
      DescribeClusters: {
        atMost: 100,
        bucket: 'ecsClusterRead',
        note: 'By name or ARN; unknown ones are failures with reason MISSING.',
      },
      ListServices: {
        page: { least: 1, most: 100, unasked: 10 },
        bucket: 'ecsServiceRead',
        note: 'ARNs of one cluster’s services.',
      },
      DescribeServices: { atMost: 10, bucket: 'ecsServiceRead', note: 'Counts, deployment and, when asked, tags.' },
      UpdateService: {
        bucket: 'ecsServiceModify',
        note: 'The desired count; tasks are really started and stopped.',
      },
      ListTasks: {
        page: { least: 1, most: 100, unasked: 100 },
        bucket: 'ecsClusterResourceRead',
        note: 'By desired status: a stopping task is under STOPPED.',
      },
      DescribeTasks: {
        atMost: 100,
        bucket: 'ecsClusterResourceRead',
        note: 'Tags only when asked and only while the task runs.',
      },
      StopTask: {
        bucket: 'ecsClusterResourceModify',
        note: 'SIGTERM to the real process, SIGKILL after the stop time-out; the task loses its tags.',
      },
      GetTaskProtection: { atMost: 100, bucket: 'ecsTaskProtection', note: 'Scale-in protection of tasks.' },
      UpdateTaskProtection: {
        atMost: 10,
        bucket: 'ecsTaskProtection',
        note: 'Without an expiry; the scheduler does not scale in what is protected.',
      },
      DescribeContainerInstances: {
        atMost: 100,
        bucket: 'ecsClusterResourceRead',
        note: 'The container hosts of a cluster.',
      },
      ListContainerInstances: {
        page: { least: 1, most: 100, unasked: 100 },
        bucket: 'ecsClusterResourceRead',
        note: 'ARNs, by status; without filter expressions.',
      },
      UpdateContainerInstancesState: {
        atMost: 10,
        bucket: 'ecsClusterResourceModify',
        note: 'DRAINING replaces the service tasks of a host within the deployment percentages.',
      },
    },
  },
  Tagging: {
    protocol: 'awsJson1_1',
    target: 'ResourceGroupsTaggingAPI_20170126',
    signingName: 'tagging',
    malformed: 'InvalidParameterException',
    throttled: { code: 'ThrottledException', statusCode: 400 },
    operations: {
      // The SDK's documentation gives 1 to 100 and is silent about the default.
      GetResources: {
        page: { least: 1, most: 100, unasked: 50 },
        atMost: 100,
        bucket: 'taggingRead',
        note: 'Tagged clusters, services, tasks and container hosts; never Auto Scaling groups.',
      },
    },
  },
  AutoScaling: {
    protocol: 'awsQuery',
    target: null,
    signingName: 'autoscaling',
    malformed: 'ValidationError',
    throttled: { code: 'Throttling', statusCode: 400 },
    operations: {
      DescribeAutoScalingGroups: {
        page: { least: 1, most: 100, unasked: 50 },
        bucket: 'autoScaling',
        note: 'By name, by tag filters or all, with their hosts.',
      },
      DescribeAutoScalingInstances: {
        page: { least: 1, most: 50, unasked: 50 },
        atMost: 50,
        bucket: 'autoScaling',
        note: 'By instance ids or all; unknown ones are left out.',
      },
      DescribeScalingActivities: {
        page: { least: 1, most: 100, unasked: 100 },
        bucket: 'autoScaling',
        note: 'The first page of one group’s: launches of the hosts that it has.',
      },
      TerminateInstanceInAutoScalingGroup: {
        bucket: 'autoScaling',
        note: 'Drains the host’s tasks first, as the termination hook of ECS does.',
      },
      SuspendProcesses: { bucket: 'autoScaling', note: 'A suspended process does nothing until it is resumed.' },
      ResumeProcesses: { bucket: 'autoScaling', note: 'Some processes or all.' },
    },
  },
  EC2: {
    protocol: 'ec2Query',
    target: null,
    signingName: 'ec2',
    malformed: 'InvalidParameterValue',
    throttled: { code: 'RequestLimitExceeded', statusCode: 503 },
    operations: {
      DescribeInstances: {
        page: { least: 5, most: 1_000, unasked: 1_000 },
        atMost: 1_000,
        bucket: 'ec2Describe',
        note: 'By ids or filters; terminated ones for an hour.',
      },
      DescribeInstanceStatus: { atMost: 100, bucket: 'ec2Describe', note: 'Of running instances, by ids.' },
      TerminateInstances: {
        atMost: 1_000,
        bucket: 'ec2Terminate',
        note: 'One protected instance spares all that are named of its zone.',
      },
      StopInstances: { atMost: 1_000, bucket: 'ec2Mutate', note: 'All of them or none; not spot, not instance store.' },
      StartInstances: { atMost: 1_000, bucket: 'ec2Start', note: 'All of them or none.' },
      RebootInstances: { atMost: 1_000, bucket: 'ec2Mutate', note: 'The state stays running; tasks die.' },
      DescribeInstanceAttribute: {
        bucket: 'ec2Describe',
        note: 'disableApiTermination and disableApiStop.',
      },
      ModifyInstanceAttribute: {
        bucket: 'ec2Mutate',
        note: 'One of disableApiTermination, disableApiStop and DeleteOnTermination of a device.',
      },
      DescribeNetworkInterfaces: {
        page: { least: 5, most: 1_000, unasked: 1_000 },
        atMost: 1_000,
        bucket: 'ec2Describe',
        note: 'By ids or filters.',
      },
      ModifyNetworkInterfaceAttribute: {
        bucket: 'ec2Mutate',
        note: 'Security groups only; without inbound rules nothing reaches the host’s tasks.',
      },
      DescribeSecurityGroups: {
        page: { least: 5, most: 1_000, unasked: 1_000 },
        atMost: 1_000,
        bucket: 'ec2Describe',
        note: 'By ids or filters, with their rules.',
      },
      DescribeVolumes: {
        page: { least: 5, most: 500, unasked: 500 },
        atMost: 500,
        bucket: 'ec2Describe',
        note: 'By ids or filters.',
      },
      DetachVolume: {
        bucket: 'ec2Mutate',
        note: 'Not a running instance’s root; a mounted one stays busy unless forced.',
      },
      AttachVolume: { bucket: 'ec2Mutate', note: 'Of the same zone, to a free device.' },
    },
  },
  CloudWatch: {
    protocol: 'awsJson1_0',
    target: 'GraniteServiceVersion20100801',
    signingName: 'monitoring',
    malformed: 'ValidationError',
    throttled: { code: 'Throttling', statusCode: 400 },
    operations: {
      GetMetricData: {
        page: { least: 1, most: 100_800, unasked: 100_800 },
        atMost: 500,
        bucket: 'cloudWatchMetricData',
        note: 'Metrics of the last 20 minutes and metric math; the page is counted in data points.',
      },
      PutMetricAlarm: {
        bucket: 'cloudWatchPutMetricAlarm',
        note: 'Fixed thresholds on a metric or metric math, evaluated every second; SNS actions.',
      },
      PutCompositeAlarm: {
        bucket: 'cloudWatchPutCompositeAlarm',
        note: 'Rules of ALARM, OK, INSUFFICIENT_DATA with AND, OR, NOT.',
      },
      DescribeAlarms: {
        page: { least: 1, most: 100, unasked: 50 },
        atMost: 100,
        bucket: 'cloudWatchDescribeAlarms',
        note: 'By names, prefix, type and state; only metric alarms unless types are asked for.',
      },
      SetAlarmState: {
        bucket: 'cloudWatchSetAlarmState',
        note: 'Until the next evaluation that finds another state.',
      },
      DeleteAlarms: {
        atMost: 100,
        bucket: 'cloudWatchDeleteAlarms',
        note: 'All of them, or none when one is unknown.',
      },
    },
  },
  LoadBalancing: {
    protocol: 'awsQuery',
    target: null,
    signingName: 'elasticloadbalancing',
    malformed: 'ValidationError',
    throttled: { code: 'ThrottlingException', statusCode: 400 },
    operations: {
      DescribeTargetGroups: {
        page: { least: 1, most: 400, unasked: 400 },
        bucket: 'loadBalancingRead',
        note: 'One for each service, and those that were created; by ARNs, names or load balancer.',
      },
      DescribeTargetHealth: {
        bucket: 'loadBalancingRead',
        note: 'What the service’s load balancer finds of its tasks at this moment.',
      },
      DescribeListeners: {
        page: { least: 1, most: 400, unasked: 400 },
        bucket: 'loadBalancingRead',
        note: 'One HTTP listener for each load balancer.',
      },
      DescribeRules: {
        page: { least: 1, most: 400, unasked: 400 },
        bucket: 'loadBalancingRead',
        note: 'Rules with forward and fixed-response actions.',
      },
      DescribeTags: { atMost: 20, bucket: 'loadBalancingRead', note: 'Of rules and target groups that were created.' },
      RegisterTargets: {
        bucket: 'loadBalancingRegister',
        note: 'Tasks of the group’s service only; the load balancer checks them anew.',
      },
      DeregisterTargets: {
        bucket: 'loadBalancingRegister',
        note: 'Gets nothing new, and drains; ECS does not register it again.',
      },
      CreateTargetGroup: {
        bucket: 'loadBalancingModify',
        note: 'Stays empty; what is forwarded to it is answered 503.',
      },
      DeleteTargetGroup: { bucket: 'loadBalancingModify', note: 'Not while a rule forwards to it.' },
      ModifyListener: { bucket: 'loadBalancingModify', note: 'The default actions; the load balancer obeys at once.' },
      CreateRule: { bucket: 'loadBalancingModify', note: 'The load balancer obeys at once.' },
      ModifyRule: { bucket: 'loadBalancingModify', note: 'Actions and conditions, not of the default rule.' },
      DeleteRule: { bucket: 'loadBalancingModify', note: 'Not the default rule.' },
    },
  },
  SNS: {
    protocol: 'awsQuery',
    target: null,
    signingName: 'sns',
    malformed: 'InvalidParameter',
    throttled: { code: 'ThrottlingException', statusCode: 400 },
    operations: {
      Publish: { bucket: 'snsPublish', note: 'To a topic of the stack; the latest 1,000 messages are kept.' },
    },
  },
  SSM: {
    protocol: 'awsJson1_1',
    target: 'AmazonSSM',
    signingName: 'ssm',
    malformed: 'ValidationException',
    throttled: { code: 'ThrottlingException', statusCode: 400 },
    operations: {
      GetParameter: { bucket: 'ssmParameterRead', note: 'By name or ARN.' },
      GetParameters: { atMost: 10, bucket: 'ssmParameterRead', note: 'Unknown names come back as InvalidParameters.' },
      PutParameter: { bucket: 'ssmParameterWrite', note: 'Type String; the version counts up.' },
      GetCalendarState: {
        bucket: 'ssmCalendarRead',
        note: 'Change calendars; OPEN only when all that are named are open.',
      },
      SendCommand: {
        atMost: 50,
        bucket: 'ssmSendCommand',
        note: 'By instance ids; the document’s script really runs on the rehearsal’s container host.',
      },
      GetCommandInvocation: {
        bucket: 'ssmCommandRead',
        note: 'Not found for the first 200 ms; the first 24,000 characters of output.',
      },
      ListCommandInvocations: {
        page: { least: 1, most: 50, unasked: 50 },
        bucket: 'ssmCommandRead',
        note: 'By command and instance, without filters.',
      },
      CancelCommand: { atMost: 50, bucket: 'ssmCancelCommand', note: 'Kills the script, not what it left behind.' },
    },
  },
  Events: {
    protocol: 'awsJson1_1',
    target: 'AWSEvents',
    signingName: 'events',
    malformed: 'ValidationException',
    throttled: { code: 'ThrottlingException', statusCode: 400 },
    operations: {
      PutEvents: {
        atMost: 10,
        bucket: 'eventsPut',
        note: 'Kept in memory and shown to the rules; entries fail one by one.',
      },
    },
  },
  STS: {
    protocol: 'awsQuery',
    target: null,
    signingName: 'sts',
    malformed: 'ValidationError',
    throttled: { code: 'Throttling', statusCode: 400 },
    operations: { GetCallerIdentity: { bucket: 'stsIdentity', note: 'The principal behind the access key.' } },
  },
  Lambda: {
    protocol: 'restJson1',
    target: null,
    signingName: 'lambda',
    malformed: 'InvalidParameterValueException',
    throttled: { code: 'TooManyRequestsException', statusCode: 429 },
    operations: {
      Invoke: { bucket: 'lambdaInvoke', note: 'Runs the bundled function in its own process.' },
      CheckpointDurableExecution: { bucket: 'lambdaCheckpoint', note: 'Steps of a durable execution.' },
      GetDurableExecutionState: {
        bucket: 'lambdaDurableState',
        note: 'Operations of a durable execution, paged by Marker.',
      },
    },
  },
  Scheduler: {
    protocol: 'restJson1',
    target: null,
    signingName: 'scheduler',
    malformed: 'ValidationException',
    throttled: { code: 'ThrottlingException', statusCode: 429 },
    operations: {
      CreateSchedule: { bucket: 'schedulerCreate', note: 'One-time and recurring schedules that really fire.' },
      GetSchedule: { bucket: 'schedulerGet', note: 'By group and name.' },
      ListSchedules: {
        page: { least: 1, most: 100, unasked: 100 },
        bucket: 'schedulerList',
        note: 'By group, name prefix and state.',
      },
      DeleteSchedule: { bucket: 'schedulerDelete', note: 'Cancels the schedule.' },
    },
  },
  DynamoDB: {
    protocol: 'awsJson1_0',
    target: 'DynamoDB_20120810',
    signingName: 'dynamodb',
    malformed: 'ValidationException',
    throttled: { code: 'ThrottlingException', statusCode: 400 },
    operations: {
      PutItem: { bucket: null, note: 'Answered by dynalite.' },
      GetItem: { bucket: null, note: 'Answered by dynalite.' },
      Query: { bucket: null, note: 'Answered by dynalite; 1 MB a page.' },
      UpdateItem: { bucket: null, note: 'Answered by dynalite.' },
      DeleteItem: { bucket: null, note: 'Answered by dynalite.' },
    },
  },
} as const satisfies Record<string, ServedServiceRow>;
