import { expect, it } from 'vitest';
import { type Identify, resolveTemplate, type Template } from '../../../lib/rehearsal/cloud/template.ts';

const stack = { accountId: '123456789012', region: 'eu-central-1', stackName: 'S' };
const identify: Identify = ({ logicalId, property }) => {
  const name = String(property('Name') ?? `made-${logicalId}`);
  return { ref: name, attributes: { Arn: `arn:${name}` } };
};

/** Resolves one property of one resource, beside a resource `Other`. */
function resolve(value: unknown, template: Partial<Template> = {}): unknown {
  const Resources = { Mine: { Type: 'T', Properties: { Value: value } }, Other: { Type: 'T' }, ...template.Resources };
  const { resources } = resolveTemplate({ ...template, Resources }, stack, identify);
  return resources.find(({ logicalId }) => logicalId === 'Mine')?.properties.Value;
}

it.each<[unknown, unknown]>([
  [{ Ref: 'Other' }, 'made-Other'],
  [{ Ref: 'AWS::Region' }, 'eu-central-1'],
  [{ 'Fn::GetAtt': ['Other', 'Arn'] }, 'arn:made-Other'],
  [{ 'Fn::GetAtt': 'Other.Arn' }, 'arn:made-Other'],
  [{ 'Fn::Join': ['/', ['a', { Ref: 'Other' }, 'c']] }, 'a/made-Other/c'],
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: CloudFormation's placeholders
  [
    { 'Fn::Sub': 'x-${AWS::AccountId}-${Other}-${Other.Arn}-${!Literal}' },
    'x-123456789012-made-Other-arn:made-Other-${Literal}',
  ],
  [{ 'Fn::Sub': ['${A}!', { A: { Ref: 'Other' } }] }, 'made-Other!'],
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: CloudFormation's placeholders
  [{ 'Fn::Select': [1, { 'Fn::Split': [':', 'a:b:c'] }] }, 'b'],
  [{ 'Fn::If': ['Yes', 'then', 'else'] }, 'then'],
  [{ 'Fn::If': ['No', 'then', 'else'] }, 'else'],
  [{ a: { Ref: 'AWS::NoValue' }, b: 1 }, { b: 1 }],
  [['a', { 'Fn::If': ['No', 'b', { Ref: 'AWS::NoValue' }] }], ['a']],
  [{ Ref: 'Given' }, 'default'],
  [{ Condition: { StringEquals: { a: { Ref: 'Other' } } } }, { Condition: { StringEquals: { a: 'made-Other' } } }],
])('resolves %j', (value, expected) => {
  const Conditions = {
    Yes: { 'Fn::Or': [{ 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'eu-central-1'] }, { Condition: 'No' }] },
    No: { 'Fn::Not': [{ 'Fn::And': [{ 'Fn::Equals': ['a', 'a'] }, { 'Fn::Equals': ['b', 'b'] }] }] },
  };
  expect(resolve(value, { Conditions, Parameters: { Given: { Type: 'String', Default: 'default' } } })).toEqual(
    expected,
  );
});

it.each<[unknown, RegExp]>([
  [{ Ref: 'Nobody' }, /Mine: Properties.Value: Ref Nobody/],
  [{ inner: [{ 'Fn::GetAtt': ['Other', 'Colour'] }] }, /Mine: Properties.Value.inner\[0\]: .*Colour of Other/],
  [{ 'Fn::ImportValue': 'x' }, /Mine: Properties.Value: Fn::ImportValue "x" cannot be resolved/],
  [{ 'Fn::Select': [5, ['a']] }, /Mine: Properties.Value: Fn::Select/],
  [{ 'Fn::Join': ['/', 'a'] }, /Mine: Properties.Value: Fn::Join/],
  [{ Ref: 'Version' }, /Mine: Properties.Value: Ref Version: only parameters with a default/],
])('refuses %j and names the place', (value, message) => {
  const Parameters = { Version: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/version' } };
  expect(() => resolve(value, { Parameters })).toThrow(message);
});

it('puts resources after what they refer to or depend on, and leaves out those whose condition does not hold', () => {
  const Resources = {
    C: { Type: 'T', DependsOn: ['B'] },
    B: { Type: 'T', Properties: { Value: { 'Fn::GetAtt': 'A.Arn' } } },
    A: { Type: 'T' },
    D: { Type: 'T', Condition: 'Never' },
  };
  const Conditions = { Never: { 'Fn::Equals': ['a', 'b'] } };
  const { resources } = resolveTemplate({ Resources, Conditions }, stack, identify);
  expect(resources.map(({ logicalId }) => logicalId)).toEqual(['A', 'B', 'C']);
});

it('refuses resources that depend on each other in a circle', () => {
  const Resources = { A: { Type: 'T', DependsOn: 'B' }, B: { Type: 'T', Properties: { Value: { Ref: 'A' } } } };
  expect(() => resolveTemplate({ Resources }, stack, identify)).toThrow('A → B → A');
  const named = { A: { Type: 'T', Properties: { Name: { Ref: 'A' } } } };
  expect(() => resolveTemplate({ Resources: named }, stack, identify)).toThrow(/A: its name depends on itself/);
});
