import { describe, wordOf } from '../../audit/describe.ts';
import type { AuditRecord } from '../../audit/record.ts';
import type { FleetDefinition } from '../../rehearsal/fleet/fleet-file.ts';
import type { PlannedExperiment, RehearsalFacts, RehearsedService } from '../../rehearsal/result.ts';
import { type Output, table, verdictStyle, wrap } from '../output.ts';

/** Tells a rehearsal on the screen. With JSON wanted, it talks on standard error, so that standard output is one document. */
export class RehearsalTeller {
  readonly #output: Output;
  readonly #say: (text: string) => void;
  readonly #startedMs = Date.now();
  #pending = 0;
  #ticker: NodeJS.Timeout | undefined;
  #waitingFor = '';
  #fleetOption = '';
  #groupWidth = 0;

  constructor(output: Output, asJson: boolean) {
    this.#output = output;
    this.#say = asJson ? (text) => output.talk(text) : (text) => output.out(text);
  }

  opening(definition: FleetDefinition, seed: string, isExample: boolean): void {
    const { services, cluster } = definition;
    this.#fleetOption = isExample ? '' : ` --fleet ${definition.file}`;
    const tasks = services.reduce((sum, { desired }) => sum + desired, 0);
    this.#heading(`Capuchin rehearses ${isExample ? 'its example fleet' : definition.file}`);
    this.#say(`cluster ${cluster}: services ${services.length}, tasks ${tasks} (one process each), seed ${seed}\n`);
    const rows = services.map(({ name, desired, tags, traffic, hypothesis }) => [
      name,
      String(desired),
      tags['chaos:opt-in'] === 'true' || definition.clusterTags['chaos:opt-in'] === 'true' ? 'yes' : 'no',
      traffic ? `${traffic.requestsPerSecond}/s ${traffic.path}` : 'none',
      hypothesis ? `errors ≤ ${hypothesis.errorRate * 100} %, p99 ≤ ${hypothesis.p99Ms} ms` : 'running = desired',
    ]);
    this.#say(table(['service', 'tasks', 'opted in', 'traffic', 'hypothesis'], rows));
    this.#say('');
  }

  stage(stage: string): void {
    this.#say(`${this.#clock()}  ${stage}`);
    this.#wait(stage);
  }

  plan(experiments: readonly PlannedExperiment[]): void {
    this.#heading('\nThe plan');
    this.#pending = experiments.length;
    this.#groupWidth = Math.max(0, ...experiments.map(({ group }) => group.length));
    if (experiments.length === 0) {
      this.#say('Nothing was drawn: no service has opted in (tag chaos:opt-in: "true").');
      return;
    }
    const rows = experiments.map(({ at, offsetSeconds, group, fault, experiment }) => [
      at.slice(11, 19),
      `+${offsetSeconds} s`,
      group,
      fault,
      experiment,
    ]);
    this.#say(table(['at (UTC)', 'draw', 'group', 'fault', 'experiment'], rows));
    this.#heading('\nThe experiments');
    this.#wait('waiting for the first planned instant');
  }

  record(record: AuditRecord): void {
    const { kind, group = '' } = record;
    if (kind === 'planned') return;
    const word = wordOf(record);
    const isEnd = ['ended', 'refused', 'leashed', 'failed'].includes(kind);
    const style = kind === 'violated' ? verdictStyle('broken') : isEnd ? verdictStyle(word) : undefined;
    const padded = word.padEnd(11);
    const head = `${this.#clock(record.at)}  ${group.padEnd(this.#groupWidth)}  `;
    const indent = head.length + padded.length + 2;
    const [first = '', ...rest] = wrap(describe(record), Math.max(this.#output.width - indent, 30));
    this.#say(`${head}${style ? this.#output.style(style, padded) : padded}  ${first}`);
    for (const line of rest) this.#say(`${' '.repeat(indent)}${line}`);
    if (isEnd) this.#pending -= 1;
    this.#wait(
      this.#pending > 0
        ? `waiting for ${this.#pending} ${this.#pending === 1 ? 'experiment' : 'experiments'} to end`
        : '',
    );
  }

