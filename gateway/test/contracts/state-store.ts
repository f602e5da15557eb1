import { expect, it } from "vitest";
import type { StateStore } from "#ports/state-store.ts";

export function stateStoreContract(open: () => StateStore): void {
  it("answers offset 0 and no entries before the first snapshot", () => {
    using store = open();
    expect(store.load()).toEqual({ offset: 0, build: "", entries: [] });
  });

  it("loads the newest snapshot with the offset that it belongs to", () => {
    using store = open();
    store.save(10, "build-1", [
      { key: "device/pump-2", value: '{"n":1}' },
      { key: "device/pump-1", value: '{"n":2}' },
    ]);
    store.save(25, "build-2", [{ key: "device/pump-1", value: '{"n":3}' }]);
    expect(store.load()).toEqual({
      offset: 25,
      build: "build-2",
      entries: [
        { key: "device/pump-1", value: '{"n":3}' },
        { key: "device/pump-2", value: '{"n":1}' },
      ],
    });
  });

  it("forgets an entry that was removed", () => {
    using store = open();
    store.save(1, "b", [{ key: "case/c-1", value: "{}" }]);
    store.save(2, "b", [{ key: "case/c-1", value: undefined }]);
    expect(store.load().entries).toEqual([]);
  });

  it("moves the offset even when nothing changed", () => {
    using store = open();
    store.save(7, "b", []);
    expect(store.load().offset).toBe(7);
  });
}
