import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { AckEntry, CaseItem } from "@voorzorg/device-sim";
import type { BenchContext } from "./bench.ts";
import { BenchError } from "./bench.ts";
import { BOILER } from "./fixture.ts";
import { OutputTail } from "./output-tail.ts";

/** One line of `journal list`. */
interface JournalLine {
  readonly offset: number;
  readonly kind: string;
  readonly device?: string;
  readonly boot?: number | null;
  readonly seq?: number | null;
}

const placeOf = (device: string, boot: number, seq: number): string => `${device}/${boot}/${seq}`;

/** The places (device, boot, seq) of the messages that a journal on disk holds. */
export class JournalPlaces {
  readonly #context: BenchContext;
  readonly #dataDir: string;
  readonly #places = new Set<string>();
  #newest = 0;

  constructor(context: BenchContext, dataDir: string) {
    this.#context = context;
    this.#dataDir = dataDir;
  }

  /** Reads what was added since the last time. */
  async read(): Promise<ReadonlySet<string>> {
    const { node, root, env } = this.#context;
    const after = String(this.#newest);
    const child = spawn(
      node,
      [
        join(root, "gateway/src/admin.ts"),
        ...["journal", "list", "--data", this.#dataDir, "--after", after],
      ],
      { cwd: root, env: { ...env }, stdio: ["ignore", "pipe", "pipe"] },
    );
    const exited = once(child, "exit");
    const tail = new OutputTail(child);
    for await (const text of createInterface({ input: child.stdout })) {
      if (text !== "") this.#take(JSON.parse(text) as JournalLine);
    }
    const [code] = (await exited) as [number | null];
    if (code !== 0) throw new BenchError(`journal list ended with ${code}: ${tail.text}`);
    return this.#places;
  }

  #take({ offset, kind, device, boot, seq }: JournalLine): void {
    this.#newest = offset;
    if (kind !== "message" || typeof device !== "string") return;
    if (typeof boot === "number" && typeof seq === "number") {
      this.#places.add(placeOf(device, boot, seq));
    }
  }
}

/** Acknowledged messages that the journal does not hold; `status` has no place and is left out. */
export function lostMessages(
  acked: readonly AckEntry[],
  places: ReadonlySet<string>,
): readonly AckEntry[] {
  return acked.filter(
    ({ device, boot, seq }) => seq !== null && !places.has(placeOf(device, boot, seq)),
  );
}

export interface CaseComparison {
  readonly expected: number;
  readonly missing: number;
  /** Cases beyond one per fault, those of devices without a fault included. */
  readonly duplicate: number;
}

/** `truth`: how many faults each device sent. One case per fault is right. */
export function compareCases(
  truth: ReadonlyMap<string, number>,
  cases: readonly Pick<CaseItem, "device" | "rule" | "product">[],
): CaseComparison {
  const opened = new Map<string, number>();
  for (const { device, rule, product } of cases) {
    if (product !== BOILER.product || rule !== BOILER.rule) continue;
    opened.set(device, (opened.get(device) ?? 0) + 1);
  }
  let [expected, missing, duplicate] = [0, 0, 0];
  for (const device of new Set([...truth.keys(), ...opened.keys()])) {
    const faults = truth.get(device) ?? 0;
    const found = opened.get(device) ?? 0;
    expected += faults;
    missing += Math.max(0, faults - found);
    duplicate += Math.max(0, found - faults);
  }
  return { expected, missing, duplicate };
}
