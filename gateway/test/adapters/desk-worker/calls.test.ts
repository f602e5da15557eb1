import { MessageChannel } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { Calls } from "../../../src/adapters/desk-worker/calls.ts";

type Left = { readonly double: (n: number) => number };
type Right = {
  readonly greet: (who: { readonly name: string }) => Promise<string>;
  readonly fail: (given: null) => never;
};

describe("Calls between threads", () => {
  const { port1, port2 } = new MessageChannel();
  const left = new Calls<Left, Right>(port1, { double: (n) => n * 2 });
  const right = new Calls<Right, Left>(port2, {
    greet: async ({ name }) => `hello ${name}`,
    fail: () => {
      throw new Error("the desk is on fire");
    },
  });

  it("each side asks the other, and answers do not mix", async () => {
    const asked = [left.call("greet", { name: "a" }), left.call("greet", { name: "b" })];
    expect(await right.call("double", 21)).toBe(42);
    expect(await Promise.all(asked)).toEqual(["hello a", "hello b"]);
  });

  it("a failure arrives with the other side's words", async () => {
    await expect(left.call("fail", null)).rejects.toThrow("the desk is on fire");
  });

  it("a side that ended answers nobody any more, and says so", async () => {
    port1.removeAllListeners("message");
    const open = left.call("greet", { name: "late" });
    left.end("the gateway stops");
    await expect(open).rejects.toThrow("the gateway stops");
    await expect(left.call("greet", { name: "later" })).rejects.toThrow("the gateway stops");
    port1.close();
  });
});
