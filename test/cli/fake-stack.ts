import { createServer, type IncomingMessage } from 'node:http';

/** What the functions of a stack would answer. */
export interface StackAnswers {
  readonly groups: object;
  readonly config: object;
}

/** A stack of which commands can ask groups and config, over the wire; and the environment that leads there. */
export interface FakeStack {
  readonly environment: Readonly<Record<string, string>>;
  /** What the command function was asked. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

const DEPLOYMENT = {
  AuditTable: 'audit',
  StateTable: 'state',
  PlanFunction: 'plan',
  CommandFunction: 'command',
  HaltFunction: 'halt',
  SweepFunction: 'sweep',
  NoticeTopic: 'topic',
  LeverParameter: 'lever',
  LeashParameter: 'leash',
  ScheduleGroup: 'schedules',
  TagPrefix: 'chaos:',
};

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

export async function startFakeStack(answers: StackAnswers): Promise<FakeStack> {
  const asked: string[] = [];
  const answerTo = (target: string | undefined, url: string, body: string): object | undefined => {
    if (target === 'AmazonSSM.GetParameter') {
      return { Parameter: { Name: '/Capuchin/deployment', Value: JSON.stringify(DEPLOYMENT) } };
    }
    if (!url.includes('/functions/command/invocations')) return undefined;
    const { command } = JSON.parse(body) as { command: string };
    asked.push(command);
    return command === 'groups' ? answers.groups : command === 'config' ? { config: answers.config } : undefined;
  };
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const answer = answerTo(request.headers['x-amz-target']?.toString(), request.url ?? '', body);
      response.writeHead(answer === undefined ? 400 : 200, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify(answer ?? {}));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    asked,
    environment: {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'nobody',
      AWS_SECRET_ACCESS_KEY: 'nothing',
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
