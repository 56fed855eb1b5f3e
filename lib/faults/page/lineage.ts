/** Something that people believe of a distributed system, and the faults that put it to the test. */
export interface Tested {
  readonly what: string;
  readonly faults: readonly string[];
}

/** The eight fallacies of distributed computing (L Peter Deutsch and others, Sun Microsystems). */
export const FALLACIES: readonly Tested[] = [
  {
    what: 'The network is reliable.',
    faults: [
      'network-loss',
      'network-duplicate',
      'network-corrupt',
      'network-reorder',
      'network-blackhole',
      'network-partition',
      'isolate-host',
      'dns-failure',
    ],
  },
  { what: 'Latency is zero.', faults: ['network-latency', 'network-combine', 'pause-container'] },
  { what: 'Bandwidth is infinite.', faults: ['network-rate', 'network-combine'] },
  {
    what: 'The network is secure.',
    faults: ['isolate-host', 'network-blackhole', 'dependency-failure', 'network-corrupt'],
  },
  {
    what: 'Topology does not change.',
    faults: [
      'terminate-host',
      'retire-host',
      'drain-host',
      'deregister-target',
      'scale-service',
      'network-partition',
      'zone-outage',
    ],
  },
  {
    what: 'There is one administrator.',
    faults: ['suspend-scaling', 'stop-agent', 'scale-service', 'deregister-target', 'dependency-failure'],
  },
  { what: 'Transport cost is zero.', faults: ['network-rate', 'network-latency', 'cpu-stress'] },
  {
    what: 'The network is homogeneous.',
    faults: ['network-reorder', 'network-rate', 'network-corrupt', 'network-combine'],
  },
];

/** The aspects of the 2016 talk's slide. */
export const ASPECTS: readonly Tested[] = [
  { what: 'disk I/O', faults: ['io-stress', 'disk-fill', 'detach-volumes'] },
  { what: 'time skew', faults: ['clock-skew', 'pause-container'] },
  {
    what: 'network traffic',
    faults: [
      'network-latency',
      'network-loss',
      'network-rate',
      'network-duplicate',
      'network-reorder',
      'network-corrupt',
    ],
  },
  { what: 'requests per second', faults: ['http-error', 'scale-service', 'cpu-stress', 'deregister-target'] },
  {
    what: 'cascading failure',
    faults: ['dependency-failure', 'http-error', 'stop-task', 'kill-container', 'memory-stress', 'zone-outage'],
  },
  { what: 'black-box cut-off', faults: ['network-blackhole', 'isolate-host', 'network-partition', 'stop-agent'] },
];

/** An ancestor's fault and ours. */
export interface Descent {
  readonly ancestor: string;
  readonly theirs: string;
  readonly ours: readonly string[];
  /** What ours does better, or differently and why. */
  readonly note: string;
}

/** Every fault of the ancestors. */
export const DESCENT: readonly Descent[] = [
  d('Simian Army', 'ShutdownInstance', ['terminate-host'], 'one id a call; a protected host masks no other'),
  d('Simian Army', 'BlockAllNetworkTraffic', ['isolate-host'], 'no way out either, and the former groups come back'),
  d('Simian Army', 'DetachVolumes', ['detach-volumes'], 'attached again, on the same devices and in order'),
  d('Simian Army', 'BurnCpu', ['cpu-stress'], 'a load of choice, inside the target’s own limits'),
  d('Simian Army', 'BurnIO', ['io-stress'], 'ends, and leaves no file'),
  d('Simian Army', 'FillDisk', ['disk-fill'], 'to a share of choice, never past what undoing needs'),
  d('Simian Army', 'KillProcesses', ['kill-process'], 'a pattern and a signal of choice, once or again and again'),
  d('Simian Army', 'NullRoute', ['network-blackhole'], 'any address, port and direction, not 10.0.0.0/8 alone'),
  d('Simian Army', 'FailDns', ['dns-failure'], 'the target’s own look-ups, by UDP and TCP, both families'),
  d('Simian Army', 'FailEc2', ['dependency-failure'], 'names and addresses of today'),
  d('Simian Army', 'FailDynamoDb', ['dependency-failure'], 'names and addresses of today'),
  d('Simian Army', 'FailS3', ['dependency-failure'], 'names and addresses of today'),
  d('Simian Army', 'NetworkCorruption', ['network-corrupt'], 'percent, correlation and filters of choice'),
  d('Simian Army', 'NetworkLatency', ['network-latency'], 'delay, jitter and distribution of choice'),
  d('Simian Army', 'NetworkLoss', ['network-loss'], 'three models of loss'),
  d('Chaos Monkey 2.0', 'terminate', ['terminate-host', 'retire-host', 'stop-task'], 'crash, or in good order'),
  d('Chaos Gorilla', 'lose a zone', ['zone-outage'], 'never released by Netflix; never more than may be missed'),
  d('Wehkamp', 'kill a container by shooting it', ['stop-task', 'kill-container'], ''),
  d('Wehkamp', 'terminate a container host', ['terminate-host'], ''),
  d('Pumba', 'kill', ['kill-container'], 'signals from a closed list'),
  d('Pumba', 'stop, with restart', ['stop-container'], 'started again even when Capuchin is gone'),
  d('Pumba', 'restart', ['restart-container'], ''),
  d('Pumba', 'pause', ['pause-container'], 'thawed even after a kill -9'),
  d('Pumba', 'rm', ['kill-container', 'stop-task'], 'ECS removes containers itself; ours does not race it'),
  d(
    'Pumba',
    'exec',
    ['kill-process'],
    'no command of choice: whoever may start experiments must not get a shell by it',
  ),
  d('Pumba', 'netem delay', ['network-latency'], ''),
  d('Pumba', 'netem loss, loss-state, loss-gemodel', ['network-loss'], ''),
  d('Pumba', 'netem duplicate', ['network-duplicate'], ''),
  d('Pumba', 'netem corrupt', ['network-corrupt'], ''),
  d('Pumba', 'netem rate', ['network-rate'], ''),
  d('Pumba', 'netem combine', ['network-combine'], ''),
  d('Pumba', 'iptables loss', ['network-loss', 'network-blackhole'], 'addresses and ports together narrow it down'),
  d('Pumba', 'stress', ['cpu-stress', 'memory-stress', 'io-stress'], ''),
  d(
    'Mizaru',
    'netsplit, bridge, single-bridge, ring',
    ['network-partition'],
    'among those that are named, not all of a host',
  ),
  d('Blockade', 'flaky', ['network-loss'], ''),
  d('Blockade', 'slow', ['network-latency'], ''),
  d('Blockade', 'duplicate', ['network-duplicate'], ''),
  d('Blockade', 'partition', ['network-partition'], 'over hosts, and one-way too'),
  d('Blockade', 'kill, stop, restart', ['kill-container', 'stop-container', 'restart-container'], ''),
  d('kubernetes#4548', 'kill pods and nodes', ['stop-task', 'terminate-host', 'reboot-host'], ''),
  d('DRAX', 'kill tasks of an app', ['stop-task'], 'confirmed by the task’s own state'),
];

function d(ancestor: string, theirs: string, ours: readonly string[], note: string): Descent {
  return { ancestor, theirs, ours, note };
}
