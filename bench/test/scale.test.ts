import { describe, expect, it } from "vitest";
import { hotSpots } from "../src/cpu-profile.ts";
import { asciiTable, pointOf } from "../src/scale.ts";
import { scaleReport } from "../src/scale-report.ts";

const point = pointOf(
  { devices: 1_000, rules: 20 },
  { journal: 20, decide: 50, series: 30 },
  1_000,
);

describe("the rate of the stages", () => {
  it("is that of the slowest when each has a core, and of all together when they share one", () => {
    expect(point).toMatchObject({
      microseconds: { journal: 20, decide: 50, series: 30 },
      slowest: "decide",
      msgPerSecond: 20_000,
      msgPerCoreSecond: 10_000,
    });
  });

  it("is drawn with a bar as long as the best of all", () => {
    const slow = pointOf(
      { devices: 2_000, rules: 20 },
      { journal: 20, decide: 100, series: 30 },
      1_000,
    );
    const lines = asciiTable(
      "devices",
      [point, slow].map((one) => ({ ...one, hot: [] })),
    );
    expect(lines.map((line) => line.match(/#/g)?.length ?? 0)).toEqual([0, 40, 20]);
    expect(lines[2]).toContain("2000");
  });

  it("stands in a page with its profile, whose names are escaped", () => {
    const hot = [{ name: "<anonymous> a.ts", percent: 12.5 }];
    const html = scaleReport([
      { title: "By devices", axis: "devices", points: [{ ...point, hot }], x: (p) => p.devices },
    ]);
    expect(html).toContain("&lt;anonymous&gt; a.ts 12.5 %");
    expect(html).toContain("<svg");
  });
});

describe("a CPU profile", () => {
  it("sums the samples of a function over its places in the tree, idle time not counted", () => {
    const node = (functionName: string, url: string, hitCount: number) => ({
      callFrame: { functionName, url },
      hitCount,
    });
    const nodes = [
      node("apply", "file:///x/engine.ts", 30),
      node("(idle)", "", 500),
      node("apply", "file:///x/engine.ts", 30),
      node("(garbage collector)", "", 40),
      node("", "file:///x/a.ts", 0),
    ];
    expect(hotSpots(nodes, 2)).toEqual([
      { name: "apply engine.ts", percent: 60 },
      { name: "(garbage collector)", percent: 40 },
    ]);
  });
});
