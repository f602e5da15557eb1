/** Thrown into a bridge that is dead already; nobody catches it who could still do something. */
class Dead extends Error {
  override readonly name = "Dead";
}

/**
 * A process that ends at a given step, as a power cut ends it: what it has handed over is done, what it
 * would do next is not. Everything that it is given goes through here.
 */
export class Life {
  /** Steps that were made. */
  steps = 0;
  readonly #end: number;

  /** It dies with step number `end`. */
  constructor(end = Number.POSITIVE_INFINITY) {
    this.#end = end;
  }

  get dead(): boolean {
    return this.steps >= this.#end;
  }

  /** Calls that answer at once. */
  sync<T extends object>(target: T): T {
    return wrapped(target, (call) => {
      this.#step();
      if (this.dead) throw new Dead();
      const answer = call();
      this.#step();
      if (this.dead) throw new Dead();
      return answer;
    });
  }

  /** Calls that answer later; of the dead, never. `counts`: whether they are steps to die at. */
  async<T extends object>(target: T, counts = true): T {
    return wrapped(target, (call, isPromise) => {
      if (!isPromise) return call();
      return this.#later(call, counts);
    });
  }

  async #later(call: () => unknown, counts: boolean): Promise<unknown> {
    if (counts) this.#step();
    if (this.dead) return NEVER;
    const answer = await call();
    if (counts) this.#step();
    return this.dead ? NEVER : answer;
  }

  #step(): void {
    this.steps += 1;
  }
}

const NEVER = new Promise<never>(() => undefined);
/** Answer at once, whatever their object is. */
const AT_ONCE: ReadonlySet<string | symbol> = new Set(["now", "elapsed"]);

function wrapped<T extends object>(
  target: T,
  around: (call: () => unknown, isPromise: boolean) => unknown,
): T {
  return new Proxy(target, {
    get(object, key) {
      const value: unknown = Reflect.get(object, key, object);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) =>
        around(() => Reflect.apply(value, object, args), !AT_ONCE.has(key));
    },
  });
}
