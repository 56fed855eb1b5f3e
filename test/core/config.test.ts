import { describe, expect, it } from 'vitest';
import { type ConfigInput, profileNamed, readConfig } from '../../lib/core/config.ts';
import { aConfig } from './examples.ts';

const FAULTS = ['stop-task', 'network-latency'];

const problemOf = (input: unknown): string => {
  const answer = readConfig(input, FAULTS);
  return answer.ok ? 'none' : answer.problem;
};

const probe = { type: 'service-stable', name: 'stable' } as const;
const errors = {
  type: 'metric',
  name: 'errors',
  metrics: { errors: { namespace: 'AWS/ApplicationELB', metric: 'HTTPCode_Target_5XX_Count', statistic: 'Sum' } },
  comparator: '<=',
  threshold: 0,
} as const;

describe('a config', () => {
  it('needs nothing, and defaults to office hours, small budgets and no profiles', () => {
    expect(readConfig({}, FAULTS)).toEqual({
      ok: true,
      value: {
        tagPrefix: 'chaos:',
        seed: 'capuchin',
        window: { hours: '09:00-17:00', days: 'mon-fri', zone: 'UTC' },
        holidays: [],
        holidayTypes: ['public'],
        closedDates: [],
        freezes: [],
        changeCalendars: [],
        outageAlarms: [],
        notify: [],
        enabled: { accounts: ['*'], regions: ['*'] },
        exceptions: [],
        budgets: { maxInFlight: 1, maxPerHour: 3, maxPerDay: 10 },
        lateAfterSeconds: 300,
        minimumTaskAgeSeconds: 300,
        installTools: false,
        profiles: {},
        hypotheses: {},
      },
    });
  });

  it('fills what a part leaves out', () => {
    const config = aConfig({ window: { zone: 'Europe/Paris' }, budgets: { maxPerDay: 2 } });
    expect(config.window).toEqual({ hours: '09:00-17:00', days: 'mon-fri', zone: 'Europe/Paris' });
    expect(config.budgets).toEqual({ maxInFlight: 1, maxPerHour: 3, maxPerDay: 2 });
  });

  it.each([
    [{ sead: 'x' }, 'the config: Unrecognized key: "sead"'],
    [{ window: { zon: 'UTC' } }, 'window: Unrecognized key: "zon"'],
    [{ profiles: { calm: { meanDay: 4 } } }, 'profiles.calm: Unrecognized key: "meanDay"'],
    [{ window: { hours: '9-17' } }, 'window.hours: "9-17" is not a range of hours; write it like 09:00-17:00'],
    [{ window: { days: 'mo-fr' } }, 'window.days: "mo-fr" is not a day'],
    [{ window: { zone: '+01:00' } }, 'window.zone: "+01:00" is not a zone'],
    [{ profiles: { calm: { zone: 'Mars' } } }, 'profiles.calm.zone: "Mars" is not a zone'],
    [
      { profiles: { calm: { minDays: 6, meanDays: 5 } } },
      'profiles.calm.minDays: the least spacing of 6 days is above the mean of 5 days',
    ],
    [{ profiles: { calm: { minRemaining: 1.5 } } }, 'profiles.calm.minRemaining: write a whole number, or a fraction'],
    [{ profiles: { calm: { faults: [] } } }, 'profiles.calm.faults: '],
    [{ profiles: { calm: { meanDays: 0 } } }, 'profiles.calm.meanDays: '],
    [{ budgets: { maxInFlight: 0 } }, 'budgets.maxInFlight: '],
    [{ tagPrefix: 'chaos,' }, 'tagPrefix: '],
    [{ tagPrefix: '' }, 'tagPrefix: '],
    [{ seed: '' }, 'seed: '],
    [{ lateAfterSeconds: 1 }, 'lateAfterSeconds: '],
    [{ hypotheses: { shop: [] } }, 'hypotheses.shop: '],
    [{ outageAlarms: [''] }, 'outageAlarms.0: '],
    [{ outageAlarms: 'site-down' }, 'outageAlarms: '],
    [{ outageAlarms: Array(21).fill('site-down') }, 'outageAlarms: '],
    [{ profiles: { calm: { alarms: ['a', 'x'.repeat(256)] } } }, 'profiles.calm.alarms.1: '],
    [{ profiles: { calm: { alarms: Array(21).fill('a') } } }, 'profiles.calm.alarms: '],
    [{ notify: ['ops'] }, 'notify.0: write a mail address like ops@example.org'],
    [{ notify: 'ops@example.org' }, 'notify: '],
    [{ hypotheses: { shop: [{ ...errors, statistic: 'p99' }] } }, 'hypotheses.shop.0: Unrecognized key: "statistic"'],
    [
      { hypotheses: { shop: [probe, { ...errors, name: 'stable' }] } },
      'hypotheses.shop: two probes have the same name',
    ],
    [
      { profiles: { calm: { steadyState: [probe, probe] } } },
      'profiles.calm.steadyState: two probes have the same name',
    ],
    [null, 'the config: '],
  ])('of %j is refused with the path of the mistake', (input, problem) => {
    expect(problemOf(input)).toContain(problem);
  });

  it('takes names of alarms as CloudWatch allows them, and addresses to notify', () => {
    const config = aConfig({
      outageAlarms: ['site down', 'x'.repeat(255)],
      profiles: { calm: { alarms: Array.from({ length: 20 }, (_, index) => `alarm ${index}`) } },
      notify: ['ops@example.org'],
    });
    expect(config).toMatchObject({ outageAlarms: ['site down', 'x'.repeat(255)], notify: ['ops@example.org'] });
    expect(config.profiles.calm?.alarms).toHaveLength(20);
  });

  it('says every mistake, one a line', () => {
    const lines = problemOf({ seed: 1, window: { hours: 'x', days: 'y' } }).split('\n');
    expect(lines.map((line) => line.split(':')[0])).toEqual(['seed', 'window.hours', 'window.days']);
  });

  it('takes the least spacing up to the mean', () => {
    expect(readConfig({ profiles: { calm: { minDays: 5, meanDays: 5 } } }, FAULTS).ok).toBe(true);
  });

  it('allows every character in the prefix that AWS allows in a tag', () => {
    for (const tagPrefix of ['my team/chaos_', 'a+b=c.d-e@f:', 'größe1:'])
      expect(readConfig({ tagPrefix }, FAULTS).ok).toBe(true);
  });
});

