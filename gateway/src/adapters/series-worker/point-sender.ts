import type { PointRejection, PointStore, ServicePoint } from "#ports/point-store.ts";
import { SeriesUnavailableError } from "#ports/series-store.ts";
import type { PointReader } from "../cases-sqlite/point-reader.ts";
import { reasonOf } from "../sqlite/database.ts";
import type { PointStats } from "./messages.ts";
import type { PointRing } from "./point-ring.ts";
import type { StepOutcome } from "./series-consumer.ts";
import type { Sweeps } from "./sweeps.ts";

/** Points of one request or less, each from what waits durably and from what is in memory. */
const PAGE_POINTS = 2_000;

export interface PointSenderDeps {
  readonly store: PointStore;
  /** What the deciding thread leaves, until it is told that it need not. */
  readonly waiting: Pick<PointReader, "after" | "newest">;
  readonly ring: PointRing;
  readonly sweeps: Sweeps;
  /** All that waited up to this number is durable in the store, or refused. */
  readonly onTold: (upTo: number) => void;
  readonly onRejected: (rejected: readonly PointRejection[]) => void;
}

/**
 * Tells the store about the service: what waits durably first, then what was sampled. What was sent
 * is remembered here only: after a restart what the deciding thread still keeps is sent again, with
 * the same times, so that nothing is there twice.
 */
export class PointSender {
  readonly #deps: PointSenderDeps;
  #told = 0;
  #written = 0;
  #rejected = 0;
  #error = "";

  constructor(deps: PointSenderDeps) {
    this.#deps = deps;
  }

  get stats(): PointStats {
    const { waiting, ring } = this.#deps;
    let newest = this.#told;
    try {
      newest = Math.max(newest, waiting.newest());
    } catch {
      // The next step meets the same trouble and tells it.
    }
    return {
      waiting: newest - this.#told + ring.size,
      written: this.#written,
      rejected: this.#rejected,
      dropped: ring.dropped,
      error: this.#error,
    };
  }

  /** Never rejects. */
  async step(): Promise<StepOutcome> {
    try {
      const more = (await this.#decided()) || (await this.#sampled()) || (await this.#swept());
      this.#error = "";
      return { kind: more ? "more" : "idle" };
    } catch (error) {
      this.#error = reasonOf(error);
      const known = error instanceof SeriesUnavailableError;
      return {
        kind: "failed",
        failure: { problem: known ? error.problem : "unreachable", message: this.#error },
        retryAfterMs: known ? error.retryAfterMs : undefined,
      };
    }
  }

  async #decided(): Promise<boolean> {
    const page = this.#deps.waiting.after(this.#told, PAGE_POINTS);
    const newest = page.at(-1)?.seq;
    if (newest === undefined) return false;
    await this.#write(page.map(({ point }) => point));
    this.#told = newest;
    this.#deps.onTold(newest);
    return page.length === PAGE_POINTS;
  }

  async #sampled(): Promise<boolean> {
    const { ring } = this.#deps;
    const points = ring.take(PAGE_POINTS);
    try {
      await this.#write(points);
    } catch (error) {
      ring.putBack(points);
      throw error;
    }
    return points.length === PAGE_POINTS;
  }

  async #swept(): Promise<boolean> {
    const { sweeps } = this.#deps;
    const page = this.#page();
    if (page === undefined) return false;
    await this.#write(page);
    sweeps.told(page);
    return true;
  }

  #page(): readonly ServicePoint[] | undefined {
    try {
      return this.#deps.sweeps.page();
    } catch (error) {
      this.#deps.sweeps.restart();
      throw error;
    }
  }

  async #write(points: readonly ServicePoint[]): Promise<void> {
    if (points.length === 0) return;
    const { written, rejected } = await this.#deps.store.writePoints(points);
    this.#written += written;
    this.#rejected += rejected.length;
    if (rejected.length > 0) this.#deps.onRejected(rejected);
  }
}
