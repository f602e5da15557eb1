import type { JournalRecord } from "#domain/record.ts";
import type { EpochMs, Offset } from "#domain/units.ts";
import { decodeRecord } from "#pipeline/record-codec.ts";
import type { Appended, JournalFiles } from "./journal-thread.ts";
import type { Sent } from "./sim-device.ts";

export interface Entry {
  readonly offset: Offset;
  /** True time of the commit. */
  readonly at: EpochMs;
  readonly record: JournalRecord;
}

const keyOf = (device: string, payload: Uint8Array): string =>
  `${device} ${Buffer.from(payload).toString("latin1")}`;

/** The journal as the oracle reads it, kept up as it grows and begun anew when a power cut shortens it. */
export class JournalIndex {
  readonly #files: JournalFiles;
  #source: readonly Appended[] = [];
  #entries: Entry[] = [];
  #places = new Map<string, Offset[]>();

  constructor(files: JournalFiles) {
    this.#files = files;
  }

  get entries(): readonly Entry[] {
    const { records } = this.#files;
    if (records !== this.#source || records.length < this.#entries.length) {
      this.#source = records;
      this.#entries = [];
      this.#places = new Map();
    }
    for (let i = this.#entries.length; i < records.length; i += 1) {
      const { offset, at, bytes } = records[i] as Appended;
      const record = decodeRecord(bytes);
      this.#entries.push({ offset, at, record });
      if (record.kind !== "message") continue;
      const key = keyOf(record.device, record.payload);
      const places = this.#places.get(key);
      if (places === undefined) this.#places.set(key, [offset]);
      else places.push(offset);
    }
    return this.#entries;
  }

  /** Where the message stands; empty = nowhere. */
  placesOf({ device, payload }: Pick<Sent, "device" | "payload">): readonly Offset[] {
    void this.entries;
    return this.#places.get(keyOf(device, payload)) ?? [];
  }

  at(offset: Offset): Entry {
    const entry = this.entries[offset - 1];
    if (entry === undefined) throw new Error(`the journal has no record ${offset}`);
    return entry;
  }
}
