import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SCALING_PROCESSES } from '../../../lib/rehearsal/fleet/scaling-group.ts';
import { aPark, GROUP } from './park.ts';

const A_WHILE_MS = 20_000;

describe('the hosts of a group', () => {
  test('begin running, in service, in each zone in turn, with the tags that the group propagates', () => {
    const { park, inService } = aPark({ desired: 4 });
    expect(inService().map(({ availabilityZone }) => availabilityZone)).toEqual([
      'eu-west-1a',
      'eu-west-1b',
      'eu-west-1c',
      'eu-west-1a',
    ]);
    for (const { tags, containerInstance, autoScalingGroup } of park.hosts) {
      expect(tags).toEqual({ 'chaos:opt-in': 'true', 'aws:autoscaling:groupName': GROUP });
      expect(autoScalingGroup).toBe(GROUP);
      expect(containerInstance).toMatchObject({ agentConnected: true });
    }
    expect(park.instances.every(({ status }) => status === 'running')).toBe(true);
  });

  test('are in Standby or protected from scale-in when that is declared', () => {
    const { park } = aPark({ standby: 1, protectedFromScaleIn: 1 });
    expect(park.hosts.map(({ lifecycleState }) => lifecycleState)).toEqual(['Standby', 'InService', 'InService']);
    expect(park.hosts.map(({ protectedFromScaleIn }) => protectedFromScaleIn)).toEqual([false, true, false]);
  });
});

describe('a host that is terminated', () => {
  test('goes down at once, passes through shutting-down, and stays visible as terminated to EC2 alone', () => {
    const { park, events, id, pass, instance } = aPark();
    park.terminate(id(0));
    expect(events).toMatchObject([{ kind: 'down', why: 'terminated', host: { instanceId: id(0) } }]);
    expect(instance(id(0))).toMatchObject({
      status: 'shutting-down',
      stateReason: { code: 'Client.UserInitiatedShutdown' },
      transitionReason: 'User initiated (2026-03-02 08:00:00 GMT)',
    });
    expect(park.hosts[0]?.containerInstance?.agentConnected).toBe(false);
    pass(1_000);
    expect(instance(id(0)).status).toBe('terminated');
    expect(park.hosts.map(({ instanceId }) => instanceId)).not.toContain(id(0));
    pass(3_700_000);
    expect(park.instances.map(({ instanceId }) => instanceId)).not.toContain(id(0));
  });

  test('is replaced by its group, in its zone, once the health check has seen it', () => {
    const { park, id, pass, ids, inService } = aPark();
    park.terminate(id(1));
    expect(inService()).toHaveLength(3);
    pass(A_WHILE_MS);
    expect(inService()).toHaveLength(3);
    const [fresh] = inService().filter(({ instanceId }) => !ids.includes(instanceId));
    expect(fresh).toMatchObject({ availabilityZone: 'eu-west-1b', tags: { 'chaos:opt-in': 'true' } });
    expect(fresh?.containerInstance?.agentConnected).toBe(true);
  });

  test('joins its cluster only when it has booted', () => {
    const { park, id, ids, pass } = aPark();
    park.terminate(id(0));
    const pending = () => park.hosts.find(({ instanceId }) => !ids.includes(instanceId));
    while (pending() === undefined) pass(500);
    expect(pending()).toMatchObject({ lifecycleState: 'Pending' });
    expect(pending()).not.toHaveProperty('containerInstance');
    pass(2_500);
    expect(pending()).toMatchObject({ lifecycleState: 'InService', containerInstance: { agentConnected: true } });
  });

  test('takes with it the volumes that are deleted on termination, and leaves the others over', () => {
    const { park, id, pass } = aPark({ dataVolumes: 2 });
    const of = (host: string) => park.disks.volumes.filter(({ attachment }) => attachment?.instanceId === host);
    const kept = of(id(0)).at(-1)?.volumeId ?? '';
    park.disks.setDeleteOnTermination(kept, false);
    park.terminate(id(0));
    pass(1_000);
    expect(of(id(0))).toEqual([]);
    expect(park.disks.volumes.filter(({ status }) => status === 'available').map(({ volumeId }) => volumeId)).toEqual([
      kept,
    ]);
    expect(park.network.interfaces.some(({ instanceId }) => instanceId === id(0))).toBe(false);
  });
});

