import { cannotTell, type Guard } from './guard.ts';

export const noFreeze: Guard = {
  name: 'freeze',
  question: 'Is no freeze on?',
  codes: ['freeze'],
  check({ nowMs, group, calendars }) {
    if (!group.known) return cannotTell('freeze', group.because);
    const settings = group.value.group?.settings;
    // A group that cannot be read has its refusal already.
    if (settings === undefined) return [];
    const name = calendars.of(settings).frozenAt(nowMs);
    if (name === undefined) return [];
    const because = `the freeze "${name}" is on; it cannot be skipped`;
    return [{ code: 'freeze', because, facts: { name, at: new Date(nowMs).toISOString() } }];
  },
};
