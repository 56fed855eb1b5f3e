import type { PlanWorld } from '../../../functions/plan/world.ts';

/** What becomes of one call that leaves the planner; `go` carries it out. */
export type Around = (call: string, go: () => Promise<unknown>) => Promise<unknown>;

/** A world whose every call goes through somebody's hands. */
export function through(world: PlanWorld, around: Around): PlanWorld {
  const port = <Port extends object>(name: string, real: Port): Port =>
    new Proxy(real, {
      get: (target, key) => {
        const method: unknown = Reflect.get(target, key);
        if (typeof method !== 'function') return method;
        return (...input: unknown[]) =>
          around(`${name}.${String(key)}`, () => Promise.resolve(method.apply(target, input)));
      },
    });
  return {
    config: world.config,
    now: world.now,
    discovery: port('discovery', world.discovery),
    schedules: port('schedules', world.schedules),
    audit: port('audit', world.audit),
    state: port('state', world.state),
    herald: port('herald', world.herald),
  };
}

/** How one call goes wrong: the process dies before or after it, or it fails without or after having been carried out. */
export type Mishap = 'dies-before' | 'dies-after' | 'fails' | 'answer-lost';

/** Does something over a world whose n-th call goes wrong. What died makes no further call, whatever it had under way. */
export async function withMishap(
  world: PlanWorld,
  work: (world: PlanWorld) => Promise<unknown>,
  mishap?: { readonly call: number; readonly how: Mishap },
): Promise<{ readonly calls: string[]; readonly outcome: 'done' | 'died' | 'failed' }> {
  const calls: string[] = [];
  let die: () => void = () => undefined;
  let isDead = false;
  const death = new Promise<'died'>((resolve) => {
    die = () => {
      isDead = true;
      resolve('died');
    };
  });
  const forever = new Promise<never>(() => undefined);
  const outside = through(world, async (call, go) => {
    if (isDead) return forever;
    const how = mishap?.call === calls.push(call) - 1 ? mishap.how : undefined;
    // Failing to tell is answered by the bus, never thrown.
    const canFail = call !== 'herald.tell';
    if (how === 'dies-before') die();
    if (isDead) return forever;
    if (how === 'fails' && canFail) throw new Error('throttled');
    const answer = await go();
    if (how === 'dies-after') die();
    if (isDead) return forever;
    if (how === 'answer-lost' && canFail) throw new Error('socket hang up');
    return answer;
  });
  const running = work(outside).then(
    () => 'done' as const,
    () => 'failed' as const,
  );
  return { calls, outcome: await Promise.race([death, running]) };
}
