import {
  CreateScheduleCommand,
  DeleteScheduleCommand,
  ListSchedulesCommand,
  SchedulerClient,
} from '@aws-sdk/client-scheduler';
import type { ExperimentOrder } from '../core/experiment.ts';
import { awsErrorOf, CLIENT_OPTIONS } from './client-options.ts';

/** What a one-time schedule needs to know of its deployment. */
export interface ScheduleTarget {
  readonly scheduleGroup: string;
  /** Alias of the experiment function. */
  readonly functionArn: string;
  readonly roleArn: string;
}

/** A planned experiment must not come minutes late; after this age the scheduler drops it. */
export const MAXIMUM_EVENT_AGE_SECONDS = 300;

/** One-time schedules of Capuchin's own group. A schedule's name is its experiment's id; deleting it cancels the experiment. */
export class Schedules {
  readonly #client = new SchedulerClient(CLIENT_OPTIONS);
  readonly #target: ScheduleTarget;

  constructor(target: ScheduleTarget) {
    this.#target = target;
  }

  /** Creates the schedule of an experiment; one that exists already stays as it is. */
  async create(order: ExperimentOrder): Promise<'created' | 'existed'> {
    try {
      await this.#client.send(
        new CreateScheduleCommand({
          Name: order.experiment,
          GroupName: this.#target.scheduleGroup,
          ClientToken: order.experiment,
          Description: `${order.fault} on ${order.group}`.slice(0, 512),
          // In UTC: a local time of the hour that a clock change repeats would name two instants.
          ScheduleExpression: `at(${order.at.slice(0, 19)})`,
          ScheduleExpressionTimezone: 'UTC',
          FlexibleTimeWindow: { Mode: 'OFF' },
          ActionAfterCompletion: 'DELETE',
          Target: {
            Arn: this.#target.functionArn,
            RoleArn: this.#target.roleArn,
            Input: JSON.stringify(order),
            RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: MAXIMUM_EVENT_AGE_SECONDS },
          },
        }),
      );
      return 'created';
    } catch (error) {
      if (awsErrorOf(error)?.name === 'ConflictException') return 'existed';
      throw error;
    }
  }

  /** Deletes the schedule of an experiment. One that has gone already, fired or deleted, is no error. */
  async delete(experiment: string): Promise<'deleted' | 'gone'> {
    try {
      await this.#client.send(new DeleteScheduleCommand({ Name: experiment, GroupName: this.#target.scheduleGroup }));
      return 'deleted';
    } catch (error) {
      if (awsErrorOf(error)?.name === 'ResourceNotFoundException') return 'gone';
      throw error;
    }
  }

  /** Ids of the experiments that still have a schedule. */
  async waiting(): Promise<string[]> {
    const names: string[] = [];
    let NextToken: string | undefined;
    do {
      const page = await this.#client.send(
        new ListSchedulesCommand({ GroupName: this.#target.scheduleGroup, MaxResults: 100, NextToken }),
      );
      names.push(...(page.Schedules ?? []).flatMap(({ Name }) => Name ?? []));
      NextToken = page.NextToken;
    } while (NextToken);
    return names;
  }
}
