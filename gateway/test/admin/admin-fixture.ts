import { cpSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { SqliteCaseReader } from "../../src/adapters/cases-sqlite/sqlite-case-reader.ts";
import { SystemClock } from "../../src/adapters/system-clock/system-clock.ts";
import { adminCli } from "../../src/admin/commands.ts";
import type { AdminContext } from "../../src/admin/context.ts";
import { DataFolder } from "../support/data-folder.ts";
import { randomJournal } from "../support/random-journal.ts";
import { START } from "../support/records.ts";
import { tempFolder } from "../support/temp-folder.ts";

export interface AdminRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly progress: readonly number[];
}

/** `npm run admin -- …` in this process. */
export async function admin(
  args: readonly string[],
  hooks: { readonly onProgress?: (what: string) => void } = {},
): Promise<AdminRun> {
  const lines: string[] = [];
  const errors: string[] = [];
  const parts: number[] = [];
  const context: AdminContext = {
    out: async (line) => {
      lines.push(line);
    },
    progress: (part, what) => {
      parts.push(part);
      hooks.onProgress?.(what);
    },
    now: () => START,
    build: "0.0.0-test",
  };
  const err = (text: string): void => {
    errors.push(text);
  };
  const code = await adminCli({ args, folder: "/", err, clock: new SystemClock() }, context);
  return { code, out: lines.join("\n"), err: errors.join(""), progress: parts };
}

/** Some hours of three boilers with cases, commands, garbage and silence. */
export const RECORDS = randomJournal(7, 900);

/** Every case with its timeline, as people read it. */
export async function casesOf(dataDir: string): Promise<string> {
  using reader = new SqliteCaseReader(join(dataDir, "cases.db"));
  const { items } = await reader.cases({ limit: 1_000 });
  const timelines = await Promise.all(items.map(({ id }) => reader.timeline(id)));
  expect(items.length).toBeGreaterThan(3);
  return JSON.stringify([items, timelines]);
}

/** 700 of the records, decided, with a snapshot at 500 and with secrets; made once and copied for each test. */
export class WrittenFolders implements Disposable {
  readonly #folder = tempFolder();
  readonly #template = join(this.#folder.path, "data");

  async prepare(): Promise<void> {
    using data = new DataFolder(this.#template);
    data.append(RECORDS.slice(0, 500));
    await data.decide();
    data.snapshot();
    await data.secrets();
    data.append(RECORDS.slice(500, 700));
    await data.decide();
  }

  /** With its writers at work. */
  async copyTo(path: string): Promise<DataFolder> {
    cpSync(this.#template, path, { recursive: true });
    const data = new DataFolder(path);
    await data.decide();
    return data;
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}
