import type { ChildProcess } from "node:child_process";

const KEPT_CHARS = 4_000;

/** The end of what a child wrote: enough to say why it failed, however long it talked. */
export class OutputTail {
  #text = "";

  constructor(child: ChildProcess) {
    const keep = (chunk: Buffer): void => {
      this.#text = (this.#text + chunk.toString("utf8")).slice(-KEPT_CHARS);
    };
    child.stdout?.on("data", keep);
    child.stderr?.on("data", keep);
  }

  get text(): string {
    return this.#text.trim() === "" ? "(none)" : this.#text.trim();
  }
}
