import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/**
 * Small made-up sets of every kind with alarms strewn over them, seeded: the figures of a referee
 * that was written by others were recorded for exactly these.
 */
export async function writeTinySets(dir: string, seed: number): Promise<string> {
  const random = generator(seed);
  const lines: string[] = [];
  for (const [name, make] of Object.entries(SETS)) {
    const set = make(random);
    const path = join(dir, name);
    await mkdir(join(path, "series"), { recursive: true });
    const devices = Object.entries(set.devices);
    const protocol = {
      scorer: name,
      devices: Object.fromEntries(devices.map(([id, d]) => [id, d.protocol])),
    };
    await writeFile(
      join(path, "meta.json"),
      JSON.stringify({ name, protocol, published: [], baselines: [] }),
    );
    await writeFile(
      join(path, "devices.csv"),
      `device,product,attrs,cohort\n${devices.map(([id]) => `${id},x,"{}",`).join("\n")}\n`,
    );
    await writeFile(
      join(path, "labels.json"),
      JSON.stringify(Object.fromEntries(devices.map(([id, { labels }]) => [id, labels]))),
    );
    for (const [id, { stamps }] of devices) {
      const rows = stamps.map((at) => `${iso(at)},1`).join("\n");
      await writeFile(join(path, "series", `${id}.csv.gz`), gzipSync(`ts,v\n${rows}\n`));
      lines.push(...strew(name, id, stamps, random));
    }
  }
  const alarms = join(dir, "alarms.ndjson");
  await writeFile(alarms, `${lines.join("\n")}\n`);
  return alarms;
}

interface TinyDevice {
  readonly stamps: readonly number[];
  readonly labels: readonly object[];
  readonly protocol: object;
}
interface TinySet {
  readonly devices: Readonly<Record<string, TinyDevice>>;
}
type Random = () => number;

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2020, 0, 1);

const iso = (at: number): string => new Date(at).toISOString();
const every = (n: number, step: number) => Array.from({ length: n }, (_, i) => START + i * step);
const spanOf = (stamps: readonly number[]) => ({
  from: iso(stamps[0] ?? 0),
  to: iso(stamps.at(-1) ?? 0),
});
const label = (stamps: readonly number[], first: number, last: number, more: object = {}) => ({
  from: iso(stamps[first] ?? 0),
  to: iso(stamps[last] ?? 0),
  kind: "anomaly",
  what: "made up",
  ...more,
});

/** Repeated and backward stamps are part of what is judged. */
function disorderly(stamps: readonly number[]): readonly number[] {
  const out = [...stamps];
  for (let i = 40; i + 2 < out.length; i += 97) {
    out[i] = out[i - 1] ?? 0;
    [out[i + 1], out[i + 2]] = [out[i + 2] ?? 0, out[i + 1] ?? 0];
  }
  return out;
}

const SETS: Readonly<Record<string, (random: Random) => TinySet>> = {
  nab: () => ({
    devices: {
      "nab-a": nabDevice(disorderly(every(1_200, 5 * MINUTE)), [
        [300, 360],
        [700, 745],
      ]),
      "nab-b": nabDevice(every(400, HOUR), [
        [30, 70],
        [200, 240],
      ]),
      "nab-none": nabDevice(every(500, 5 * MINUTE), []),
    },
  }),
  skab: () => {
    const stamps = every(900, SECOND);
    const eventful = (onset: number, end: number): TinyDevice => ({
      stamps,
      labels: [
        label(stamps, onset, end, { what: "segment" }),
        label(stamps, onset, onset, { what: "changepoint" }),
      ],
      protocol: {},
    });
    return {
      devices: {
        "skab-a": eventful(560, 800),
        "skab-b": eventful(600, 899),
        free: { stamps, labels: [], protocol: {} },
      },
    };
  },
  pdm: (random) => {
    const machine = (group: string): TinyDevice => {
      const stamps = every(24 * 40, HOUR);
      const failures = [5, 300, 300, 620].map((hour) =>
        Math.min(959, hour + Math.floor(random() * 90)),
      );
      return {
        stamps,
        labels: failures.map((row) => label(stamps, row, row)),
        protocol: { group, observed: spanOf(stamps) },
      };
    };
    return {
      devices: { m1: machine("telemetry"), m2: machine("telemetry"), m3: machine("events-only") },
    };
  },
  batadal: () => {
    const stamps = every(24 * 60, HOUR);
    const scored = { from: iso(stamps[480] ?? 0), to: iso(stamps[1_400] ?? 0) };
    const labels = [
      [500, 560],
      [700, 790],
      [1_100, 1_110],
    ].map(([a = 0, b = 0]) => label(stamps, a, b));
    return { devices: { net: { stamps, labels, protocol: { scored } } } };
  },
  underuse: () => {
    const stamps = every(200, DAY);
    const device = (drop: number | undefined, keptShare = 0): TinyDevice => ({
      stamps,
      labels: drop === undefined ? [] : [label(stamps, drop, 199, { keptShare })],
      protocol: { scored: { from: iso(stamps[28] ?? 0), to: iso(stamps[199] ?? 0) } },
    });
    return {
      devices: {
        u1: device(80),
        u2: device(120, 0),
        u3: device(60, 0.5),
        u4: device(100, 0.5),
        u5: device(90, 0.25),
        c1: device(undefined),
        c2: device(undefined),
      },
    };
  },
  cmapss: (random) => {
    const engine = (cyclesLeft: number): TinyDevice => {
      const stamps = every(150 + Math.floor(random() * 100), DAY);
      const end = (stamps.at(-1) ?? 0) + cyclesLeft * DAY;
      const life = {
        from: iso(end),
        to: iso(end),
        kind: "fault",
        what: "end",
        cyclesLeftAtSeriesEnd: cyclesLeft,
      };
      return { stamps, labels: [life], protocol: { observed: spanOf(stamps) } };
    };
    return {
      devices: { e1: engine(0), e2: engine(0), e3: engine(0), e4: engine(20), e5: engine(80) },
    };
  },
  gecco: () => {
    const stamps = every(6_000, MINUTE);
    const labels = [
      [10, 30],
      [1_000, 1_020],
      [2_500, 2_560],
      [5_980, 5_999],
    ].map(([a = 0, b = 0]) => label(stamps, a, b));
    return { devices: { station: { stamps, labels, protocol: {} } } };
  },
};

function nabDevice(
  stamps: readonly number[],
  windows: readonly (readonly [number, number])[],
): TinyDevice {
  const scored = { from: iso(stamps[100] ?? 0), to: iso(stamps.at(-1) ?? 0) };
  const labels = windows.map(([a, b]) =>
    label(stamps, a, b, { at: iso(stamps[(a + b) >> 1] ?? 0) }),
  );
  return { stamps, labels, protocol: { scored } };
}

function strew(set: string, device: string, stamps: readonly number[], random: Random): string[] {
  const length = (stamps.at(-1) ?? 0) - START;
  return Array.from({ length: 2 + Math.floor(random() * 9) }, () => {
    const from = stamps[Math.floor(random() * stamps.length)] ?? START;
    const offset = random() < 0.3 ? 1_500 : 0;
    const lasts = Math.floor(random() ** 4 * length * 0.3);
    const to = random() < 0.08 ? null : iso(from + offset + lasts);
    return JSON.stringify({
      set,
      device,
      from: iso(from + offset),
      to,
      level: random() < 0.5 ? "watch" : "act",
      rule: "made-up",
    });
  });
}

/** Small seeded generator (mulberry32). */
function generator(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
