import type { Point } from "@voorzorg/firmware-contracts";
import type { TimedDraft } from "./uplink.ts";

/** Keeps a message below 64 KiB, whatever the product. */
const MAX_POINTS = 100;

/** Samples until they are sent, together. */
export class Pack {
  #points: { readonly atMs: number; readonly values: Point["values"] }[] = [];

  /** True when it must be sent before anything more goes in. */
  add(atMs: number, values: Point["values"]): boolean {
    this.#points.push({ atMs, values });
    return this.#points.length >= MAX_POINTS;
  }

  /** What is in it, as one message stamped with its newest time; undefined if there is nothing. */
  take(): TimedDraft | undefined {
    const last = this.#points.at(-1);
    if (last === undefined) return undefined;
    const points = this.#points.map(({ atMs, values }) => ({ offsetMs: atMs - last.atMs, values }));
    this.#points = [];
    return { class: "tele", ts: last.atMs, points };
  }
}
