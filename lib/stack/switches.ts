import { Stack } from 'aws-cdk-lib';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { switchText } from '../aws/switches.ts';

const FIRST = { actor: 'cdk deploy', at: 'deployment' };

/** Lever and leash, and the parameter by which the command line finds everything else. */
export class Switches extends Construct {
  readonly lever: StringParameter;
  readonly leash: StringParameter;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const stack = Stack.of(this).stackName;
    this.lever = new StringParameter(this, 'Lever', {
      parameterName: `/${stack}/lever`,
      description: 'Capuchin: engaged means that nothing starts. Turned by "capuchin halt" and "capuchin resume".',
      stringValue: switchText(false, { ...FIRST, reason: 'released at deployment' }),
    });
    this.leash = new StringParameter(this, 'Leash', {
      parameterName: `/${stack}/leash`,
      description:
        'Capuchin: on means that everything happens but the act. Turned by "capuchin leash" and "capuchin unleash".',
      stringValue: switchText(true, { ...FIRST, reason: 'leashed at deployment' }),
    });
  }

  /** Writes down where everything is, under `/<stack>/deployment`. */
  describe(outputs: Readonly<Record<string, string>>): void {
    const stack = Stack.of(this);
    new StringParameter(this, 'Deployment', {
      parameterName: `/${stack.stackName}/deployment`,
      description: 'Capuchin: names of its parts, for the command line',
      stringValue: stack.toJsonString(outputs),
    });
  }
}
