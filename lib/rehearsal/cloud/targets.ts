import * as z from 'zod';
import type { TargetState } from '../fleet/model.ts';
import { type Balancing, groupsNotFound } from './balancing.ts';
import { invalid } from './listener-shapes.ts';
import { AwsError, type ServedService, serve } from './operation.ts';
import { queryList, queryNumber } from './protocols/query-input.ts';

const text = z.string().min(1);

const target = z.strictObject({ Id: text, Port: queryNumber.optional(), AvailabilityZone: text.optional() });
const targetsInput = z.strictObject({ TargetGroupArn: text, Targets: queryList(target) });

type AskedTarget = z.output<typeof target>;

/** Targets of the services' groups, as the load balancers have them. */
export function targetOperations(balancing: Balancing): ServedService {
  const { fleet } = balancing;
  return {
    DescribeTargetHealth: serve({
      input: targetsInput.partial({ Targets: true }),
      answer: ({ TargetGroupArn, Targets = [] }) => {
        const targets = fleet.targetHealth?.(TargetGroupArn) ?? createdGroupsTargets(balancing, TargetGroupArn);
        const shown = Targets.length === 0 ? targets : Targets.flatMap((asked) => findTargets(targets, asked));
        return { TargetHealthDescriptions: shown.map(showTarget) };
      },
    }),
    RegisterTargets: serve({
      input: targetsInput,
      answer: (asked) => {
        const targets = addressesOf(balancing, asked);
        const { service, arn } = balancing.group(asked.TargetGroupArn);
        if (service === undefined) throw new Error('a target group that was created stays empty in a rehearsal');
        for (const one of targets) {
          if (fleet.registerTarget?.(arn, one) === true) continue;
          // ELB takes any address of the network; behind a rehearsal's load balancer there is nothing but the service's tasks.
          throw new AwsError('InvalidTarget', `No task of the service listens on ${one.id}:${one.port}`);
        }
        return {};
      },
    }),
    DeregisterTargets: serve({
      input: targetsInput,
      answer: (asked) => {
        // What is not registered is no error (DeregisterTargets in the API reference).
        for (const one of addressesOf(balancing, asked)) fleet.deregisterTarget?.(asked.TargetGroupArn, one);
        return {};
      },
    }),
  };
}

/** @throws AwsError TargetGroupNotFound for a group that is neither a service's nor was created. */
function createdGroupsTargets(balancing: Balancing, arn: string): readonly TargetState[] {
  if (balancing.group(arn).service !== undefined) throw groupsNotFound();
  return [];
}

function addressesOf(balancing: Balancing, { TargetGroupArn, Targets }: z.output<typeof targetsInput>) {
  const { port } = balancing.group(TargetGroupArn);
  if (Targets.length === 0) throw invalid('A target must be specified.');
  return Targets.map((asked) => ({ id: asked.Id, port: asked.Port ?? port }));
}

/** The targets that are meant; one that is not there is shown as not registered. */
function findTargets(targets: readonly TargetState[], { Id, Port }: AskedTarget): readonly TargetState[] {
  const found = targets.filter(({ id, port }) => id === Id && (Port === undefined || Port === port));
  if (found.length > 0) return found;
  const unknown: TargetState = {
    id: Id,
    port: Port ?? 0,
    availabilityZone: '',
    state: 'unused',
    reason: 'Target.NotRegistered',
    description: 'Target is not registered to the target group',
  };
  return [unknown];
}

function showTarget({ id, port, availabilityZone, state, reason, description }: TargetState): object {
  return {
    Target: { Id: id, Port: port === 0 ? undefined : port, AvailabilityZone: availabilityZone || undefined },
    HealthCheckPort: port === 0 ? undefined : String(port),
    TargetHealth: { State: state, Reason: reason, Description: description },
  };
}
