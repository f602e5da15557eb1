import { expect, it } from "vitest";
import type { Offset } from "#domain/units.ts";
import type { Journal } from "#ports/journal.ts";

/** A journal under test; `registerConsumer` holds back the trim as a live consumer does. */
export type JournalUnderTest = Journal & {
  registerConsumer(name: string, consumed: () => Offset): void;
};

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const texts = (records: readonly { readonly bytes: Uint8Array }[]): readonly string[] =>
  records.map((record) => new TextDecoder().decode(record.bytes));

/** What the port promises; `open` answers an empty journal. */
export function journalContract(open: () => Promise<JournalUnderTest>): void {
  it("starts empty", async () => {
    await using journal = await open();
    expect(await journal.newest(0)).toBe(0);
    expect(await journal.read(0, 1, 10)).toEqual([]);
  });

  it("gives consecutive offsets and reads the records back in order", async () => {
    await using journal = await open();
    expect(await journal.append(0, [bytes("a"), bytes("b")], "one")).toEqual({ offset: 1 });
    expect(await journal.append(0, [bytes("c")], "two")).toEqual({ offset: 3 });
    const records = await journal.read(0, 1, 10);
    expect(records.map((record) => record.offset)).toEqual([1, 2, 3]);
    expect(texts(records)).toEqual(["a", "b", "c"]);
    expect(await journal.newest(0)).toBe(3);
  });

  it("stores a batch that is offered again only once", async () => {
    await using journal = await open();
    await journal.append(0, [bytes("a")], "one");
    const first = await journal.append(0, [bytes("b"), bytes("c")], "two");
    await journal.append(0, [bytes("d")], "three");
    expect(await journal.append(0, [bytes("b"), bytes("c")], "two")).toEqual(first);
    expect(texts(await journal.read(0, 1, 10))).toEqual(["a", "b", "c", "d"]);
  });

  it("reads at most as many records as asked, from the offset on", async () => {
    await using journal = await open();
    await journal.append(0, ["a", "b", "c", "d"].map(bytes), "one");
    expect(texts(await journal.read(0, 2, 2))).toEqual(["b", "c"]);
    expect(texts(await journal.read(0, 4, 2))).toEqual(["d"]);
    expect(await journal.read(0, 5, 2)).toEqual([]);
  });

  it("keeps empty and binary records byte for byte", async () => {
    await using journal = await open();
    const binary = Uint8Array.from({ length: 256 }, (_, index) => index);
    await journal.append(0, [new Uint8Array(0), binary], "one");
    const [empty, full] = await journal.read(0, 1, 2);
    expect(empty?.bytes.byteLength).toBe(0);
    expect([...(full?.bytes ?? [])]).toEqual([...binary]);
  });

  it("keeps batches of empty records, and large ones that are read in pages", async () => {
    await using journal = await open();
    const large = Array.from({ length: 3_000 }, (_, index) => bytes(`${index}`.padEnd(200, ".")));
    expect(await journal.append(0, [bytes(""), bytes("")], "empty")).toEqual({ offset: 1 });
    expect(await journal.append(0, large, "large")).toEqual({ offset: 3 });
    await journal.append(0, [bytes("last")], "last");
    const read: string[] = [];
    for (let from = 1; from <= 3_003; from += 701) {
      read.push(...texts(await journal.read(0, from, 701)));
    }
    expect(read).toEqual(["", "", ...texts(large.map((one) => ({ bytes: one }))), "last"]);
  });

  it("drops old records on a trim and keeps all from the given offset on", async () => {
    await using journal = await open();
    for (let n = 1; n <= 20; n += 1) await journal.append(0, [bytes(`r${n}`)], `b${n}`);
    await journal.trim(0, 15);
    const kept = (await journal.read(0, 1, 100)).map((record) => record.offset);
    expect(kept[0]).toBeGreaterThan(1);
    expect(kept[0]).toBeLessThanOrEqual(15);
    expect(kept.at(-1)).toBe(20);
    expect(await journal.newest(0)).toBe(20);
    expect(await journal.append(0, [bytes("r21")], "b21")).toEqual({ offset: 21 });
  });

  it("never trims what a registered consumer has not read", async () => {
    await using journal = await open();
    let consumed = 4;
    journal.registerConsumer("slow", () => consumed);
    for (let n = 1; n <= 20; n += 1) await journal.append(0, [bytes(`r${n}`)], `b${n}`);
    await journal.trim(0, 20);
    expect((await journal.read(0, 5, 1))[0]?.offset).toBe(5);
    consumed = 20;
    await journal.trim(0, 20);
    expect((await journal.read(0, 1, 1))[0]?.offset).toBeGreaterThan(5);
  });
}
