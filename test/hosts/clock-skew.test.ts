import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ContainerHost } from './container-host.ts';
import { type Container, Guest, only, removeAll, startTask } from './guest/index.ts';

// An emulated machine that may be busy.
vi.setConfig({ testTimeout: 400_000 });

let guest: Guest;
let host: ContainerHost;
let container: Container;

beforeAll(async () => {
  guest = await Guest.open();
  host = new ContainerHost(guest);
  container = only(await startTask(guest, 'shop'));
}, 900_000);

afterAll(async () => {
  await removeAll(guest);
  await guest.close();
});

/** The guest's clock less the machine's monotonic one, in milliseconds; by the quickest of some answers. */
async function gapMs(): Promise<number> {
  let best = { tookMs: Number.POSITIVE_INFINITY, gapMs: 0 };
  for (let tries = 0; tries < 10; tries++) {
    const askedMs = performance.now();
    const theirsMs = await guest.now();
    const tookMs = performance.now() - askedMs;
    if (tookMs < best.tookMs) best = { tookMs, gapMs: theirsMs - askedMs - tookMs / 2 };
  }
  return best.gapMs;
}

/** What a loaded machine may take for one answer. */
const NOISE_MS = 40;

describe('clock-skew on a real kernel', () => {
  it.each([120, -3600])(
    'moves the clock by %s s for the host and what runs in its containers, and back by the same',
    async (offset) => {
      const beforeMs = await gapMs();
      const { answer } = await host.apply('clock-skew', 'host', { offsetSeconds: String(offset), driftPpm: '0' });
      expect(answer, JSON.stringify(answer)).toMatchObject({ code: 'applied', members: [{ state: 'skewed' }] });
      const movedMs = (await gapMs()) - beforeMs;
      const [inside, outside] = (await guest.sh(`docker exec ${container.id} date +%s; date +%s`))
        .trim()
        .split('\n')
        .map(Number);
      expect(Math.abs(Number(inside) - Number(outside))).toBeLessThanOrEqual(3);
      const undone = await host.undo('host');
      expect(undone.answer, undone.stdout).toMatchObject({ undone: true, members: [{ state: 'not-skewed' }] });
      const leftMs = (await gapMs()) - beforeMs;
      console.log(`asked ${offset} s: moved by ${movedMs.toFixed(1)} ms, left off by ${leftMs.toFixed(1)} ms`);
      expect(Math.abs(movedMs - offset * 1000)).toBeLessThan(NOISE_MS);
      expect(Math.abs(leftMs)).toBeLessThan(NOISE_MS);
      await host.awaitQuiet();
    },
  );

  it('drifts by what was asked, and stops', async () => {
    const beforeMs = await gapMs();
    await host.apply('clock-skew', 'host', { offsetSeconds: '0', driftPpm: '100000' });
    const [fromMs, from] = [performance.now(), await gapMs()];
    await new Promise((resolve) => setTimeout(resolve, 20_000));
    const gained = ((await gapMs()) - from) / (performance.now() - fromMs);
    expect((await host.undo('host')).answer).toMatchObject({ undone: true });
    const leftMs = (await gapMs()) - beforeMs;
    console.log(`asked 100000 ppm: gained ${Math.round(gained * 1e6)} ppm, left off by ${leftMs.toFixed(1)} ms`);
    // A step of a tenth of a second may be missing at an end.
    expect(Math.abs(gained - 0.1)).toBeLessThan(0.015);
    expect(Math.abs(leftMs)).toBeLessThan(NOISE_MS);
    await host.awaitQuiet();
  });

  it('takes a time daemon of systemd’s away meanwhile, and refuses what nobody keeps', async () => {
    // What the kernel sees of a unit: a process of that name in the unit's cgroup.
    await guest.sh(`mkdir -p /run/fake /sys/fs/cgroup/system.slice/chronyd.service && cp /usr/bin/sleep /run/fake/chronyd
rm -f /usr/bin/systemctl
cat >/usr/bin/systemctl <<'END'
#!/bin/sh
echo "$*" >>/run/fake/calls
for unit; do :; done
[ "$unit" = chronyd.service ] || exit 1
case $1 in
  is-active) pgrep -x chronyd >/dev/null ;;
  stop) kill "$(pgrep -x chronyd)"; while pgrep -x chronyd >/dev/null; do sleep 0.1; done ;;
  start) setsid sh -c 'echo $$ >/sys/fs/cgroup/system.slice/chronyd.service/cgroup.procs; exec /run/fake/chronyd 9999' </dev/null >/dev/null 2>&1 & ;;
esac
END
chmod +x /usr/bin/systemctl; systemctl start chronyd.service`);
    const runs = async () => (await guest.processes()).filter(({ command }) => command.endsWith('chronyd 9999')).length;
    expect(await runs()).toBe(1);
    const { answer } = await host.apply('clock-skew', 'host', { offsetSeconds: '5', driftPpm: '0' });
    expect(answer, JSON.stringify(answer)).toMatchObject({ code: 'applied' });
    expect(await runs()).toBe(0);
    expect((await host.undo('host')).answer).toMatchObject({ undone: true });
    expect(await runs()).toBe(1);
    await guest.sh('for pid in $(pgrep -x chronyd); do echo "$pid" >/sys/fs/cgroup/cgroup.procs; done');
    const refused = await host.apply('clock-skew', 'host', { offsetSeconds: '5', driftPpm: '0' });
    expect(refused.answer).toMatchObject({ code: 'foreign-time-daemon' });
    await guest.sh('pkill -x chronyd; rm /usr/bin/systemctl; rmdir /sys/fs/cgroup/system.slice/chronyd.service');
  });
});
