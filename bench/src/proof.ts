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
  readonly kind: string;
  readonly device?: string;
  readonly boot?: number | null;
  readonly seq?: number | null;
}

const placeOf = (device: string, boot: number, seq: number): string => `${device}/${boot}/${seq}`;

/** The place (device, boot, seq) of every message that the journal on disk holds. */
export async function journalPlaces(
  context: BenchContext,
  dataDir: string,
): Promise<ReadonlySet<string>> {
  const { node, root, env } = context;
  const child = spawn(
    node,
    [join(root, "gateway/src/admin.ts"), "journal", "list", "--data", dataDir],
    { cwd: root, env: { ...env }, stdio: ["ignore", "pipe", "pipe"] },
  );
  const exited = once(child, "exit");
  const tail = new OutputTail(child);
  const places = new Set<string>();
  for await (const text of createInterface({ input: child.stdout })) {
    const line = JSON.parse(text) as JournalLine;
    if (line.kind !== "message" || typeof line.device !== "string") continue;
    if (typeof line.boot === "number" && typeof line.seq === "number") {
      places.add(placeOf(line.device, line.boot, line.seq));
    }
  }
  const [code] = (await exited) as [number | null];
  if (code !== 0) throw new BenchError(`journal list ended with ${code}: ${tail.text}`);
  return places;
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
