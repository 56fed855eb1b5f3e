import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, type GlobalSecondaryIndexPropsV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Effect, type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { AUDIT_INDEXES } from '../aws/audit-table.ts';

/** The audit, which is only ever added to, and the state, which comes and goes. */
export class Tables extends Construct {
  readonly audit: TableV2;
  readonly state: TableV2;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const string = (name: string): { name: string; type: AttributeType } => ({ name, type: AttributeType.STRING });
    const index = (key: keyof typeof AUDIT_INDEXES): GlobalSecondaryIndexPropsV2 => ({
      indexName: AUDIT_INDEXES[key],
      partitionKey: string(key),
      sortKey: string('order'),
    });
    this.audit = new TableV2(this, 'Audit', {
      partitionKey: string('chain'),
      sortKey: { name: 'sequence', type: AttributeType.NUMBER },
      globalSecondaryIndexes: [index('day'), index('group'), index('resource')],
      billing: Billing.onDemand(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.state = new TableV2(this, 'State', {
      partitionKey: string('kind'),
      sortKey: string('name'),
      billing: Billing.onDemand(),
      timeToLiveAttribute: 'expiresAt',
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }

  /** Lets a function add records and read them; changing and deleting them is denied whatever else it may be given. */
  grantRecording(grantee: IGrantable): void {
    const resources = [this.audit.tableArn, `${this.audit.tableArn}/index/*`];
    const principal = grantee.grantPrincipal;
    principal.addToPrincipalPolicy(
      new PolicyStatement({ actions: ['dynamodb:PutItem', 'dynamodb:GetItem', 'dynamodb:Query'], resources }),
    );
    principal.addToPrincipalPolicy(
      new PolicyStatement({
        effect: Effect.DENY,
        actions: [
          'dynamodb:UpdateItem',
          'dynamodb:DeleteItem',
          'dynamodb:BatchWriteItem',
          'dynamodb:DeleteTable',
          'dynamodb:PartiQL*',
        ],
        resources,
      }),
    );
  }

  /** Lets a function read state and change it by compare-and-set. */
  grantState(grantee: IGrantable): void {
    const actions = ['dynamodb:PutItem', 'dynamodb:GetItem', 'dynamodb:Query'];
    grantee.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions, resources: [this.state.tableArn] }));
  }
}
