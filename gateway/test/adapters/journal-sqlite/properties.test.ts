import { cpSync } from "node:fs";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { SealStep } from "../../../src/adapters/journal-sqlite/seal.ts";
import type { SqliteJournal } from "../../../src/adapters/journal-sqlite/sqlite-journal.ts";
import { SqliteJournalReader } from "../../../src/adapters/journal-sqlite/sqlite-journal-reader.ts";
import { JournalFolders, textsOf, writeVersion1 } from "./journal-folder.ts";

const folders = new JournalFolders();
afterAll(() => folders[Symbol.dispose]());

type Step =
  | { readonly kind: "append"; readonly lengths: readonly number[] }
  | { readonly kind: "again"; readonly back: number }
  | { readonly kind: "trim"; readonly share: number }
  | { readonly kind: "read"; readonly share: number; readonly limit: number }
  /** With the process gone after a step of it, or whole. */
  | { readonly kind: "seal"; readonly killedAfter: SealStep | null }
  | { readonly kind: "kill" }
  | { readonly kind: "reopen" };

const share = fc.double({ min: 0, max: 1, noNaN: true });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("append" as const),
      lengths: fc.array(fc.nat(40), { minLength: 1, maxLength: 12 }),
    }),
  },
  fc.record({ kind: fc.constant("again" as const), back: fc.nat(5) }),
  fc.record({ kind: fc.constant("trim" as const), share }),
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("read" as const), share, limit: fc.nat(30) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("seal" as const),
      killedAfter: fc.option(fc.constantFrom<SealStep>("block", "synced", "renamed", "named"), {
        freq: 3,
      }),
    }),
  },
  fc.constant({ kind: "kill" as const }),
  fc.constant({ kind: "reopen" as const }),
);

/** What the journal must answer: every record by offset, and each batch's first one. */
class Model {
  readonly texts: string[] = [];
  readonly batches: (readonly [batchId: string, first: number])[] = [];
  /** Everything from here on must be there. */
  trimmedBefore = 1;
}

/** A journal, a reader beside it that stays open, and what both must answer. */
class UnderTest implements Disposable {
  #directory = folders.next();
  #reader = new SqliteJournalReader(this.#directory);
  readonly #model = new Model();
  #journal: SqliteJournal;
  #killAfter: SealStep | null = null;
  /** The folder as it was when the process was killed in the middle of a sealing. */
  #left: string | undefined;

  constructor(oldRecords: number) {
    if (oldRecords > 0) writeVersion1(this.#directory, 1, oldRecords);
    for (let offset = 1; offset <= oldRecords; offset += 1) {
      this.#model.texts.push(`record ${offset}`);
    }
    this.#journal = this.#open();
  }

  async take(one: Step): Promise<void> {
    const newest = this.#model.texts.length;
    switch (one.kind) {
      case "append":
        this.#append(one.lengths);
        break;
      case "again": {
        const batch = this.#model.batches.at(-1 - one.back);
        if (batch === undefined) break;
        expect(this.#journal.appendSync([new Uint8Array(3)], batch[0])).toBe(batch[1]);
        break;
      }
      case "trim":
        this.#model.trimmedBefore = Math.max(
          this.#model.trimmedBefore,
          Math.ceil(one.share * newest),
        );
        this.#journal.trimSync(this.#model.trimmedBefore);
        break;
      case "read":
        this.#check(Math.ceil(one.share * newest) + 1, one.limit);
        break;
      case "seal":
        this.#killAfter = one.killedAfter;
        await this.#journal.sealNext();
        if (this.#left !== undefined) this.#goOnIn(this.#left);
        break;
      case "kill":
        this.#goOnIn(this.#copy());
        break;
      case "reopen":
        this.#journal[Symbol.dispose]();
        this.#journal = this.#open();
        break;
    }
  }

  checkAll(): void {
    expect(this.#journal.newestSync()).toBe(this.#model.texts.length);
    this.#check(1, 10_000);
  }

  [Symbol.dispose](): void {
    this.#reader[Symbol.dispose]();
    this.#journal[Symbol.dispose]();
  }

  /** What a killed process leaves: no file is closed. */
  #copy(): string {
    const left = folders.next();
    cpSync(this.#directory, left, { recursive: true });
    return left;
  }

  #goOnIn(directory: string): void {
    this[Symbol.dispose]();
    this.#killAfter = null;
    this.#left = undefined;
    this.#directory = directory;
    this.#reader = new SqliteJournalReader(directory);
    this.#journal = this.#open();
  }

  #append(lengths: readonly number[]): void {
    const { texts, batches } = this.#model;
    const first = texts.length + 1;
    const own = lengths.map((length, index) => `${first + index}`.padEnd(length, "."));
    const batchId = `batch-${first}`;
    const encoder = new TextEncoder();
    expect(
      this.#journal.appendSync(
        own.map((text) => encoder.encode(text)),
        batchId,
      ),
    ).toBe(first);
    texts.push(...own);
    batches.push([batchId, first]);
  }

  #check(from: number, limit: number): void {
    const { texts, trimmedBefore } = this.#model;
    for (const source of [this.#journal, this.#reader]) {
      const records = source.readSync(from, limit);
      const first = records[0]?.offset ?? from;
      expect(first).toBeGreaterThanOrEqual(from);
      if (first > from) expect(first).toBeLessThanOrEqual(trimmedBefore);
      expect(records.map((record) => record.offset)).toEqual(
        Array.from(
          { length: Math.max(0, Math.min(limit, texts.length - first + 1)) },
          (_, index) => first + index,
        ),
      );
      expect(textsOf(records)).toEqual(texts.slice(first - 1, first - 1 + limit));
    }
  }

  #open(): SqliteJournal {
    const journal = folders.open({
      directory: this.#directory,
      segmentBytes: 300,
      sealStep: (step) => {
        if (step !== this.#killAfter) return;
        this.#killAfter = null;
        this.#left = this.#copy();
      },
    });
    journal.newestSync();
    return journal;
  }
}

describe("whatever is appended, trimmed, sealed, killed and opened again in whatever order", () => {
  it("the journal and a reader beside it answer every record from the trimmed offset on, once and in order", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(0, 7),
        fc.array(step, { minLength: 5, maxLength: 40 }),
        async (oldRecords, steps) => {
          using journal = new UnderTest(oldRecords);
          for (const one of steps) await journal.take(one);
          journal.checkAll();
        },
      ),
      { numRuns: 20 },
    );
  });
});
