import { DESK_MIGRATIONS } from "../../../../src/adapters/desk-sqlite/schema.ts";
import { SqliteDeskStore } from "../../../../src/adapters/desk-sqlite/sqlite-desk-store.ts";
import type { StoredFile } from "./stored-file.ts";

export const desk: StoredFile = {
  name: "desk.db",
  source: "desk-sqlite/schema.ts",
  migrations: DESK_MIGRATIONS,
  versions: [
    {
      rows: `UPDATE feed SET offset = 4711, n = 2;
        INSERT INTO lane (id, desk, subject, state, wanted, done, owed_since, due_at, attempts, reason, lease_by,
          lease_until, changed_at, creating, news, memo, agents)
        VALUES (1, 'rt', 'c-1', 'dead', 3, 2, 1000, 2000, 4, 'no such queue', '', 0, 2000, 0,
          '{"changes":2,"clearedAt":0,"againAt":900,"againWhy":"again","reopenedAt":0,"reopenedWhy":"",
            "resolvedAt":0,"resolvedBy":"","resolvedWhy":"","touchedBy":"anna"}',
          '{"kind":"case","number":1,"attempt":null,"ticket":{"id":"17","reference":"c-1","revision":5},
            "earlier":["9"],"problem":"","notKept":0}',
          '{"touchedBy":"anna","severity":true,"status":"open","agentStatus":"open","ownStatusSeen":0,
            "ownCommentAt":0,"mergedInto":"","rechecks":1,"reopenedAt":[]}');
        INSERT INTO ticket VALUES ('rt', '17', 'c-1'), ('rt', '9', 'c-1');
        INSERT INTO desk VALUES ('rt', '4242', '', 0);
        INSERT INTO seen VALUES ('rt', '4241', 1000);
        INSERT INTO parked VALUES (1, 'rt', '4240', '17', 1000,
          '{"id":"4240","ticket":"17","at":1000,"by":"anna","own":false,"kind":"comment","text":"on my way"}');
        INSERT INTO orphan VALUES ('rt', '18', 1000);`,
      holds: {
        position: { offset: 4_711, n: 2 },
        dead: [["c-1", "no such queue", 4, "17", 5, "anna", 2, ["9"]]],
        tickets: ["c-1"],
        cursor: "4242",
        seen: true,
        parked: ["on my way"],
        orphans: [["18", 1_000]],
        figures: { owed: 0, oldestOwedAt: null, tickets: 2, dead: 1 },
      },
    },
  ],
  read: (path) => {
    using store = new SqliteDeskStore(path);
    return {
      position: store.position(),
      dead: store
        .dead("rt", 9)
        .map(({ subject, reason, attempts, memo, agents, news }) => [
          ...[subject, reason, attempts, memo.ticket?.id, memo.ticket?.revision],
          ...[agents.touchedBy, news.changes, memo.earlier],
        ]),
      tickets: store.lanesOfTicket("rt", "9").map(({ subject }) => subject),
      cursor: store.cursor("rt"),
      seen: store.seen("rt", "4241"),
      parked: store.parkedKnown("rt", 9).map((one) => one.kind === "comment" && one.text),
      orphans: [...store.orphans("rt", ["18"], 2_000)],
      figures: store.figures("rt"),
    };
  },
};
