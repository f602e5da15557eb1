import type { Dice, Life } from "./scheduler.ts";
import { Crash } from "./scheduler.ts";

/** One file as a list of commits. What was not synced may be gone after a power cut, from some commit on. */
export class DiskFile<C> {
  #commits: C[] = [];
  #synced = 0;

  write(commit: C): void {
    this.#commits.push(commit);
  }

  sync(): void {
    this.#synced = this.#commits.length;
  }

  get commits(): readonly C[] {
    return this.#commits;
  }

  /** True if anything is gone. */
  powerCut(dice: Dice): boolean {
    const kept = dice.between(this.#synced, this.#commits.length + 1);
    const lost = kept < this.#commits.length;
    this.#commits.length = kept;
    this.#synced = kept;
    return lost;
  }
}

/** What all files of the machine share: room, and the moments at which the process may end. */
export class Disk {
  full = false;
  /** Writes are not synced, for a mutant. */
  readonly lies: ReadonlySet<string>;
  #life: Life | undefined;
  #countdown = 0;
  #crash: (() => void) | undefined;

  constructor(lies: ReadonlySet<string> = new Set()) {
    this.lies = lies;
  }

  run(life: Life): void {
    this.#life = life;
  }

  /** The process ends at the n-th point between a write and its sync, or right after it. */
  crashAtPoint(n: number, crash: () => void): void {
    this.#countdown = n;
    this.#crash = crash;
  }

  /** Ends a process that a task of its own has outlived. */
  mustBeAlive(life: Life): void {
    if (!life.alive) throw new Crash("the process has ended");
  }

  commit<C>(name: string, file: DiskFile<C>, commit: C): void {
    this.#point();
    file.write(commit);
    this.#point();
    if (!this.lies.has(name)) file.sync();
    this.#point();
  }

  #point(): void {
    if (this.#countdown > 0) {
      this.#countdown -= 1;
      if (this.#countdown === 0) this.#crash?.();
    }
    if (this.#life !== undefined) this.mustBeAlive(this.#life);
  }
}
