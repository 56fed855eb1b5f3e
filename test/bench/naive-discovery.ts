import {
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListServicesCommand,
  ListTasksCommand,
} from '@aws-sdk/client-ecs';
import { sideBySide } from '../../functions/side-by-side.ts';
import { CLIENT_OPTIONS } from '../../lib/aws/client-options.ts';
import { memoryOf } from './process-facts.ts';

/**
 * The naive way to find what opted in, in a process of its own: list everything, describe everything, and sift. It gets the planner's
 * client options and the largest pages that ECS gives; five calls are under way at a time.
 *
 * `node naive-discovery.ts MOST CLUSTER…` stops listing once it has MOST services, and prints one line of JSON.
 */

/** What it prints. */
export interface NaiveFindings {
  readonly services: number;
  readonly optedIn: number;
  readonly tasks: number;
  readonly seconds: number;
  readonly peakMb: number;
}

const AT_ONCE = 5;

const ecs = new ECSClient(CLIENT_OPTIONS);

const chunksOf = <Item>(items: readonly Item[], size: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));

async function serviceArns(cluster: string, most: number): Promise<string[]> {
  const arns: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await ecs.send(new ListServicesCommand({ cluster, maxResults: 100, nextToken }));
    arns.push(...(page.serviceArns ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined && arns.length < most);
  return arns.slice(0, most);
}

async function optedInOf(cluster: string, arns: readonly string[]): Promise<number> {
  const answers = await sideBySide(chunksOf(arns, 10), AT_ONCE, (services) =>
    ecs.send(new DescribeServicesCommand({ cluster, services, include: ['TAGS'] })),
  );
  const described = answers.flatMap(({ services }) => services ?? []);
  return described.filter(({ tags }) => tags?.some(({ key, value }) => key === 'chaos:opt-in' && value === 'true'))
    .length;
}

async function tasksOf(cluster: string, serviceArn: string): Promise<number> {
  const serviceName = serviceArn.slice(serviceArn.lastIndexOf('/') + 1);
  const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster, serviceName, maxResults: 100 }));
  if (taskArns.length === 0) return 0;
  const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns, include: ['TAGS'] }));
  return tasks.length;
}

async function findAll(most: number, clusters: readonly string[]): Promise<NaiveFindings> {
  const startedMs = performance.now();
  let [services, optedIn, tasks] = [0, 0, 0];
  for (const cluster of clusters) {
    if (services >= most) break;
    const arns = await serviceArns(cluster, most - services);
    services += arns.length;
    optedIn += await optedInOf(cluster, arns);
    for (const count of await sideBySide(arns, AT_ONCE, (arn) => tasksOf(cluster, arn))) tasks += count;
  }
  const seconds = (performance.now() - startedMs) / 1000;
  return { services, optedIn, tasks, seconds, peakMb: memoryOf('self').peakMb };
}

if (import.meta.main) {
  const [most, ...clusters] = process.argv.slice(2);
  console.log(JSON.stringify(await findAll(Number(most), clusters)));
}
