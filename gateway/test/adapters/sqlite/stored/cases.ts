import { PointReader } from "../../../../src/adapters/cases-sqlite/point-reader.ts";
import { CASES_MIGRATIONS } from "../../../../src/adapters/cases-sqlite/schema.ts";
import { SqliteCaseReader } from "../../../../src/adapters/cases-sqlite/sqlite-case-reader.ts";
import { SqliteCaseStore } from "../../../../src/adapters/cases-sqlite/sqlite-case-store.ts";
import { openReadOnly } from "../../../../src/adapters/sqlite/database.ts";
import type { StoredFile } from "./stored-file.ts";

const FIRST = `UPDATE meta SET applied = 4711;
        INSERT INTO case_event VALUES (4000, 0, 'c-1', 1000, 'opened', 'engine', 'above 135 Cel for 30 s'),
          (4001, 0, 'c-1', 2000, 'comment', 'agent-1', 'called the owner');
        INSERT INTO case_view VALUES ('c-1', 'd-1', 'boiler-overheats', 'fault', 'open', 'acting', 1000,
          '{"id":"c-1","status":"open"}'),
          ('c-2', 'd-2', 'never-descaled', 'misuse', 'resolved', 'resolved', 900, '{"id":"c-2","status":"resolved"}');
        INSERT INTO alert_view VALUES ('d-1/boiler-overheats/1', 'd-1', 'act', 1000, '{"level":"act"}');
        INSERT INTO device_view VALUES ('d-1', 'espresso-pro', 'online', 1, '{"id":"d-1"}'),
          ('d-2', 'espresso-pro', 'lost', 3, '{"id":"d-2"}');
        INSERT INTO outbox VALUES (1, 'command-1', 4000, 'd-1', 'command', 'retry', 2, 5000, 3000, 'offline',
          '{"id":"command-1"}'),
          (2, 'command-0', 3999, 'd-1', 'command', 'done', 1, 0, 3000, '', '{"id":"command-0"}');
        INSERT INTO quarantine VALUES (4002, 0, 1000, 'd-2', 'vz1/espresso-pro/d-2/tele', 'bad_json',
          'unexpected end', X'7b22');`;

/** A case that its second step fixed after it had come back once, as builds before the figures wrote it. */
const FIXED = `
        INSERT INTO case_view VALUES ('c-3', 'd-2', 'boiler-overheats', 'fault', 'resolved', 'done', 2000,
          '{"id":"c-3","product":"espresso-pro","severity":"urgent","status":"resolved","onsetAt":1500,"openedAt":2000,"resolvedAt":9000,"resolution":"fixed","verdict":"confirmed","actions":[{"id":"a-1","step":0,"kind":"command","startedAt":2100,"state":"succeeded","proof":"not_proved"},{"id":"a-2","step":1,"kind":"advice","startedAt":3000,"state":"delivered","proof":"proved"},{"id":"a-3","step":2,"kind":"command","startedAt":3500,"state":"cancelled","proof":"pending"}]}');
        INSERT INTO case_event VALUES (4003, 0, 'c-3', 2500, 'reopened', 'gateway', 'it came back'),
          (4004, 0, 'c-3', 8000, 'proved', 'gateway', 'telemetry shows it');`;

/** Columns of a case of which an old build told nothing more. */
const BARE = {
  product: "",
  severity: "",
  resolved_at: null,
  resolution: "",
  verdict: "",
  escalated_at: null,
  first_step_at: null,
  tried: 0,
  proved_at: null,
  fix: "",
  owner_called_at: null,
  found_before: 1,
  reopened: 0,
  disputed: 0,
  follows: "",
  problem: "",
  team: "",
  level: "",
  response_due_at: null,
  response_met_at: null,
  response_breached_at: null,
  solution_due_at: null,
  solution_met_at: null,
  solution_breached_at: null,
};

const BARE_FACTS = [
  {
    ...BARE,
    id: "c-1",
    device: "d-1",
    rule: "boiler-overheats",
    kind: "fault",
    onset_at: 1_000,
    opened_at: 1_000,
  },
  {
    ...BARE,
    id: "c-2",
    device: "d-2",
    rule: "never-descaled",
    kind: "misuse",
    onset_at: 900,
    opened_at: 900,
  },
];

const FIXED_FACT = {
  ...BARE,
  id: "c-3",
  device: "d-2",
  rule: "boiler-overheats",
  kind: "fault",
  product: "espresso-pro",
  severity: "urgent",
  onset_at: 1_500,
  opened_at: 2_000,
  resolved_at: 9_000,
  resolution: "fixed",
  verdict: "confirmed",
  first_step_at: 2_100,
  tried: 1,
  proved_at: 8_000,
  fix: "verified",
  reopened: 1,
};

const NOTHING_FOUND = { problems: [], fixes: [], remedies: [] };

