import { onTestFinished } from 'vitest';
import { createCallLog } from '../../../lib/rehearsal/cloud/call-log.ts';
import { type ServerOptions, startServer } from '../../../lib/rehearsal/cloud/server.ts';
import { ACCOUNT, REGION } from './fake-fleet.ts';

/** A started local cloud with what a test wants to look at. Everything in it ends with the test. */
export async function startCloud(options: Partial<ServerOptions> & Pick<ServerOptions, 'services'>) {
  const defects: string[] = [];
  const callLog = createCallLog();
  const server = await startServer({
    port: 0,
    accountId: ACCOUNT,
    callLog,
    onDefect: (sentence) => defects.push(sentence),
    ...options,
  });
  onTestFinished(() => server.close());
  /** Makes an SDK client of this cloud; its first attempt is its last, so that an error is seen once. */
  function client<Client extends { destroy(): void }>(
    make: new (config: ReturnType<typeof clientConfig>) => Client,
    accessKeyId = 'AKIATEST',
  ): Client {
    const made = new make(clientConfig(server.url, accessKeyId));
    onTestFinished(() => made.destroy());
    return made;
  }
  return { server, defects, callLog, client };
}

function clientConfig(endpoint: string, accessKeyId: string) {
  return { endpoint, region: REGION, credentials: { accessKeyId, secretAccessKey: 'secret' }, maxAttempts: 1 };
}

/** Collects all pages of a list. */
export async function allPages<Page, Item>(
  ask: (token: string | undefined) => Promise<Page>,
  read: (page: Page) => { readonly items: readonly Item[] | undefined; readonly next: string | undefined },
): Promise<readonly (readonly Item[])[]> {
  const pages: (readonly Item[])[] = [];
  for (let token: string | undefined; ; ) {
    const { items = [], next } = read(await ask(token));
    pages.push(items);
    if (!next) return pages;
    token = next;
  }
}
