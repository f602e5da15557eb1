import { describe, expect, test } from "vitest";
import type { Alarm } from "#pipeline/backtest/play-group.ts";
import { lane, plot } from "#pipeline/backtest/report/chart.ts";
import type { Label } from "#pipeline/backtest/report/examples.ts";
import { pickExamples } from "#pipeline/backtest/report/examples.ts";
import { shownNumber } from "#pipeline/backtest/report/markup.ts";
import { reportPage } from "#pipeline/backtest/report/page.ts";
import { Window } from "#pipeline/backtest/report/window.ts";

const alarm = (
  device: string,
  from: number,
  to: number | null,
  level: Alarm["level"] = "act",
): Alarm => ({
  device,
  rule: "r",
  level,
  from,
  to,
  evidence: null,
});
const label = (device: string, from: number, to = from): Label => ({
  device,
  from,
  to,
  kind: "fault",
  what: "worn",
});
const pick = (alarms: readonly Alarm[], labels: readonly Label[], leadMs = 50) =>
  pickExamples(alarms, { list: labels, leadMs }, () => 1).map(
    ({ kind, device, label: l, alarm: a }) =>
      `${kind} ${device} ${l?.from ?? "-"} ${a?.from ?? "-"}`,
  );

describe("what is shown", () => {
  test("an alarm during a label hits it, one outside is false, a label without one is missed", () => {
    expect(
      pick([alarm("a", 12, 14), alarm("a", 90, 95)], [label("a", 10, 20), label("b", 10, 20)]),
    ).toEqual(["hit a 10 12", "miss b 10 -", "false_alarm a - 90"]);
  });

  test("a failure is one moment: the alarm must begin before it, at most the horizon", () => {
    expect(
      pick(
        [alarm("a", 60, 61), alarm("b", 40, null), alarm("c", 101, 102)],
        ["a", "b", "c"].map((d) => label(d, 100)),
      ),
    ).toEqual([
      "hit a 100 60",
      "miss b 100 -",
      "miss c 100 -",
      "false_alarm b - 40",
      "false_alarm c - 101",
    ]);
  });

  test("an act stands for a hit before a watch that came earlier", () => {
    expect(pick([alarm("a", 11, 15, "watch"), alarm("a", 13, 15)], [label("a", 10, 20)])).toEqual([
      "hit a 10 13",
    ]);
  });

  test("at most three of each, of different devices where there are as many", () => {
    const devices = ["a", "b", "c", "d", "e"];
    const alarms = devices.flatMap((d) => [1, 2, 3].map((from) => alarm(d, from, from)));
    expect(pick(alarms, [])).toEqual([
      "false_alarm a - 1",
      "false_alarm c - 1",
      "false_alarm e - 1",
    ]);
  });

  test("without labels there are only alarms", () => {
    expect(pickExamples([alarm("a", 1, 2)], undefined, () => 1).map(({ kind }) => kind)).toEqual([
      "alarm",
    ]);
  });
});

describe("a chart", () => {
  const seen = () => {
    const window = new Window(0, 1_000);
    for (let at = 0; at <= 1_000; at += 10) {
      window.take({
        kind: "row",
        tsMs: at,
        values: { x: at === 500 ? 99 : 1, on: true, s: "text" },
      });
    }
    return window;
  };
  const marks = { limits: [], bands: [], onsetAt: undefined, unit: "" };

  test("keeps every spike and shows only what are numbers", () => {
    expect(seen().signals).toEqual(["x", "on"]);
    expect(plot(seen(), "x", marks)).toContain("x: 1 to 99");
  });

  test("draws the limit of its own signal, also where no reading reached it", () => {
    const limits = [
      { signal: "x", op: ">", value: 150 },
      { signal: "on", op: ">", value: 7 },
    ] as const;
    const svg = plot(seen(), "x", { ...marks, limits });
    expect(svg).toContain("limit 150");
    expect(svg.match(/class="limit"/g)).toHaveLength(1);
  });

  test("breaks the line where nothing was heard", () => {
    const window = new Window(0, 1_000);
    for (const at of [0, 10, 20, 900, 910])
      window.take({ kind: "row", tsMs: at, values: { x: 1 } });
    expect(plot(window, "x", marks).match(/M\d/g)).toHaveLength(2);
  });

  test("shows a bar at the very end too", () => {
    expect(lane(seen(), { tone: "label", from: 1_000, to: 1_000, text: "end" })).toContain(
      "left:99.20%",
    );
  });

  test("of nothing known says so", () => {
    expect(plot(new Window(0, 1), "x", marks)).toContain("nothing known");
  });
});

test("text of rules and recordings is never markup", () => {
  const window = new Window(0, 100);
  window.take({ kind: "event", tsMs: 5, code: "<b>code</b>", attrs: {} });
  const shown = {
    example: {
      kind: "miss",
      device: "<i>",
      label: { ...label("<i>", 1, 2), what: '"><script>' },
      alarm: undefined,
      from: 0,
      to: 100,
    },
    window,
    alarms: [],
    labels: [],
    rule: undefined,
    unitOf: () => "",
  } as const;
  const page = reportPage([{ name: "a&b", summary: "<u>", hasLabels: true, shown: [shown] }]);
  expect(page).not.toMatch(/<b>|<i>|<u>|<script/);
  expect(page).toContain("No rule fired on this device at any time.");
});

test.each([
  [0, "0"],
  [6.54321, "6.543"],
  [1432.51, "1432.5"],
  [12345.678, "12346"],
  [-0.00012, "-1.20e-4"],
  [2.5e9, "2.50e+9"],
])("%d is shown as %s", (value, text) => {
  expect(shownNumber(value)).toBe(text);
});
