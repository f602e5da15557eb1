import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import type { Alarm } from "../../src/detection/alarms.ts";
import {
  atLevel,
  episodes,
  notices,
  readAlarms,
  rowsInAlarm,
  startRows,
} from "../../src/detection/alarms.ts";
import { rankQuantile } from "../../src/detection/figures.ts";
import { readSets } from "../../src/detection/labelled-set.ts";
import { SET_KINDS } from "../../src/detection/set-kinds.ts";
import { detectionTable, goalsOf } from "../../src/detection/table.ts";
import { TempDir } from "../../src/temp-dir.ts";
import { writeTinySets } from "./tiny-sets.ts";

type Recorded = Readonly<
  Record<string, Readonly<Record<string, Readonly<Record<string, object>>>>>
>;

const recorded = JSON.parse(
  await readFile(new URL("referee.expected.json", import.meta.url), "utf8"),
) as Recorded;

async function scored(seed: number) {
  await using dir = await TempDir.create("voorzorg-scores-");
  const alarms = readAlarms(await readFile(await writeTinySets(dir.path, seed), "utf8"));
  const sets = await readSets(dir.path, []);
  return sets.map((set) => {
    const kind = SET_KINDS[set.meta.scorer];
    if (kind === undefined) throw new Error(`no kind ${set.meta.scorer}`);
    const at = (level: "watch" | "act") => kind.score(set, atLevel(alarms.get(set.name), level));
    return { set, kind, watch: at("watch"), act: at("act") };
  });
}

describe("the scores agree with the figures that the referee gave, to the last digit", () => {
  test.each(Object.keys(recorded))("for the sets and alarms made from seed %s", async (seed) => {
    const sets = await scored(Number(seed));
    expect(sets.map(({ set }) => set.name)).toEqual(Object.keys(SET_KINDS).sort());
    for (const { set, watch, act } of sets) {
      const { slowestD: _watch, ...watchFigures } = watch;
      const { slowestD: _act, ...actFigures } = act;
      expect({ set: set.name, watch: watchFigures, act: actFigures }).toEqual({
        set: set.name,
        ...recorded[seed]?.[set.name],
      });
    }
  });
});

test("one table holds every set with its figures, what must be reached, and what was", async () => {
  const table = detectionTable(await scored(1)).join("\n");
  for (const name of Object.keys(SET_KINDS)) expect(table).toMatch(new RegExp(`^${name} `, "m"));
  expect(table).toMatch(/^set +metric +watch +act +published +simple +no look +must +aim$/m);
  expect(table).toMatch(/must: S >= 0.90, all attacks: NOT met/);
});

test("a goal is met only when all its figures are reached at one level", async () => {
  const [nab] = (await scored(1)).filter(({ set }) => set.name === "nab");
  if (nab === undefined) throw new Error("no nab");
  const judged = (watch: object, act: object) =>
    goalsOf({ ...nab, watch: { ...watch }, act: { ...act } }).map(({ metAt }) => metAt);
  const good = { standard: 76, falsePer30d: 0.8 };
  expect(judged(good, { standard: 61, falsePer30d: 1.6 })).toEqual([["watch"], ["watch"]]);
  expect(judged({ standard: 90, falsePer30d: 2 }, { standard: 20, falsePer30d: 0 })).toEqual([
    [],
    [],
  ]);
  expect(judged({}, { standard: 60, falsePer30d: 1.5 })).toEqual([["act"], []]);
});

describe("alarms", () => {
  const alarm = (from: number, to: number, level: Alarm["level"] = "watch"): Alarm => ({
    from,
    to,
    level,
    rule: "r",
  });

  test("less than the gap apart are one episode", () => {
    expect(episodes([alarm(0, 5), alarm(9, 10), alarm(14, 15)], 4)).toEqual([
      { from: 0, to: 5 },
      { from: 9, to: 10 },
      { from: 14, to: 15 },
    ]);
    expect(episodes([alarm(0, 5), alarm(8, 10), alarm(9, 9)], 4)).toEqual([{ from: 0, to: 10 }]);
  });

  test("that rise to act inside an episode tell somebody once more", () => {
    expect(notices([alarm(0, 10), alarm(4, 6, "act"), alarm(30, 31, "act")], 5)).toEqual([
      { from: 0, to: 10, starts: [0, 4] },
      { from: 30, to: 31, starts: [30] },
    ]);
  });

  test("cover the rows from their first to their last moment, in any order of rows", () => {
    expect(rowsInAlarm([3, 1, 2, 9, 5], [alarm(2, 3), alarm(5, 5)])).toEqual([
      true,
      false,
      true,
      false,
      true,
    ]);
  });

  test("that start at a repeated stamp take its rows in turn", () => {
    expect(
      startRows([1, 2, 2, 3], [alarm(2, 2), alarm(2, 2), alarm(2, 2), alarm(2.5, 3), alarm(4, 4)]),
    ).toEqual([1, 2, 2, 3, -1]);
  });

  test.each([
    ["{", "line 1: not JSON"],
    ['{"set":"a","device":"b","from":"2020-01-01T00:00:00Z","to":null,"level":"high"}', "level is"],
    ['{"set":"a","device":"b","from":"soon","to":null,"level":"act"}', "from or to"],
    ['{"device":"b","from":"2020-01-01T00:00:00Z","to":null,"level":"act"}', "set or device"],
  ])("that cannot be read are refused with their line: %s", (line, why) => {
    expect(() => readAlarms(`${line}\n`)).toThrow(why);
  });
});

test.each([
  [[], 0.5, null],
  [[3, 1, 2], 0.5, 2],
  [[4, 1, 2, 3], 0.5, 3],
  [[1, 2], 1, 2],
])("the quantile of %j at %d is %j", (values, p, expected) => {
  expect(rankQuantile(values, p)).toBe(expected);
});
