import type { Offset } from "#domain/units.ts";
import type { StateEntry, StateStore } from "#ports/state-store.ts";

export class MemoryState implements StateStore {
  readonly #entries = new Map<string, string>();
  #offset: Offset = 0;
  #build = "";

  save(offset: Offset, build: string, dirty: readonly StateEntry[]): void {
    for (const { key, value } of dirty) {
      if (value === undefined) this.#entries.delete(key);
      else this.#entries.set(key, value);
    }
    this.#offset = offset;
    this.#build = build;
  }

  load(): ReturnType<StateStore["load"]> {
    const entries = [...this.#entries].map(([key, value]) => ({ key, value }));
    entries.sort((a, b) => (a.key < b.key ? -1 : 1));
    return { offset: this.#offset, build: this.#build, entries };
  }

  [Symbol.dispose](): void {}
}
