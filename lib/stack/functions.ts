import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Annotations, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { type Alias, Architecture, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, type NodejsFunctionProps, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { MAXIMUM_EVENT_AGE_SECONDS } from '../aws/schedules.ts';
import type { Config } from '../core/config.ts';
import type { HostDocuments } from './documents.ts';
import type { Notices } from './notices.ts';
import { discoveryStatement, experimentStatements, lookUpStatement, undoStatements } from './permissions.ts';
import type { Switches } from './switches.ts';
import type { Tables } from './tables.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');

export interface CapuchinFunctionsProps {
  readonly config: Config;
  readonly tables: Tables;
  readonly switches: Switches;
  readonly bus: EventBus;
  readonly notices: Notices;
  readonly documents: HostDocuments;
}

/** The functions, each with a role of its own. */
export class CapuchinFunctions extends Construct {
  readonly plan: NodejsFunction;
  readonly command: NodejsFunction;
  readonly experiment: NodejsFunction;
  readonly halt: NodejsFunction;
  readonly sweep: NodejsFunction;
  /** Executions run on the version that started them; whoever starts one names this alias. */
  readonly experimentAlias: Alias;
  readonly #props: CapuchinFunctionsProps;
  readonly #configFile: string;

  constructor(scope: Construct, id: string, props: CapuchinFunctionsProps) {
    super(scope, id);
    this.#props = props;
    const folder = mkdtempSync(path.join(tmpdir(), 'capuchin-config-'));
    this.#configFile = path.join(folder, 'config.json');
    writeFileSync(this.#configFile, JSON.stringify(props.config));

    this.experiment = this.#function('experiment', {
      timeout: Duration.minutes(2),
      durableConfig: { executionTimeout: Duration.hours(12), retentionPeriod: Duration.days(14) },
    });
    // It was made durable when it was first created, so nothing will be replaced.
    Annotations.of(this.experiment).acknowledgeInfo('aws-lambda:Function.DurableConfig');
    for (const statement of experimentStatements(Stack.of(this), props.config))
      this.experiment.addToRolePolicy(statement);
    props.tables.grantState(this.experiment);
    this.experimentAlias = this.experiment.addAlias('live', {
      // A strike that comes late is refused, one that comes twice is too; so a failed delivery is not tried again.
      retryAttempts: 0,
      maxEventAge: Duration.seconds(MAXIMUM_EVENT_AGE_SECONDS),
    });

    this.plan = this.#function('plan', {
      timeout: Duration.minutes(5),
      retryAttempts: 0,
      environment: { EXPERIMENT_FUNCTION: this.experimentAlias.functionArn },
    });
    props.tables.grantState(this.plan);

    // What ends experiments may undo on any host, and can act on none.
    this.halt = this.#function('halt', { timeout: Duration.minutes(3), retryAttempts: 2 });
    this.sweep = this.#function('sweep', { timeout: Duration.minutes(5), retryAttempts: 0 });
    for (const cleaner of [this.halt, this.sweep]) {
      for (const statement of undoStatements(Stack.of(this))) cleaner.addToRolePolicy(statement);
      props.tables.grantState(cleaner);
    }

    this.command = this.#function('command', {
      timeout: Duration.seconds(30),
      retryAttempts: 0,
      environment: {
        EXPERIMENT_FUNCTION: this.experimentAlias.functionArn,
        HALT_FUNCTION: this.halt.functionArn,
      },
    });
    props.tables.grantState(this.command);
    this.experimentAlias.grantInvoke(this.command);
    this.halt.grantInvoke(this.command);
    props.switches.lever.grantWrite(this.command);
    props.switches.leash.grantWrite(this.command);
    for (const reader of [this.plan, this.command]) reader.addToRolePolicy(discoveryStatement());
    this.command.addToRolePolicy(lookUpStatement());
    // A function is bundled while it is constructed, so by now each has its copy.
    rmSync(folder, { recursive: true });
  }

  #function(name: string, props: NodejsFunctionProps): NodejsFunction {
    const { tables, switches, bus, notices, documents } = this.#props;
    const made = new NodejsFunction(this, name, {
      entry: path.join(ROOT, 'functions', name, 'handler.ts'),
      projectRoot: ROOT,
      depsLockFilePath: path.join(ROOT, 'package-lock.json'),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 512,
      description: `Capuchin: ${name}`,
      logGroup: new LogGroup(this, `${name}-log`, {
        retention: RetentionDays.THREE_MONTHS,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
      awsSdkConnectionReuse: false,
      ...props,
      environment: {
        AUDIT_TABLE: tables.audit.tableName,
        STATE_TABLE: tables.state.tableName,
        EVENT_BUS: bus.eventBusName,
        LEVER_PARAMETER: switches.lever.parameterName,
        LEASH_PARAMETER: switches.leash.parameterName,
        DOCUMENT_PREFIX: documents.prefix,
        ...props.environment,
      },
      bundling: {
        format: OutputFormat.ESM,
        target: 'node24',
        mainFields: ['module', 'main'],
        minify: true,
        // Names of classes would be 31 KB of a bundle; our errors say their own names, and nothing else asks for them.
        keepNames: false,
        sourceMap: false,
        forceDockerBundling: false,
        commandHooks: {
          beforeBundling: () => [],
          beforeInstall: () => [],
          afterBundling: (_input, output) => [`cp "${this.#configFile}" "${output}/config.json"`],
        },
      },
    });
    tables.grantRecording(made);
    bus.grantPutEventsTo(made);
    notices.tellBy(made);
    if (name === 'experiment') {
      const resources = [switches.lever.parameterArn, switches.leash.parameterArn];
      made.addToRolePolicy(new PolicyStatement({ actions: ['ssm:GetParameters'], resources }));
    }
    return made;
  }
}
