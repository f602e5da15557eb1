import { adminCli } from "../../src/admin/commands.ts";
import type { AdminContext } from "../../src/admin/context.ts";
import { randomJournal } from "../support/random-journal.ts";
import { START } from "../support/records.ts";

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
  const code = await adminCli({ args, folder: "/", err }, context);
  return { code, out: lines.join("\n"), err: errors.join(""), progress: parts };
}

/** Some hours of three boilers with cases, commands, garbage and silence. */
export const RECORDS = randomJournal(7, 900);
