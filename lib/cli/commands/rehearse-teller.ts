import { describe, wordOf } from '../../audit/describe.ts';
import type { AuditRecord } from '../../audit/record.ts';
import type { FleetDefinition } from '../../rehearsal/fleet/fleet-file.ts';
import { type HostNews, toldAt } from '../../rehearsal/host-news.ts';
import { carriedServices, hasServiceOptedIn, haveHostsOptedIn } from '../../rehearsal/members.ts';
import type { PlannedExperiment, RehearsalFacts } from '../../rehearsal/result.ts';
import { type Output, table, verdictStyle, wrap } from '../output.ts';
import { type Judged, judgedOf } from './rehearse-verdicts.ts';

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
  /** Hosts that an experiment acted on, with the record that says so. */
  readonly #struck = new Map<string, AuditRecord>();
  /** Of hosts whose experiment has not said yet that it acted. */
  #early: HostNews[] = [];

  constructor(output: Output, asJson: boolean) {
    this.#output = output;
    this.#say = asJson ? (text) => output.talk(text) : (text) => output.out(text);
  }

  opening(definition: FleetDefinition, seed: string, isExample: boolean): void {
    const { services, cluster, hosts } = definition;
    this.#fleetOption = isExample ? '' : ` --fleet ${definition.file}`;
    const tasks = services.reduce((sum, { desired }) => sum + desired, 0);
    const onHosts = hosts === 0 ? '' : `, container hosts ${hosts}`;
    this.#heading(`Capuchin rehearses ${isExample ? 'its example fleet' : definition.file}`);
    this.#say(
      `cluster ${cluster}: services ${services.length}, tasks ${tasks} (one process each)${onHosts}, seed ${seed}\n`,
    );
    const rows = services.map((service) => [
      service.name,
      String(service.desired),
      hasServiceOptedIn(service, definition) ? 'yes' : 'no',
      service.traffic ? `${service.traffic.requestsPerSecond}/s ${service.traffic.path}` : 'none',
      service.hypothesis
        ? `errors ≤ ${service.hypothesis.errorRate * 100} %, p99 ≤ ${service.hypothesis.p99Ms} ms`
        : 'running = desired',
    ]);
    this.#say(table(['service', 'tasks', 'opted in', 'traffic', 'hypothesis'], rows));
    this.#say('');
    if (hosts > 0) this.#hosts(definition);
  }

  #hosts(definition: FleetDefinition): void {
    const { hosts, hostGroup } = definition;
    const carried = carriedServices(definition).map(({ name }) => name);
    const row = [hostGroup.name, String(hosts), haveHostsOptedIn(definition) ? 'yes' : 'no', carried.join(', ')];
    const hypothesis = `that of ${carried.join(', ')}, all tasks back`;
    this.#say(table(['container hosts', 'hosts', 'opted in', 'carry', 'hypothesis'], [[...row, hypothesis]]));
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
      this.#say('Nothing was drawn: nothing has opted in (tag chaos:opt-in: "true").');
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
    const { kind, group = '', resource } = record;
    if (kind === 'planned') return;
    const word = wordOf(record);
    const isEnd = ['ended', 'refused', 'leashed', 'failed'].includes(kind);
    const style = kind === 'violated' ? verdictStyle('broken') : isEnd ? verdictStyle(word) : undefined;
    this.#line({ at: record.at, group, word, text: describe(record), style });
    if (kind === 'injected' && resource !== undefined) this.#hasStruck(resource, record);
    if (isEnd) this.#pending -= 1;
    this.#wait(
      this.#pending > 0
        ? `waiting for ${this.#pending} ${this.#pending === 1 ? 'experiment' : 'experiments'} to end`
        : '',
    );
  }

  /** What becomes of a host that an experiment took away; told after the act, of which the audit says so only when it is answered. */
  hostNews(news: HostNews): void {
    const act = this.#struck.get(news.instanceId);
    if (act === undefined) this.#early.push(news);
    else this.#line({ at: toldAt(news, act.at), group: act.group ?? '', word: news.kind, text: news.text });
  }

  #hasStruck(resource: string, act: AuditRecord): void {
    // An instance is known by its id, or by an ARN that ends with it.
    this.#struck.set(resource.slice(resource.lastIndexOf('/') + 1), act);
    const waiting = this.#early;
    this.#early = [];
    for (const news of waiting) this.hostNews(news);
  }

  #line({ at, group, word, text, style }: Line): void {
    const padded = word.padEnd(11);
    const head = `${this.#clock(at)}  ${group.padEnd(this.#groupWidth)}  `;
    const indent = head.length + padded.length + 2;
    const [first = '', ...rest] = wrap(text, Math.max(this.#output.width - indent, 30));
    this.#say(`${head}${style ? this.#output.style(style, padded) : padded}  ${first}`);
    for (const line of rest) this.#say(`${' '.repeat(indent)}${line}`);
  }

  closing(facts: RehearsalFacts, defects: readonly string[]): void {
    this.#wait('');
    const { result } = facts;
    this.#heading('\nThe verdicts');
    for (const judged of judgedOf(facts)) this.#verdict(judged);
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

  #verdict({ name, outcome, because }: Judged): void {
    this.#say(`${name.padEnd(12)}  ${this.#output.style(verdictStyle(outcome), outcome)}`);
    for (const fact of because)
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

/** One line of what happens, with the group that it happens to. */
interface Line {
  readonly at: string;
  readonly group: string;
  readonly word: string;
  readonly text: string;
  readonly style?: ReturnType<typeof verdictStyle> | undefined;
}

/** A path as seen from here, when it lies below. */
function near(file: string): string {
  const here = `${process.cwd()}/`;
  return file.startsWith(here) ? file.slice(here.length) : file;
}
