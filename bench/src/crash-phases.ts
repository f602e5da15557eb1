import type { FSWatcher } from "node:fs";
import { existsSync, watch } from "node:fs";
import { join } from "node:path";
import type { Random } from "@voorzorg/device-sim";
import { sleepMs } from "@voorzorg/device-sim";

/**
 * Where a gateway is killed. Each but the first and last is entered when its file changes or its
 * message arrives, so that the kill falls into the work and not between two pieces of it.
 */
export const PHASES = [
  "ingest",
  "commit",
  "roll",
  "sealing",
  "sealed",
  "samples",
  "upkeep",
  "series_offset",
  "snapshot",
  "cases",
  "command",
  "webhook",
  "start",
] as const;
export type Phase = (typeof PHASES)[number];

/** Seen from outside: the file that changes while the gateway does it. */
const FILES: Readonly<
  Partial<Record<Phase, { readonly folder: string; readonly name: RegExp; readonly most: number }>>
> = {
  commit: { folder: "journal", name: /^\d{20}\.db-wal$/, most: 20 },
  roll: { folder: "journal", name: /^\d{20}\.db$/, most: 0 },
  sealing: { folder: "journal", name: /^\d{20}\.sealed\.tmp$/, most: 12 },
  sealed: { folder: "journal", name: /^\d{20}\.sealed$/, most: 0 },
  samples: { folder: "series", name: /^(?:early|late|\d{4}-\d{2})\.db-wal$/, most: 10 },
  upkeep: { folder: "series", name: /^(?:early|late|\d{4}-\d{2})\.db-wal$/, most: 40 },
  series_offset: { folder: "series", name: /^meta\.db-wal$/, most: 3 },
  snapshot: { folder: "", name: /^state\.db-wal$/, most: 3 },
  cases: { folder: "", name: /^cases\.db-wal$/, most: 6 },
};

/** Longer, and what was waited for does not come: the kill counts as one at a random moment. */
const COMES_WITHIN_MS = 4_000;
const ALIVE_MS = { least: 200, most: 2_000 } as const;

export interface PhaseCount {
  aimed: number;
  /** Killed in it; the others fell between. */
  hit: number;
}

/** Resolves in the middle of what a gateway is doing. */
export class PhaseWatch {
  readonly #dataDir: string;
  readonly #random: Random;
  readonly #counts = new Map<Phase, PhaseCount>(PHASES.map((p) => [p, { aimed: 0, hit: 0 }]));
  #order: Phase[] = [];
  #armed: { readonly phase: Phase; readonly entered: () => void } | undefined;

  constructor(dataDir: string, random: Random) {
    this.#dataDir = dataDir;
    this.#random = random;
  }

  get counts(): Readonly<Record<string, PhaseCount>> {
    return Object.fromEntries(this.#counts);
  }

  /** Every phase once in each turn, in a seeded order. */
  next(): Phase {
    if (this.#order.length === 0) {
      const left = [...PHASES];
      while (left.length > 0) {
        const [phase] = left.splice(this.#random.integer(0, left.length - 1), 1);
        if (phase !== undefined) this.#order.push(phase);
      }
    }
    return this.#order.shift() ?? "ingest";
  }

  /** Something that belongs to the phase arrived from the gateway. */
  happened(phase: Phase): void {
    if (this.#armed?.phase === phase) this.#armed.entered();
  }

  /** Calls `kill` in the phase, or when it does not come in time; answers whether it came. */
  async strike(phase: Phase, kill: () => void): Promise<boolean> {
    const { least, most } = ALIVE_MS;
    await sleepMs(this.#random.integer(least, phase === "ingest" ? most : most / 4));
    const isHit = phase === "ingest" || phase === "start" || (await this.#comes(phase));
    kill();
    this.count(phase, isHit);
    return isHit;
  }

  count(phase: Phase, isHit: boolean): void {
    const count = this.#counts.get(phase);
    if (count === undefined) return;
    count.aimed += 1;
    if (isHit) count.hit += 1;
  }

  async #comes(phase: Phase): Promise<boolean> {
    const entered = Promise.withResolvers<boolean>();
    let watcher: FSWatcher | undefined;
    const file = FILES[phase];
    if (file === undefined) this.#armed = { phase, entered: () => entered.resolve(true) };
    else watcher = this.#watchFile(file, () => entered.resolve(true));
    try {
      return await Promise.race([entered.promise, sleepMs(COMES_WITHIN_MS).then(() => false)]);
    } finally {
      watcher?.close();
      this.#armed = undefined;
    }
  }

  #watchFile(
    file: { readonly folder: string; readonly name: RegExp; readonly most: number },
    entered: () => void,
  ): FSWatcher {
    let skip = this.#random.integer(0, file.most);
    const folder = join(this.#dataDir, file.folder);
    return watch(folder, (_event, name) => {
      if (name === null || !file.name.test(name)) return;
      // A name that was removed is the end of something, not the middle.
      if (!existsSync(join(folder, name))) return;
      if (skip <= 0) entered();
      skip -= 1;
    });
  }
}
