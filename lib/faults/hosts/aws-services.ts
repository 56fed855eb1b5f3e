/** How an AWS service is reached from a host. */
export interface AwsService {
  /**
   * What stands before `.<region>.amazonaws.com` (by default the service's own name), also tried before `.<region>.api.aws`; a name with a
   * dot at its end is whole. All are resolved on the host while the fault lasts; a VPC endpoint with private DNS has the same names.
   */
  readonly endpoints?: readonly string[];
  /** Of lists that AWS manages, `com.amazonaws.<region>.<list>`: addresses that no single name gives away, such as buckets'. */
  readonly lists?: readonly string[];
}

/**
 * Services by name. Forms of the names: "AWS service endpoints" in the AWS General Reference (regional and dual-stack); which lists AWS
 * manages: "AWS-managed prefix lists" in the Amazon VPC user guide, but that those of IPv6 would be named `ipv6.…` for these two is
 * supposed. Prefixes that differ from the service's name are from memory. Endpoints that carry an account or an API's id (the registry of
 * ECR by account, execute-api) cannot be asked for: name their hosts instead.
 */
export const AWS_SERVICES = {
  autoscaling: {},
  athena: {},
  batch: {},
  'bedrock-runtime': {},
  cloudformation: {},
  cloudwatch: { endpoints: ['monitoring'] },
  cognito: { endpoints: ['cognito-idp', 'cognito-identity'] },
  dynamodb: { endpoints: ['dynamodb', 'streams.dynamodb'], lists: ['dynamodb', 'ipv6.dynamodb'] },
  ec2: {},
  ecr: { endpoints: ['api.ecr'] },
  ecs: { endpoints: ['ecs', 'ecs-a', 'ecs-t'] },
  elasticloadbalancing: {},
  eventbridge: { endpoints: ['events'] },
  firehose: {},
  iam: { endpoints: ['iam.amazonaws.com.'] },
  kinesis: {},
  kms: {},
  lambda: {},
  logs: {},
  rds: {},
  s3: { endpoints: ['s3', 's3.dualstack', 's3-control'], lists: ['s3', 'ipv6.s3'] },
  secretsmanager: {},
  servicediscovery: {},
  ses: { endpoints: ['email', 'email-smtp'] },
  sns: {},
  sqs: {},
  ssm: {},
  states: { endpoints: ['states', 'sync-states'] },
  sts: { endpoints: ['sts', 'sts.amazonaws.com.'] },
  xray: {},
} as const satisfies Readonly<Record<string, AwsService>>;

export type AwsServiceName = keyof typeof AWS_SERVICES;