  closing(facts: RehearsalFacts, defects: readonly string[]): void {
    this.#wait('');
    const { result } = facts;
    this.#heading('\nThe verdicts');
    for (const service of facts.services) this.#verdict(service, facts);
    for (const hosts of hostGroupsOf(facts)) this.#verdict(hosts, facts);
    const { records, verified, file } = result.audit;
    this.#say('');
    this.#say(
      `audit    ${verified ? `${records} records verified` : `${facts.auditFindings.length} FINDINGS in ${records} records`}: ${near(file)}`,
    );
    for (const finding of facts.auditFindings) this.#say(`         ${finding}`);
    this.#say(`report   ${near(result.report)}`);
    this.#say(`again    npm start -- --seed ${result.seed}${this.#fleetOption}`);
    this.defects(defects);
  }

  /** What the local cloud could not do as AWS does; the rehearsal has failed then. */
  defects(sentences: readonly string[]): void {
    this.#wait('');
    for (const sentence of new Set(sentences)) this.#output.talk(`${this.#output.style('red', 'defect')}: ${sentence}`);
  }

  #verdict({ name, group, outcome }: Judged, { result }: RehearsalFacts): void {
    const experiment = result.experiments.find((one) => one.group === group);
    const refusals = result.refused.filter((one) => one.group === group);
    const facts: string[] = [];
    if (experiment) {
      const { recoverySeconds, requests } = experiment;
      facts.push(recoverySeconds === null ? 'not recovered' : `recovered after ${recoverySeconds.toFixed(1)} s`);
      facts.push(`${requests.failed} of ${requests.total} requests failed`, experiment.because);
    }
    facts.push(...refusals.map(({ code, facts: { because } }) => `${code}: ${because}`));
    if (group === null) facts.push('it has not opted in, and no experiment acted on it');
    this.#say(`${name.padEnd(12)}  ${this.#output.style(verdictStyle(outcome), outcome)}`);
    for (const fact of facts)
      for (const line of wrap(fact, this.#output.width - 14)) this.#say(`${' '.repeat(14)}${line}`);
  }

  #heading(text: string): void {
    this.#say(this.#output.style('bold', text));
  }

  /** Seconds since the start, as a clock. */
  #clock(at?: string): string {
    const seconds = Math.max(0, ((at === undefined ? Date.now() : Date.parse(at)) - this.#startedMs) / 1000);
    return `${seconds.toFixed(1).padStart(5)} s`;
  }

  /** Shows in a terminal that something is awaited; the line disappears with the next one. */
  #wait(what: string): void {
    this.#waitingFor = what;
    clearInterval(this.#ticker);
    this.#output.progress('');
    if (what === '') return;
    const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
    let frame = 0;
    this.#ticker = setInterval(() => {
      frame = (frame + 1) % frames.length;
      this.#output.progress(`${frames[frame]} ${this.#clock()}  ${this.#waitingFor}`);
    }, 120);
    this.#ticker.unref();
  }
}

type Judged = Pick<RehearsedService, 'name' | 'group' | 'outcome'>;

/** Groups of hosts: those of the plan that are no service's. */
function hostGroupsOf({ services, result }: RehearsalFacts): Judged[] {
  const ofServices = new Set(services.map(({ group }) => group));
  const groups = new Set(result.plan.map(({ group }) => group).filter((group) => !ofServices.has(group)));
  return [...groups].map((group) => {
    const verdict = result.experiments.find((one) => one.group === group)?.verdict;
    const isRefused = result.refused.some((one) => one.group === group);
    return { name: group, group, outcome: verdict ?? (isRefused ? 'refused' : 'inconclusive') };
  });
}

/** A path as seen from here, when it lies below. */
function near(file: string): string {
  const here = `${process.cwd()}/`;
  return file.startsWith(here) ? file.slice(here.length) : file;
}