describe('a host that is stopped', () => {
  test('is replaced and terminated by its group', () => {
    const { park, id, pass, instance, inService } = aPark();
    park.stop(id(0));
    expect(instance(id(0)).status).toBe('stopping');
    pass(1_000);
    expect(instance(id(0)).status).toBe('stopped');
    pass(A_WHILE_MS);
    expect(instance(id(0)).status).toBe('terminated');
    expect(inService()).toHaveLength(3);
  });

  test.each(['HealthCheck', 'ReplaceUnhealthy', 'Terminate'])(
    'stays where it is while %s is suspended, and rejoins when it is started',
    (process) => {
      const { park, id, ids, events, pass, instance, host } = aPark();
      park.suspend(GROUP, [process]);
      park.stop(id(0));
      pass(A_WHILE_MS);
      expect(instance(id(0)).status).toBe('stopped');
      expect(park.instances.map(({ instanceId }) => instanceId)).toEqual(ids);
      park.start(id(0));
      expect(instance(id(0)).status).toBe('pending');
      pass(2_500);
      expect(instance(id(0))).toMatchObject({ status: 'running', transitionReason: '' });
      expect(instance(id(0))).not.toHaveProperty('stateReason');
      expect(host(id(0))).toMatchObject({ lifecycleState: 'InService', containerInstance: { agentConnected: true } });
      expect(events.map(({ kind }) => kind)).toEqual(['down']);
    },
  );

  test('is not replaced while Launch is suspended, but at once when it is resumed', () => {
    const { park, id, pass, inService } = aPark();
    park.suspend(GROUP, ['Launch']);
    park.terminate(id(0));
    pass(A_WHILE_MS);
    expect(inService()).toHaveLength(2);
    park.resume(GROUP, ['Launch']);
    pass(5_000);
    expect(inService()).toHaveLength(3);
  });
});

describe('a host that reboots', () => {
  test('runs all the time for EC2, loses its processes and its agent, and comes back', () => {
    const { park, id, events, pass, instance, host, ids } = aPark();
    park.reboot(id(0));
    expect(events).toMatchObject([{ kind: 'down', why: 'rebooted' }]);
    expect(instance(id(0)).status).toBe('running');
    expect([park.statusOf(id(0)), host(id(0))?.containerInstance?.agentConnected]).toEqual(['initializing', false]);
    pass(A_WHILE_MS);
    expect([park.statusOf(id(0)), host(id(0))?.containerInstance?.agentConnected]).toEqual(['ok', true]);
    expect(park.instances.map(({ instanceId }) => instanceId)).toEqual(ids);
  });
});

describe('a host that is retired', () => {
  test('drains until its tasks have left, is terminated then, and replaced meanwhile', () => {
    let isDrained = false;
    const { park, id, events, pass, host, instance, inService } = aPark({ isDrained: () => isDrained });
    expect(park.retire(id(0), false)).toMatchObject({
      lifecycleState: 'Terminating:Wait',
      containerInstance: { status: 'DRAINING', agentConnected: true },
    });
    pass(10_000);
    expect(host(id(0))?.lifecycleState).toBe('Terminating:Wait');
    expect(events).toEqual([]);
    expect(inService()).toHaveLength(3);
    isDrained = true;
    pass(500);
    expect(host(id(0))?.lifecycleState).toBe('Terminating:Proceed');
    pass(A_WHILE_MS);
    expect(instance(id(0)).status).toBe('terminated');
    expect(inService()).toHaveLength(3);
  });

  test('is terminated at the end of the hook’s time, whatever is left on it', () => {
    const { park, id, pass, instance } = aPark({ isDrained: () => false, timings: { hookMs: 5_000 } });
    park.retire(id(0), false);
    pass(4_500);
    expect(instance(id(0)).status).toBe('running');
    pass(3_000);
    expect(instance(id(0)).status).toBe('terminated');
  });

  test('lowers desired when that is asked for', () => {
    const { park, id, pass, inService } = aPark();
    park.retire(id(0), true);
    pass(A_WHILE_MS);
    expect([park.group.desired, inService().length]).toEqual([2, 2]);
  });
});

describe('a host in Standby', () => {
  test('is not replaced when it stops', () => {
    const { park, id, pass, instance } = aPark({ standby: 1 });
    const before = park.instances.length;
    park.suspend(GROUP, ['Launch']);
    park.stop(id(0));
    pass(A_WHILE_MS);
    expect([instance(id(0)).status, park.instances.length]).toEqual(['stopped', before]);
  });
});

