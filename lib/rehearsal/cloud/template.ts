/** A CloudFormation template as JSON gives it. Only the parts that a rehearsal reads. */
export interface Template {
  readonly Parameters?: Readonly<Record<string, { readonly Type?: string; readonly Default?: unknown }>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Resources?: Readonly<Record<string, DeclaredResource>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value?: unknown; readonly Condition?: string }>>;
}

export interface DeclaredResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DependsOn?: string | readonly string[];
  readonly Condition?: string;
}

/** What CloudFormation's pseudo parameters stand for. */
export interface StackIdentity {
  readonly accountId: string;
  readonly region: string;
  readonly stackName: string;
}

/** What other resources may refer to: `Ref`'s answer, and the answers of `Fn::GetAtt` by attribute name. */
export interface ResourceIdentity {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** A resource whose properties hold no intrinsics any more. */
export interface ResolvedResource {
  readonly logicalId: string;
  readonly type: string;
  readonly ref: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface ResolvedTemplate {
  /** In an order in which a resource comes after everything it refers to or depends on. */
  readonly resources: readonly ResolvedResource[];
  readonly outputs: Readonly<Record<string, unknown>>;
}

/**
 * Names a resource. It may ask for the resource's own properties, which are resolved when asked for: a name can be put
 * together from other resources' names.
 */
export type Identify = (resource: {
  readonly logicalId: string;
  readonly type: string;
  property(name: string): unknown;
}) => ResourceIdentity;

/** A template that cannot be resolved; the message names the logical id and the path of the property. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

/** Answers `AWS::NoValue`: the property or list element is as if it were not there. */
const noValue = Symbol('AWS::NoValue');

/**
 * Resolves a template's intrinsic functions to plain values.
 * Source of the functions' rules: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
 *
 * @throws TemplateError for anything that it cannot resolve; nothing is left out in silence.
 */
export function resolveTemplate(template: Template, stack: StackIdentity, identify: Identify): ResolvedTemplate {
  return new Resolution(template, stack, identify).all();
}

/** One resolution; it remembers names already worked out, and what refers to what. */
class Resolution {
  readonly #template: Template;
  readonly #pseudo: Readonly<Record<string, unknown>>;
  readonly #identify: Identify;
  readonly #identities = new Map<string, ResourceIdentity>();
  readonly #naming: string[] = [];
  readonly #references = new Map<string, Set<string>>();

  constructor(template: Template, stack: StackIdentity, identify: Identify) {
    this.#template = template;
    this.#identify = identify;
    const { accountId, region, stackName } = stack;
    this.#pseudo = {
      'AWS::AccountId': accountId,
      'AWS::Region': region,
      'AWS::Partition': 'aws',
      'AWS::StackName': stackName,
      'AWS::StackId': `arn:aws:cloudformation:${region}:${accountId}:stack/${stackName}/rehearsal`,
      'AWS::URLSuffix': 'amazonaws.com',
      'AWS::NoValue': noValue,
    };
  }

