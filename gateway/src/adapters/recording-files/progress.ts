const DRAW_EVERY_MS = 100;
const SAY_EVERY_MS = 5_000;
const BAR = 30;

export interface ProgressOutput {
  readonly err: (line: string) => void;
  /** Draws over the last line; undefined = no terminal. */
  readonly draw: ((line: string) => void) | undefined;
  /** Monotonic, ms. */
  readonly now: () => number;
}

/** How far the reading of a set's files is: a bar on a terminal, else a line now and then. */
export class Progress {
  readonly #name: string;
  readonly #total: number;
  readonly #output: ProgressOutput;
  readonly #startedAt: number;
  #done = 0;
  #shownAt: number;

  constructor(name: string, totalBytes: number, output: ProgressOutput) {
    this.#name = name;
    this.#total = Math.max(1, totalBytes);
    this.#output = output;
    this.#startedAt = output.now();
    this.#shownAt = this.#startedAt;
  }

  add(bytes: number): void {
    this.#done += bytes;
    const { draw, err, now } = this.#output;
    const at = now();
    if (at - this.#shownAt < (draw === undefined ? SAY_EVERY_MS : DRAW_EVERY_MS)) return;
    this.#shownAt = at;
    const share = Math.min(1, this.#done / this.#total);
    const percent = `${Math.floor(share * 100)} %`;
    const full = Math.round(share * BAR);
    if (draw === undefined) err(`${this.#name}: ${percent}`);
    else draw(`${this.#name.padEnd(12)}${"█".repeat(full)}${"░".repeat(BAR - full)} ${percent}`);
  }

  end(summary: string): void {
    const { draw, err, now } = this.#output;
    const seconds = ((now() - this.#startedAt) / 1_000).toFixed(1);
    draw?.("");
    err(`${this.#name}: ${summary} in ${seconds} s`);
  }
}