describe('a host whose groups let nothing in', () => {
  test('is severed, and open again with its former groups', () => {
    const { park, id, events, host } = aPark();
    const quarantine = park.network.groups.find(({ tags }) => tags['capuchin:quarantine'] === 'true')?.groupId ?? '';
    const own = park.network.interfaces.find(({ instanceId }) => instanceId === id(0));
    park.network.setGroups(own?.networkInterfaceId ?? '', [quarantine]);
    expect(events).toMatchObject([{ kind: 'severed', isSevered: true, host: { instanceId: id(0) } }]);
    expect(host(id(0))?.containerInstance?.agentConnected).toBe(false);
    expect(park.isSevered(host(id(0))?.containerInstance?.arn ?? '')).toBe(true);
    park.network.setGroups(own?.networkInterfaceId ?? '', own?.groups ?? []);
    expect(events.at(-1)).toMatchObject({ kind: 'severed', isSevered: false });
    expect(host(id(0))?.containerInstance?.agentConnected).toBe(true);
  });
});

describe('a volume', () => {
  test('is detached and attached over time, and is then no more deleted with its instance', () => {
    const { park, id, pass } = aPark({ dataVolumes: 1 });
    const volume = () => park.disks.volumes.find(({ isRoot, volumeId }) => !isRoot && volumeId === first);
    const first =
      park.disks.volumes.find(({ isRoot, attachment }) => !isRoot && attachment?.instanceId === id(0))?.volumeId ?? '';
    park.disks.detach(first, false);
    expect(volume()).toMatchObject({ status: 'in-use', attachment: { state: 'detaching' } });
    pass(500);
    expect(volume()).toMatchObject({ status: 'available' });
    expect(volume()).not.toHaveProperty('attachment');
    park.disks.attach(first, id(0), '/dev/xvdb');
    expect(volume()).toMatchObject({ status: 'in-use', attachment: { state: 'attaching' } });
    pass(500);
    expect(volume()).toMatchObject({
      attachment: { state: 'attached', device: '/dev/xvdb', deleteOnTermination: false },
    });
  });

  test('that the guest has mounted stays busy until it is forced', () => {
    const { park, pass } = aPark({ dataVolumes: 1 });
    const [volume] = park.disks.volumes.filter(({ isRoot }) => !isRoot);
    if (volume === undefined) throw new Error('no volume');
    park.disks.put({ ...volume, isMounted: true });
    park.disks.detach(volume.volumeId, false);
    pass(A_WHILE_MS);
    const now = () => park.disks.volumes.find(({ volumeId }) => volumeId === volume.volumeId);
    expect(now()?.attachment?.state).toBe('busy');
    park.disks.detach(volume.volumeId, true);
    pass(500);
    expect(now()?.status).toBe('available');
  });
});

test('whatever happens to its hosts, a group comes back to desired when its processes run, and only one machine is known by an id', () => {
  const act = fc.record({
    kind: fc.constantFrom('terminate', 'stop', 'start', 'reboot', 'retire', 'suspend', 'resume'),
    nth: fc.nat(9),
    afterMs: fc.nat(4_000),
  });
  fc.assert(
    fc.property(fc.array(act, { maxLength: 25 }), (acts) => {
      const { park, pass, inService } = aPark();
      for (const { kind, nth, afterMs } of acts) {
        pass(afterMs);
        const { instanceId = '' } = park.hosts[nth % Math.max(1, park.hosts.length)] ?? {};
        const process = [SCALING_PROCESSES[nth % SCALING_PROCESSES.length] ?? 'Launch'];
        if (kind === 'suspend') park.suspend(GROUP, process);
        else if (kind === 'resume') park.resume(GROUP, process);
        else if (instanceId === '') continue;
        else if (kind === 'retire') {
          if (park.hosts.find((host) => host.instanceId === instanceId)?.lifecycleState === 'InService')
            park.retire(instanceId, false);
        } else park[kind as 'terminate' | 'stop' | 'start' | 'reboot'](instanceId);
      }
      park.resume(GROUP, SCALING_PROCESSES);
      pass(90_000);
      expect(inService()).toHaveLength(3);
      const running = park.instances.filter(({ status }) => status === 'running');
      expect(running).toHaveLength(3);
      expect(new Set(park.instances.map(({ instanceId }) => instanceId)).size).toBe(park.instances.length);
    }),
    { numRuns: 100 },
  );
});