const POINT = `
        INSERT INTO point VALUES (17, '{"measurement":"vz.case","tags":{"device":"d-1"},"fields":{"n":1},"at":1000}');`;
const POINTS = [
  {
    seq: 17,
    point: { measurement: "vz.case", tags: { device: "d-1" }, fields: { n: 1 }, at: 1_000 },
  },
];

const FOUND = `
        INSERT INTO problem_view VALUES ('p-1', 'espresso-pro', 'boiler-overheats', 'open', 3000, '{"id":"p-1","status":"open"}');
        INSERT INTO fix_view VALUES ('espresso-pro', 'boiler-overheats', 'set_heater/1', '{"step":"set_heater/1","tried":5}');
        INSERT INTO remedy_switch VALUES ('', '{"product":"","enabled":false}');
        INSERT INTO case_fact VALUES ('c-3', 'espresso-pro', 'd-2', 'boiler-overheats', 'fault', 'urgent', 1500, 2000, 9000,
          'fixed', 'confirmed', NULL, 2100, 1, 8000, 'verified', 1900, 0, 1, 2, 'c-0', 'p-1', 'coffee', 'gold', 2500, 2400, NULL, 8500, 9000, 8500);`;

const HELD = {
  applied: 4_711,
  counts: {
    devices: 2,
    online: 1,
    openCases: { fault: 1, misuse: 0, underuse: 0 },
    escalated: 0,
    quarantined: 1,
    outboxDue: 1,
  },
  cases: [
    { id: "c-1", status: "open" },
    { id: "c-2", status: "resolved" },
  ],
  timeline: [
    "opened by engine at 1000: above 135 Cel for 30 s",
    "comment by agent-1 at 2000: called the owner",
  ],
  alerts: [{ level: "act" }],
  devices: [{ id: "d-1" }, { id: "d-2" }],
  owed: [{ entry: { id: "command-1" }, attempts: 2, nextAt: 5_000 }],
  quarantine: [
    {
      offset: 4_002,
      n: 0,
      at: 1_000,
      device: "d-2",
      topic: "vz1/espresso-pro/d-2/tele",
      code: "bad_json",
      reason: "unexpected end",
      payload: Uint8Array.of(0x7b, 0x22),
    },
  ],
};

export const cases: StoredFile = {
  name: "cases.db",
  source: "cases-sqlite/schema.ts",
  migrations: CASES_MIGRATIONS,
  versions: [
    {
      rows: FIRST,
      holds: { ...HELD, ...NOTHING_FOUND, points: [], facts: BARE_FACTS },
    },
    {
      rows: `${FIRST} ${POINT} ${FIXED}`,
      holds: {
        ...HELD,
        ...NOTHING_FOUND,
        cases: [{ id: "c-3", status: "resolved" }, ...HELD.cases],
        points: POINTS,
        facts: [...BARE_FACTS, FIXED_FACT],
      },
    },
    {
      rows: `${FIRST} ${POINT} ${FOUND}`,
      holds: {
        ...HELD,
        points: POINTS,
        problems: [{ id: "p-1", status: "open" }],
        fixes: [{ step: "set_heater/1", tried: 5 }],
        remedies: [{ product: "", enabled: false }],
        facts: [
          {
            ...FIXED_FACT,
            owner_called_at: 1_900,
            found_before: 0,
            disputed: 2,
            follows: "c-0",
            problem: "p-1",
            team: "coffee",
            level: "gold",
            response_due_at: 2_500,
            response_met_at: 2_400,
            solution_due_at: 8_500,
            solution_met_at: 9_000,
            solution_breached_at: 8_500,
          },
        ],
      },
    },
  ],
  read: async (path) => {
    using store = new SqliteCaseStore({ path });
    using reader = new SqliteCaseReader(path);
    using points = new PointReader(path);
    const timeline = await reader.timeline("c-1");
    return {
      applied: store.applied(),
      points: points.after(0, 10),
      counts: await reader.counts(),
      cases: (await reader.cases({ limit: 10 })).items.map(({ id, status }) => ({ id, status })),
      problems: (await reader.problems({ limit: 10 })).items,
      fixes: await reader.fixes({}),
      remedies: await reader.remedies(),
      facts: factsOf(path),
      timeline: timeline.map(
        (event) => `${event.kind} by ${event.by} at ${event.at}: ${event.reason}`,
      ),
      alerts: (await reader.alerts({ limit: 10 })).items,
      devices: (await reader.devices({ limit: 10 })).items,
      owed: store.dueOutbox(10),
      quarantine: (await reader.quarantine({ limit: 10 })).items,
    };
  },
};

function factsOf(path: string): readonly unknown[] {
  const db = openReadOnly(path);
  const rows = db.prepare("SELECT * FROM case_fact ORDER BY id").all();
  db.close();
  return rows.map((row) => ({ ...row }));
}
