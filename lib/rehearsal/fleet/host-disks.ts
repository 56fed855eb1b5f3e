import type { MachineTimings } from './machine-life.ts';
import type { Disks, VolumeAttachment, VolumeState } from './machines-model.ts';
import { ec2Id, type FleetPlace } from './names.ts';

const ROOT_DEVICE = '/dev/xvda';

interface Volume extends VolumeState {
  /** Whether the guest uses it: it then lets go only by force. */
  readonly isMounted?: boolean;
  /** When what is under way is done, in milliseconds since 1970. */
  readonly dueAtMs?: number;
}

/** The EBS volumes of a fleet's hosts. */
export class HostDisks implements Disks {
  readonly #timings: MachineTimings;
  readonly #now: () => Date;
  readonly #volumes = new Map<string, Volume>();

  constructor(timings: MachineTimings, now: () => Date) {
    this.#timings = timings;
    this.#now = now;
  }

  get volumes(): readonly VolumeState[] {
    return [...this.#volumes.values()].map(({ isMounted: _, dueAtMs: __, ...volume }) => volume);
  }

  /** A new host's root volume and its data volumes, attached. */
  add(place: FleetPlace, host: { instanceId: string; zone: string; dataVolumes: number }): void {
    const letters = Array.from({ length: host.dataVolumes }, (_, index) => String.fromCharCode(98 + index));
    for (const device of [ROOT_DEVICE, ...letters.map((letter) => `/dev/xvd${letter}`)]) {
      const { instanceId } = host;
      const attachment = { instanceId, device, state: 'attached', deleteOnTermination: true } as const;
      this.put({
        volumeId: ec2Id(place, 'vol', `${instanceId}${device}`),
        availabilityZone: host.zone,
        status: 'in-use',
        isRoot: device === ROOT_DEVICE,
        attachment: { ...attachment, attachedAt: this.#now() },
      });
    }
  }

  detach(volumeId: string, force: boolean): void {
    const volume = this.#volume(volumeId);
    const { attachment } = volume;
    if (attachment === undefined) return;
    if (volume.isMounted === true && !force) this.put({ ...volume, attachment: { ...attachment, state: 'busy' } });
    else this.put({ ...this.#due(volume), attachment: { ...attachment, state: 'detaching' } });
  }

  attach(volumeId: string, instanceId: string, device: string): void {
    const volume = this.#volume(volumeId);
    const attachment: VolumeAttachment = {
      ...{ instanceId, device, state: 'attaching', deleteOnTermination: false },
      attachedAt: this.#now(),
    };
    this.put({ ...this.#due(volume), status: 'in-use', attachment });
  }

  setDeleteOnTermination(volumeId: string, deleteOnTermination: boolean): void {
    const volume = this.#volume(volumeId);
    if (volume.attachment !== undefined) {
      this.put({ ...volume, attachment: { ...volume.attachment, deleteOnTermination } });
    }
  }

  /** Adds a volume, or changes one. */
  put(volume: Volume): void {
    this.#volumes.set(volume.volumeId, volume);
  }

  remove(volumeId: string): void {
    this.#volumes.delete(volumeId);
  }

  /** Lets time pass. */
  look(): void {
    for (const volume of this.#volumes.values()) {
      const { dueAtMs, attachment, ...rest } = volume;
      if (dueAtMs === undefined || this.#now().getTime() < dueAtMs) continue;
      if (attachment?.state === 'attaching') this.put({ ...rest, attachment: { ...attachment, state: 'attached' } });
      else this.put({ ...rest, status: 'available', isMounted: false });
    }
  }

  /** A host is terminated: its volumes go with it, or are left over. */
  hostIsGone(instanceId: string): void {
    for (const { attachment, ...volume } of this.#volumes.values()) {
      if (attachment?.instanceId !== instanceId) continue;
      if (attachment.deleteOnTermination) this.remove(volume.volumeId);
      else this.put({ ...volume, status: 'available', isMounted: false });
    }
  }

  #volume(volumeId: string): Volume {
    const volume = this.#volumes.get(volumeId);
    if (volume === undefined) throw new Error(`there is no volume ${volumeId} in this fleet`);
    return volume;
  }

  #due(volume: Volume): Volume {
    return { ...volume, dueAtMs: this.#now().getTime() + this.#timings.volumeMs };
  }
}
