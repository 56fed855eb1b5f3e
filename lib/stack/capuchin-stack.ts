import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import type { Construct } from 'constructs';
import type { Config } from '../core/config.ts';
import { Cleaning } from './cleaning.ts';
import { HostDocuments } from './documents.ts';
import { CapuchinFunctions } from './functions.ts';
import { Notices } from './notices.ts';
import { Planner } from './planner.ts';
import { Switches } from './switches.ts';
import { Tables } from './tables.ts';

export interface CapuchinStackProps extends StackProps {
  /** Validated config; it travels with the functions' code, so a running experiment keeps the config it began with. */
  readonly config: Config;
}

/** The whole of Capuchin in one account and region. Leashed after its first deployment. */
export class CapuchinStack extends Stack {
  constructor(scope: Construct, id: string, props: CapuchinStackProps) {
    super(scope, id, {
      description: 'Capuchin: a serverless chaos monkey for container fleets',
      // CloudFormation takes a megabyte, and the host scripts are three quarters of one.
      suppressTemplateIndentation: true,
      ...props,
    });
    const tables = new Tables(this, 'Tables');
    const switches = new Switches(this, 'Switches');
    const bus = new EventBus(this, 'Records', { description: 'Every audit record of Capuchin' });
    const notices = new Notices(this, 'Notices', { config: props.config });
    const documents = new HostDocuments(this, 'Documents');
    const parts = { config: props.config, tables, switches, bus, notices, documents };
    const functions = new CapuchinFunctions(this, 'Functions', parts);
    new Cleaning(this, 'Cleaning', { functions });
    const planner = new Planner(this, 'Planner', { functions });
    // What the command line needs to know, by names that do not change.
    const outputs = {
      AuditTable: tables.audit.tableName,
      StateTable: tables.state.tableName,
      PlanFunction: functions.plan.functionName,
      CommandFunction: functions.command.functionName,
      HaltFunction: functions.halt.functionName,
      SweepFunction: functions.sweep.functionName,
      NoticeTopic: notices.topic.topicArn,
      LeverParameter: switches.lever.parameterName,
      LeashParameter: switches.leash.parameterName,
      ScheduleGroup: planner.scheduleGroup.ref,
      TagPrefix: props.config.tagPrefix,
    };
    switches.describe(outputs);
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}
