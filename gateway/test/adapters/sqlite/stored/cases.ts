import { PointReader } from "../../../../src/adapters/cases-sqlite/point-reader.ts";
import { CASES_MIGRATIONS } from "../../../../src/adapters/cases-sqlite/schema.ts";
import { SqliteCaseReader } from "../../../../src/adapters/cases-sqlite/sqlite-case-reader.ts";
import { SqliteCaseStore } from "../../../../src/adapters/cases-sqlite/sqlite-case-store.ts";
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
      holds: { ...HELD, points: [] },
    },
    {
      rows: `${FIRST}
        INSERT INTO point VALUES (17, '{"measurement":"vz.case","tags":{"device":"d-1"},"fields":{"n":1},"at":1000}')`,
      holds: {
        ...HELD,
        points: [
          {
            seq: 17,
            point: { measurement: "vz.case", tags: { device: "d-1" }, fields: { n: 1 }, at: 1_000 },
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
      cases: (await reader.cases({ limit: 10 })).items,
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