describe('a profile', () => {
  it('has a default that asks for little', () => {
    expect(profileNamed(aConfig(), 'default')).toEqual({
      parameters: {},
      meanDays: 5,
      minDays: 1,
      minRemaining: 1,
      targets: 1,
      observeSeconds: 300,
      intervalSeconds: 10,
      recoveryLimitSeconds: 600,
      maxReplacementFailures: 3,
      alarms: [],
      steadyState: [{ type: 'service-stable', name: 'service-stable', phases: ['before', 'after'] }],
    });
  });

  it('of the config takes the place of the default of that name', () => {
    const config = aConfig({ profiles: { default: { meanDays: 9 }, calm: { targets: 2 } } });
    expect(profileNamed(config, 'default')?.meanDays).toBe(9);
    expect(profileNamed(config, 'calm')).toMatchObject({ targets: 2, meanDays: 5 });
  });

  it.each(['wild', '', 'constructor', 'toString', '__proto__'])(
    'named %j does not exist unless the config has it',
    (name) => {
      expect(profileNamed(aConfig({ profiles: { calm: {} } } satisfies ConfigInput), name)).toBeUndefined();
    },
  );
});

it('a profile that names a fault that does not exist is a mistake with its path, and with the faults that there are', () => {
  const answer = readConfig(
    { profiles: { wild: { faults: ['stop-task', 'stop-tsk'] }, calm: { faults: ['nap'] } } },
    FAULTS,
  );
  expect(answer).toEqual({
    ok: false,
    problem:
      'profiles.wild.faults: no fault "stop-tsk"; known are stop-task, network-latency\n' +
      'profiles.calm.faults: no fault "nap"; known are stop-task, network-latency',
  });
});