  all(): ResolvedTemplate {
    const resolved = new Map<string, ResolvedResource>();
    for (const [logicalId, resource] of Object.entries(this.#template.Resources ?? {})) {
      if (!this.#holds(resource.Condition, logicalId)) continue;
      const properties = this.#value(resource.Properties ?? {}, logicalId, 'Properties') as Record<string, unknown>;
      for (const other of [resource.DependsOn ?? []].flat()) this.#dependOn(logicalId, other);
      resolved.set(logicalId, {
        logicalId,
        type: resource.Type,
        ref: this.#identity(logicalId, logicalId, '').ref,
        properties,
      });
    }
    const outputs = Object.entries(this.#template.Outputs ?? {})
      .filter(([name, output]) => this.#holds(output.Condition, `Outputs.${name}`))
      .map(([name, output]) => [name, this.#value(output.Value, `Outputs.${name}`, 'Value')]);
    return { resources: this.#ordered(resolved), outputs: Object.fromEntries(outputs) };
  }

  #ordered(resources: ReadonlyMap<string, ResolvedResource>): ResolvedResource[] {
    const ordered = new Set<ResolvedResource>();
    const visit = (logicalId: string, trail: readonly string[]): void => {
      if (trail.includes(logicalId)) {
        throw new TemplateError(`Resources depend on each other in a circle: ${[...trail, logicalId].join(' → ')}`);
      }
      const resource = resources.get(logicalId);
      if (!resource || ordered.has(resource)) return;
      for (const other of this.#references.get(logicalId) ?? []) visit(other, [...trail, logicalId]);
      ordered.add(resource);
    };
    for (const logicalId of resources.keys()) visit(logicalId, []);
    return [...ordered];
  }

  #value(value: unknown, owner: string, path: string): unknown {
    if (Array.isArray(value)) {
      return value
        .map((element, index) => this.#value(element, owner, `${path}[${index}]`))
        .filter((element) => element !== noValue);
    }
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const [first] = entries;
    if (
      entries.length === 1 &&
      first &&
      (first[0] === 'Ref' || first[0] === 'Condition' || first[0].startsWith('Fn::'))
    ) {
      // An IAM policy statement has a `Condition` of its own, which is an object; the intrinsic's is a name.
      if (first[0] !== 'Condition' || typeof first[1] === 'string')
        return this.#intrinsic(first[0], first[1], owner, path);
    }
    return Object.fromEntries(
      entries
        .map(([key, element]) => [key, this.#value(element, owner, `${path}.${key}`)] as const)
        .filter(([, element]) => element !== noValue),
    );
  }

  #intrinsic(name: string, argument: unknown, owner: string, path: string): unknown {
    const fail = (reason: string): never => {
      throw new TemplateError(`${owner}: ${path}: ${name} ${JSON.stringify(argument)} cannot be resolved: ${reason}`);
    };
    const list = (): unknown[] => {
      const resolved = this.#value(argument, owner, path);
      return Array.isArray(resolved) ? resolved : fail('a list is needed');
    };
    const text = (value: unknown): string =>
      typeof value === 'string' || typeof value === 'number' ? String(value) : fail('text is needed');
    const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(text) : fail('a list is needed'));
    switch (name) {
      case 'Ref':
        return this.#ref(text(argument), owner, path);
      case 'Fn::GetAtt': {
        const [id, ...attribute] = typeof argument === 'string' ? argument.split('.') : texts(argument);
        return this.#attribute(text(id), attribute.join('.'), owner, path);
      }
      case 'Fn::Join': {
        const [delimiter, parts] = list();
        return texts(parts).join(text(delimiter));
      }
      case 'Fn::Split': {
        const [delimiter, whole] = list();
        return text(whole).split(text(delimiter));
      }
      case 'Fn::Select': {
        const [index, choices] = list();
        const chosen = Array.isArray(choices) ? choices[Number(index)] : undefined;
        return chosen ?? fail('there is no such element');
      }
      case 'Fn::Sub':
        return this.#substitute(argument, owner, path);
      case 'Fn::If': {
        const [condition, then, otherwise] = Array.isArray(argument) ? argument : fail('a list is needed');
        return this.#value(this.#holds(text(condition), owner) ? then : otherwise, owner, path);
      }
      case 'Condition':
        return this.#holds(text(argument), owner);
      case 'Fn::Equals': {
        const [left, right] = list();
        return left === right;
      }
      case 'Fn::Not':
        return list()[0] !== true;
      case 'Fn::And':
        return list().every((part) => part === true);
      case 'Fn::Or':
        return list().some((part) => part === true);
      default:
        return fail('the local cloud does not know this function');
    }
  }

  #substitute(argument: unknown, owner: string, path: string): string {
    const [pattern, given] = Array.isArray(argument) ? argument : [argument, {}];
    const variables = this.#value(given, owner, path) as Record<string, unknown>;
    return String(pattern).replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
      if (literal) return `\${${name}}`;
      if (name in variables) return String(variables[name]);
      const [id, ...attribute] = name.split('.');
      if (attribute.length === 0) return String(this.#ref(name, owner, path));
      return this.#attribute(String(id), attribute.join('.'), owner, path);
    });
  }

  #ref(name: string, owner: string, path: string): unknown {
    if (name in this.#pseudo) return this.#pseudo[name];
    if (this.#template.Resources?.[name]) {
      this.#dependOn(owner, name);
      return this.#identity(name, owner, path).ref;
    }
    const parameter = this.#template.Parameters?.[name];
    if (!parameter) throw new TemplateError(`${owner}: ${path}: Ref ${name}: there is no such resource or parameter`);
    if (parameter.Type?.startsWith('AWS::') || parameter.Default === undefined) {
      throw new TemplateError(
        `${owner}: ${path}: Ref ${name}: only parameters with a default value can be used in a rehearsal`,
      );
    }
    return parameter.Default;
  }

  #attribute(logicalId: string, attribute: string, owner: string, path: string): string {
    this.#dependOn(owner, logicalId);
    const value = this.#identity(logicalId, owner, path).attributes[attribute];
    if (value !== undefined) return value;
    const type = this.#template.Resources?.[logicalId]?.Type;
    throw new TemplateError(
      `${owner}: ${path}: the local cloud does not know the attribute ${attribute} of ${logicalId} (${type})`,
    );
  }

  #identity(logicalId: string, owner: string, path: string): ResourceIdentity {
    const known = this.#identities.get(logicalId);
    if (known) return known;
    const resource = this.#template.Resources?.[logicalId];
    if (!resource) throw new TemplateError(`${owner}: ${path}: there is no resource ${logicalId}`);
    if (this.#naming.includes(logicalId)) {
      throw new TemplateError(`${logicalId}: its name depends on itself, by way of ${this.#naming.join(' → ')}`);
    }
    this.#naming.push(logicalId);
    const identity = this.#identify({
      logicalId,
      type: resource.Type,
      property: (name) => this.#value(resource.Properties?.[name], logicalId, `Properties.${name}`),
    });
    this.#naming.pop();
    this.#identities.set(logicalId, identity);
    return identity;
  }

  #holds(condition: string | undefined, owner: string): boolean {
    if (condition === undefined) return true;
    const declared = this.#template.Conditions?.[condition];
    if (declared === undefined) throw new TemplateError(`${owner}: there is no condition ${condition}`);
    return this.#value(declared, owner, `Conditions.${condition}`) === true;
  }

  #dependOn(owner: string, other: string): void {
    if (owner.startsWith('Outputs.')) return;
    if (!this.#template.Resources?.[other]) throw new TemplateError(`${owner}: there is no resource ${other}`);
    const references = this.#references.get(owner) ?? new Set<string>();
    references.add(other);
    this.#references.set(owner, references);
  }
}
