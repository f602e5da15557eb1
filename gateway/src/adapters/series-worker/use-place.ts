import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Day } from "#pipeline/points/use-points.ts";

/**
 * Up to which day the store was told about use. Losing the file costs writing 60 days again, so it is
 * neither synced nor in backups.
 */
export class UsePlace {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  load(): Day | undefined {
    try {
      const day = Number(readFileSync(this.#path, "utf8"));
      return Number.isSafeInteger(day) && day > 0 ? day : undefined;
    } catch {
      return undefined;
    }
  }

  save(day: Day): void {
    const written = `${this.#path}.tmp`;
    writeFileSync(written, `${day}\n`);
    renameSync(written, this.#path);
  }
}
