import type { Problem, SourceFile } from "./repository.ts";
import { matches } from "./repository.ts";

type What = "clock" | "timer" | "process" | "randomness";

const PATTERNS: Readonly<Record<What, { readonly pattern: RegExp; readonly sentence: string }>> = {
  clock: {
    pattern: /\bDate\.now\b|\bnew Date\(\)|\bnew Date\b(?!\()|\bperformance\.now\b|\bhrtime\b/,
    sentence: "time comes in as a parameter or through the Clock port",
  },
  timer: {
    pattern: /\b(setTimeout|setInterval|setImmediate)\b|node:timers/,
    sentence: "timers go through Clock.sleep, or are deadlines in the state",
  },
  process: {
    pattern: /(?<![\w.#/-])process\.\w+|node:process/,
    sentence: "only the programs themselves read argv, env and signals",
  },
  randomness: {
    pattern: /\bMath\.random\b|\bcrypto\.(randomUUID|getRandomValues)\b/,
    sentence: "decisions and simulations are deterministic: pass a seeded source in",
  },
};

/** Where an impure thing is allowed, and why. An entry that nothing needs is a problem, too. */
export interface Exemption {
  /** A file, or a folder that ends with `/`. */
  readonly path: string;
  readonly what: What;
  readonly reason: string;
}

const covers = (exemption: Exemption, file: string): boolean =>
  exemption.path.endsWith("/") ? file.startsWith(exemption.path) : file === exemption.path;

const kinds = Object.keys(PATTERNS) as readonly What[];

function found(file: SourceFile, what: What): readonly Problem[] {
  const { pattern, sentence } = PATTERNS[what];
  return matches(file, pattern, sentence);
}

export function impurities(
  files: readonly SourceFile[],
  exemptions: readonly Exemption[],
): readonly Problem[] {
  return files.flatMap((file) =>
    kinds
      .filter((what) => !exemptions.some((e) => e.what === what && covers(e, file.path)))
      .flatMap((what) => found(file, what)),
  );
}

/** Exemptions that no file needs any more. */
export function staleExemptions(
  files: readonly SourceFile[],
  exemptions: readonly Exemption[],
): readonly Problem[] {
  return exemptions
    .filter((e) => !files.some((file) => covers(e, file.path) && found(file, e.what).length > 0))
    .map((e) => `${e.path}: the exemption for ${e.what} is not needed any more`);
}
