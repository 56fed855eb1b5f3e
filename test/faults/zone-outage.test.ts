import { describe, expect, it } from 'vitest';
import { FAULTS, faultOfOrder } from '../../lib/faults/catalogue.ts';

const HOSTS = [{ kind: 'auto-scaling-group' as const, name: 'shop-hosts' }];
const outage = (parameters: Record<string, unknown> = {}, hosts: typeof HOSTS = []) => {
  const fault = faultOfOrder({ fault: 'zone-outage', parameters, hosts });
  if (fault === undefined) throw new Error('there is no zone-outage');
  return fault;
};
const problems = (parameters: object): string[] =>
  (FAULTS.get('zone-outage')?.parameters.safeParse(parameters).error?.issues ?? []).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );

describe('zone-outage', () => {
  it('stops tasks in a group of services and terminates hosts in one of hosts, unless it is told otherwise', () => {
    expect(outage().inject).toBe(FAULTS.get('stop-task')?.inject);
    expect(outage({}, HOSTS).inject).toBe(FAULTS.get('terminate-host')?.inject);
    expect(outage({ by: 'drain-host' }, HOSTS).inject).toBe(FAULTS.get('drain-host')?.inject);
  });

  it('is itself a fault of a zone, undone and timed as its part is', () => {
    const parameters = { by: 'pause-container', part: { durationSeconds: 77 } };
    const fault = outage(parameters);
    const part = FAULTS.get('pause-container');
    expect(fault).toMatchObject({ name: 'zone-outage', scopes: ['zone'], kind: 'reversible', reach: part?.reach });
    if (fault.kind !== 'reversible' || part?.kind !== 'reversible') throw new Error('both can be undone');
    expect(fault.undo).toBe(part.undo);
    expect(fault.durationSeconds(fault.parameters.parse(parameters))).toBe(77);
    expect(outage().kind).toBe('one-shot');
  });

  it.each([...(FAULTS.get('zone-outage') as unknown as { parts: string[] }).parts])(
    'can be made of %s, which acts on tasks, containers or hosts',
    (by) => {
      const part = FAULTS.get(by);
      expect(part?.scopes.some((scope) => ['task', 'container', 'host'].includes(scope))).toBe(true);
      const kinds = [outage({ by }), outage({ by }, HOSTS)].filter(({ scopes }) => scopes.includes('zone'));
      expect(kinds.length).toBeGreaterThan(0);
    },
  );

  it('means nothing to a group whose members its part cannot hit', () => {
    expect(outage({ by: 'terminate-host' }).scopes).toEqual(['host']);
    expect(outage({ by: 'stop-task' }, HOSTS).scopes).toEqual(['task']);
  });

  it('says where its parameters are wrong, also those of its part', () => {
    expect(problems({ by: 'pause-container', part: { durationSeconds: 'long' } })).toEqual([
      expect.stringMatching(/^part\.durationSeconds: /),
    ]);
    expect(problems({ part: { durationSeconds: 60 } })).toEqual([expect.stringMatching(/durationSeconds/)]);
    expect(problems({ by: 'scale-service' })).toEqual([expect.stringMatching(/^by: /)]);
    expect(problems({ zone: '$(reboot)' })).toEqual(['zone: write the name of a zone, like eu-west-1a']);
    expect(problems({ spreadSeconds: 121 })).toEqual([expect.stringMatching(/^spreadSeconds: /)]);
  });

  it('is not spread over more time than its part lasts', () => {
    const short = { by: 'pause-container', part: { durationSeconds: 30 }, spreadSeconds: 30 };
    expect(problems(short)).toEqual([
      'spreadSeconds: the last act would come when pause-container is over already; make its duration longer',
    ]);
    expect(problems({ ...short, spreadSeconds: 29 })).toEqual([]);
    expect(problems({ spreadSeconds: 120 })).toEqual([]);
  });

  it('acts by nothing but its parts', () => {
    const listed = FAULTS.get('zone-outage');
    expect(() => listed?.inject({} as never, {} as never, {}, {}, {} as never)).toThrow('by one of its parts only');
    expect(() => listed?.prepare({} as never, {} as never, {}, {} as never)).toThrow('by one of its parts only');
    expect(() => listed?.confirm({} as never, {} as never, {}, {} as never)).toThrow('by one of its parts only');
  });
});
