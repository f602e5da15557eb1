import { describe, expect, it } from "vitest";
import { CommandDesk } from "../src/command-desk.ts";

const NOW_MS = Date.UTC(2026, 2, 2, 6);
const COMMAND = {
  id: "cmd-1",
  name: "restart",
  args: {},
  iat: NOW_MS,
  exp: NOW_MS + 60_000,
  ttl: 60,
  ctr: 1,
};

describe("the command desk of a device", () => {
  const desk = () => new CommandDesk({ run: () => ({ state: "failed", code: "jammed" }) });

  it("runs nothing after its time, by the device's clock", () => {
    expect(desk().answer(COMMAND, COMMAND.exp).state).toBe("failed");
    expect(desk().answer(COMMAND, COMMAND.exp + 1)).toMatchObject({
      state: "expired",
      code: "expired",
    });
  });

  it("without a clock counts only the time since receipt", () => {
    expect(desk().answer({ ...COMMAND, exp: 0 }, undefined).state).toBe("failed");
    expect(desk().answer({ ...COMMAND, exp: 0 }, undefined, 61_000).state).toBe("expired");
  });

  it("remembers the last 32 commands and no more", () => {
    const one = desk();
    for (let i = 0; i < 33; i += 1) one.answer({ ...COMMAND, id: `c${i}` }, NOW_MS);
    expect(one.answer({ ...COMMAND, id: "c32" }, NOW_MS)).toMatchObject({ was: "failed" });
    expect(one.answer({ ...COMMAND, id: "c1" }, NOW_MS).state).toBe("duplicate");
    expect(one.answer({ ...COMMAND, id: "c0" }, NOW_MS).state).toBe("failed");
  });

  it("refuses an old action under a new id, if it must not be done twice", () => {
    const ran: string[] = [];
    const one = new CommandDesk({
      run: ({ id }) => {
        ran.push(id);
        return { state: "succeeded" };
      },
      neverTwice: ["start_descale"],
    });
    const descale = { ...COMMAND, name: "start_descale" };
    one.answer({ ...descale, id: "new", ctr: 7 }, NOW_MS);
    expect(one.answer({ ...descale, id: "old", ctr: 7 }, NOW_MS)).toMatchObject({
      state: "rejected",
      code: "replayed",
    });
    one.answer({ ...COMMAND, id: "harmless", ctr: 3 }, NOW_MS);
    expect(ran).toEqual(["new", "harmless"]);
  });

  it("follows a command that takes a while, and tells a repeat how far it is", () => {
    const one = new CommandDesk({ run: () => ({ state: "accepted" }) });
    expect(one.answer(COMMAND, NOW_MS)).toEqual({ id: "cmd-1", state: "accepted" });
    expect(one.goesOn("cmd-1", { state: "progress", msg: "half" })).toMatchObject({ msg: "half" });
    expect(one.answer(COMMAND, NOW_MS)).toMatchObject({ state: "duplicate", was: "accepted" });
    expect(one.goesOn("cmd-1", { state: "succeeded" })).toMatchObject({ state: "succeeded" });
    expect(one.answer(COMMAND, NOW_MS)).toMatchObject({ state: "duplicate", was: "succeeded" });
    expect(one.goesOn("cmd-1", { state: "failed" })).toBeUndefined();
  });

  it("says after a reboot what the reboot cut short, once", () => {
    const one = new CommandDesk({ run: () => ({ state: "accepted" }) });
    one.answer(COMMAND, NOW_MS);
    expect(one.interrupted()).toMatchObject([
      { id: "cmd-1", state: "failed", code: "interrupted" },
    ]);
    expect(one.interrupted()).toEqual([]);
    expect(one.answer(COMMAND, NOW_MS)).toMatchObject({ state: "duplicate", was: "failed" });
  });
});
