import { expect, test } from 'vitest';
import { taskEnvironment } from '../../../lib/rehearsal/fleet/task-environment.ts';

const task = { id: 'abc', port: 4000 };

test('a task gets the file’s variables over the rehearsal’s, then its own three, and this Node first on its PATH', () => {
  const service = { name: 'web', environment: { GREETING: 'hi', HOME: '/there' } };
  expect(
    taskEnvironment(service, task, { PATH: '/bin', HOME: '/here', EMPTY: undefined }, '/opt/node/bin/node'),
  ).toEqual({
    PATH: '/opt/node/bin:/bin',
    HOME: '/there',
    GREETING: 'hi',
    PORT: '4000',
    CAPUCHIN_TASK: 'abc',
    CAPUCHIN_SERVICE: 'web',
  });
});

test('a task gets nothing of AWS from the rehearsal, so that it cannot reach a real account by accident', () => {
  const own = { AWS_PROFILE: 'production', AWS_ENDPOINT_URL: 'x', NODE_OPTIONS: '--inspect', NODE_CHANNEL_FD: '3' };
  const given = taskEnvironment({ name: 'web', environment: { AWS_REGION: 'eu-west-1' } }, task, own, '/bin/node');
  expect(new Set(Object.keys(given))).toEqual(
    new Set(['AWS_REGION', 'CAPUCHIN_SERVICE', 'CAPUCHIN_TASK', 'PATH', 'PORT']),
  );
});
