/** Things of which each is used by one test at a time, for tests that go on at the same time. */
export class Pool<T> {
  readonly #free: T[];
  readonly #waiting: ((one: T) => void)[] = [];

  constructor(all: readonly T[]) {
    this.#free = [...all];
  }

  /** Uses one as soon as one is free. */
  async use<R>(go: (one: T) => Promise<R>): Promise<R> {
    const one = this.#free.shift() ?? (await new Promise<T>((resolve) => this.#waiting.push(resolve)));
    try {
      return await go(one);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free.push(one);
      else next(one);
    }
  }
}

/** Does something for each, so many at a time. */
export async function inTurn<T>(atOnce: number, all: readonly T[], go: (one: T) => Promise<void>): Promise<void> {
  const left = [...all];
  const work = async (): Promise<void> => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await go(one);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}
