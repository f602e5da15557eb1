import type { ProductModel } from "@voorzorg/firmware-contracts";
import { decodeUp, parseProduct } from "@voorzorg/firmware-contracts";
import type { JournalRecord, MessageRecord } from "#domain/record.ts";
import type { ServiceClock } from "#domain/telemetry/device-time.ts";
import {
  advanceClock,
  believedTime,
  isRemembered,
  momentOf,
  newestTime,
  setClockMode,
  stamp,
  startClock,
} from "#domain/telemetry/device-time.ts";
import type { SeriesRow } from "#ports/series-store.ts";

interface Saved {
  readonly clock: ServiceClock;
  readonly products: readonly { readonly path: string; readonly text: string }[];
}

/**
 * Turns journal records into rows of the series store. Keeps what stamping needs (clock, product
 * models); `save` and the constructor's `saved` carry it over a restart, beside the consumed offset.
 * What cannot be decoded gives no row: the deciding side puts it into quarantine.
 */
export class SeriesRows {
  readonly #clock: ServiceClock;
  #products: Saved["products"] = [];
  #unsaved = false;
  #models = new Map<string, ProductModel>();

  constructor(saved = "") {
    const state = saved === "" ? undefined : (JSON.parse(saved) as Saved);
    this.#clock = state?.clock ?? startClock();
    if (state !== undefined) this.#load(state.products);
  }

  of(record: JournalRecord): readonly SeriesRow[] {
    if (record.kind === "ruleset") this.#load(record.products);
    if (record.kind === "config") {
      setClockMode(this.#clock, record.clock);
      this.#unsaved = true;
    }
    if (record.kind === "message") return this.#rows(record);
    this.#clock.now = advanceClock(this.#clock, record.appendedAt, undefined);
    return [];
  }

  /**
   * What a restart goes on with; undefined while the last answer still holds. In `live` the clock is
   * in the next record, so that only products and boots of clockless devices count.
   */
  save(): string | undefined {
    if (!this.#unsaved && this.#clock.mode === "live") return undefined;
    this.#unsaved = false;
    const saved: Saved = { clock: this.#clock, products: this.#products };
    return JSON.stringify(saved);
  }

  #load(products: Saved["products"]): void {
    // Every start of the service appends the ruleset again.
    if (JSON.stringify(products) === JSON.stringify(this.#products)) return;
    this.#products = products;
    this.#unsaved = true;
    const parsed = products.map(({ path, text }) => parseProduct(path, text));
    this.#models = new Map(parsed.flatMap((p) => (p.ok ? [[p.model.id, p.model]] : [])));
  }

  #rows(record: MessageRecord): readonly SeriesRow[] {
    const model = this.#models.get(record.product);
    if (model === undefined) return [];
    const decoded = decodeUp(record.class, record.payload, model);
    if (!decoded.ok) return [];
    const message = decoded.value;
    const stamped = stamp(this.#clock, record.device, message, record.appendedAt);
    if (isRemembered(message, stamped)) this.#unsaved = true;
    const newest = believedTime(this.#clock, record.device, newestTime(message, stamped));
    this.#clock.now = advanceClock(this.#clock, record.appendedAt, newest);
    if (message.class !== "tele" && message.class !== "hist") return [];
    const { product, device } = record;
    return message.points.map((point) => ({
      product,
      device,
      at: momentOf(stamped, point),
      values: point.values,
    }));
  }
}
