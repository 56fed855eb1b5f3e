import { stateChangeEvent, stateChangeNotice, topicsToTell } from './alarm-messages.ts';
import { Alarms, type AlarmTransition } from './alarms.ts';
import { EventRules } from './event-rules.ts';
import { type EventBuses, eventBuses } from './events.ts';
import type { MetricStore } from './metric-store.ts';
import type { Caller, ServedService } from './operation.ts';
import type { Provision } from './provision.ts';
import { createTopics, type Topics } from './topics.ts';

export interface AlertingOptions {
  readonly provision: Pick<Provision, 'accountId' | 'region' | 'eventBuses' | 'alerting'>;
  readonly metrics: MetricStore;
  /** The platform's Lambda, which rules invoke functions through. */
  readonly lambda: ServedService;
  readonly onLog: (sentence: string) => void;
  readonly onDefect: (sentence: string, cause?: unknown) => void;
}

/** A stack's alarms, buses, rules and topics, tied together. */
export interface Alerting {
  /** For `cloudWatchOperations`. */
  readonly alarms: Alarms;
  readonly buses: EventBuses;
  readonly topics: Topics;
  /** Ends the evaluation of alarms and waits for what is on its way to functions. */
  close(): Promise<void>;
}

/**
 * Makes a stack's alarms, event rules and topics, and starts evaluating the alarms. A change of state goes to the default bus as
 * an event, and to the topics among the alarm's actions; events go through the rules of their bus, to functions and topics.
 */
export function startAlerting({ provision, metrics, lambda, onLog, onDefect }: AlertingOptions): Alerting {
  const { accountId, region, alerting } = provision;
  const topics = createTopics(alerting.topics);
  const eventBridge: Caller = { accessKeyId: 'events.amazonaws.com', accountId, region };
  const rules = new EventRules({
    ...alerting,
    accountId,
    region,
    topics,
    onLog,
    invoke: async (FunctionName, payload) => {
      const input = { FunctionName, InvocationType: 'Event', Payload: Buffer.from(payload) };
      await lambda.Invoke?.answer(input, eventBridge);
    },
  });
  const buses = eventBuses({ buses: provision.eventBuses, onEvent: (event) => rules.take(event) });
  const tell = (transition: AlarmTransition): void => {
    const { alarm } = transition;
    buses.put(stateChangeEvent(transition));
    for (const topicArn of topicsToTell(alarm)) {
      const problem = topics.publishAs('cloudwatch.amazonaws.com', { topicArn, ...stateChangeNotice(transition) });
      if (problem !== null) onLog(`The alarm ${alarm.input.AlarmName} tells nobody: ${problem}.`);
    }
  };
  const alarms = new Alarms({ metrics, onTransition: tell, onDefect });
  for (const alarm of alerting.alarms) alarms.putMetric(alarm, { accountId, region });
  alarms.start();
  return {
    alarms,
    buses,
    topics,
    close: async () => {
      alarms.close();
      await rules.close();
    },
  };
}
