import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import type { Writes } from "../src/node-red/flow.ts";
import { flowOf, functionText } from "../src/node-red/flow.ts";

/** The function node without Node-RED: what it returns, sends and counts. */
function functionNode(writes: Writes) {
  const memory = () => {
    const values = new Map<string, unknown>();
    return {
      get: (key: string) => values.get(key),
      set: (key: string, value: unknown) => void values.set(key, value),
    };
  };
  const [context, flow] = [memory(), memory()];
  context.set("alerts", new Map());
  context.set("points", []);
  const alerts: unknown[] = [];
  const node = { send: ([, alert]: readonly unknown[]) => alerts.push(alert) };
  const text = `(function (msg) {${functionText(20, writes)}})`;
  const run = runInNewContext(text, { context, flow, node }) as (msg: unknown) => unknown;
  const take = (seq: number, ts: number, boiler_temp: number) =>
    run({
      topic: "vz1/espresso-pro/m-1/tele",
      payload: { seq, ts, m: { boiler_temp, state: "idle" } },
    });
  return { take, alerts, processed: () => flow.get("processed") };
}

describe("the function that stands for our rules in Node-RED", () => {
  it("tells a limit once when it has been passed for 30 s, and again only after it was clear", () => {
    const { take, alerts } = functionNode("each");
    take(1, 0, 151);
    take(2, 20_000, 151);
    expect(alerts).toEqual([]);
    take(3, 30_000, 151);
    take(4, 40_000, 151);
    expect(alerts).toEqual([{ payload: "m-1/limit-0" }]);
    take(5, 50_000, 100);
    take(6, 60_000, 151);
    take(7, 90_000, 151);
    expect(alerts).toHaveLength(2);
  });

  it("hands on every message as a point, or a thousand at a time", () => {
    const each = functionNode("each");
    expect(JSON.stringify(each.take(3, 5, 90))).toBe(
      '[{"payload":[[{"boiler_temp":90,"state":"idle","time":5003},{"device":"m-1"}]]},null]',
    );
    const batch = functionNode("batch");
    const answers = Array.from({ length: 1_000 }, (_, index) => batch.take(index, index, 90));
    expect(answers.slice(0, -1).every((answer) => answer === null)).toBe(true);
    expect(JSON.stringify(answers.at(-1))).toContain('"timestamp":999999');
    expect(batch.processed()).toBe(1_000);
  });

  it("has all its wires connected", () => {
    const flow = flowOf({ mqttPort: 1, influxPort: 2, database: "d", limits: 20, writes: "each" });
    const ids = flow.map(({ id }) => id);
    const wires = flow.flatMap(({ wires: ends }) => (ends as string[][] | undefined)?.flat() ?? []);
    expect(ids).toEqual(expect.arrayContaining(wires));
  });
});
