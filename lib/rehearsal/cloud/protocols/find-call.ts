import { type ServiceKey, servedOperation, servedService, serviceKeys } from '../served-operations.ts';
import { awsJson, readAwsJsonInput, readTarget } from './aws-json.ts';
import { awsQuery, findQueryService, readForm, readQueryInput } from './aws-query.ts';
import { EC2_VERSION, ec2Query, readEc2Input } from './ec2-query.ts';
import { lambdaRoutes } from './lambda-routes.ts';
import { matchRoute, readRestInput, restJson } from './rest-json.ts';
import { schedulerRoutes } from './scheduler-routes.ts';
import { type FoundCall, readCredential, type UnknownCall, type WireRequest } from './wire.ts';

const restRoutes = [...lambdaRoutes, ...schedulerRoutes];

/** Says which served operation a request means, by the way each protocol names it. */
export function findCall(request: WireRequest): FoundCall | UnknownCall {
  const target = request.headers['x-amz-target'];
  if (target !== undefined) return findByTarget(target, request);
  const form = readForm(request);
  if (form !== null) return findByAction(form);
  return findByRoute(request);
}

function findByTarget(header: string, request: WireRequest): FoundCall | UnknownCall {
  const { target, operation } = readTarget(header);
  const service = serviceKeys.find((key) => servedService(key).target === target);
  if (service === undefined) return { found: false, said: header, wire: awsJson('awsJson1_1', request) };
  const wire = awsJson(servedService(service).protocol, request);
  if (servedOperation(service, operation) === undefined) return { found: false, said: `${service}.${operation}`, wire };
  return { found: true, service, operation, wire, readInput: () => readAwsJsonInput(request) };
}

/** The version in a form tells the service. */
function findByAction(form: URLSearchParams): FoundCall | UnknownCall {
  const operation = form.get('Action') ?? '';
  if (form.get('Version') === EC2_VERSION) return findEc2(operation, form);
  const service = findQueryService(form);
  const wire = awsQuery(service, operation);
  if (service === undefined || servedOperation(service, operation) === undefined) {
    return { found: false, said: `the form action "${operation}" of version ${form.get('Version')}`, wire };
  }
  return { found: true, service, operation, wire, readInput: () => readQueryInput(form) };
}

function findEc2(operation: string, form: URLSearchParams): FoundCall | UnknownCall {
  const wire = ec2Query(operation);
  if (servedOperation('EC2', operation) === undefined) return { found: false, said: `EC2.${operation}`, wire };
  return { found: true, service: 'EC2', operation, wire, readInput: () => readEc2Input(form) };
}

function findByRoute(request: WireRequest): FoundCall | UnknownCall {
  const match = matchRoute(restRoutes, request.method, request.path);
  if (match === null) {
    const signingName = readCredential(request.headers.authorization)?.signingName ?? 'an unnamed service';
    return { found: false, said: `${request.method} ${request.path} of ${signingName}`, wire: restJson(null) };
  }
  const { service, operation } = match.route;
  const wire = restJson(match.route);
  if (servedOperation(service, operation) === undefined) return { found: false, said: `${service}.${operation}`, wire };
  return { found: true, service, operation, wire, readInput: () => readRestInput(match, request) };
}

/** Routes of the REST protocols that have no line in the table; empty unless the two have drifted apart. */
export function routesOutsideTheTable(): readonly string[] {
  return restRoutes
    .filter(({ service, operation }) => servedOperation(service, operation) === undefined)
    .map(({ service, operation }) => `${service}.${operation}`);
}

/** Served REST operations without a route; empty unless the two have drifted apart. */
export function operationsWithoutRoute(): readonly string[] {
  const rest = serviceKeys.filter((key: ServiceKey) => servedService(key).protocol === 'restJson1');
  return rest.flatMap((service) =>
    Object.keys(servedService(service).operations)
      .filter((operation) => !restRoutes.some((route) => route.service === service && route.operation === operation))
      .map((operation) => `${service}.${operation}`),
  );
}
