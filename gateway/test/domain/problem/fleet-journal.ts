import { Engine } from "#domain/engine/engine.ts";
import type { JournalRecord } from "#domain/record.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "#domain/units.ts";
import { asks, Fleet } from "../../support/fleet.ts";
import { prng } from "../../support/prng.ts";
import { START } from "../../support/records.ts";

const SERVICE = `
teams:
  Care: { products: all, mail: [[care@example.com]] }
calendars:
  office: { timeZone: Europe/Amsterdam, hours: { mon: "08:00-17:00", wed: "20:00-04:00", fri: "08:00-12:00" } }
levels:
  - { name: all, firstResponse: 2h, solution: 1d, calendar: office }
`;

/**
 * A seeded journal of a fleet in which one batch breaks down, with agents who close, judge and reopen
 * cases and problems, new firmware, devices that come and go, owners who call, and downtime.
 */
export function fleetJournal(seed: number, count: number): readonly JournalRecord[] {
  const random = prng(seed);
  const below = (n: number): number => Math.floor(random() * n);
  const pick = <T>(items: readonly T[]): T => items[below(items.length)] as T;
  const fleet = new Fleet();
  const engine = new Engine();
  const records: JournalRecord[] = [];
  const cases: string[] = [];
  const problems: string[] = [];
  const attrs = (i: number) => ({ batch: i < 12 ? "7" : String(i % 4), region: String(i % 3) });
  const push = (...more: readonly JournalRecord[]): void => {
    for (const record of more) {
      records.push(record);
      for (const event of engine.apply(records.length, record)?.events ?? []) {
        if (event.kind === "opened") cases.push(event.caseId);
        if (event.kind === "problem_opened") problems.push(event.caseId);
      }
    }
  };
  push(...Fleet.head(SERVICE, START - 40 * DAY_MS));
  for (let i = 0; i < 80; i++) push(Fleet.put(`k${i}`, attrs(i), START - 40 * DAY_MS));
  let now = START;
  while (records.length < count) {
    now += below(random() < 0.02 ? 3 * DAY_MS : 2 * HOUR_MS) + MINUTE_MS;
    const bad = random() < 0.4;
    const i = bad ? below(12) : below(80);
    const device = `k${i}`;
    const caseId = pick(cases.length === 0 ? ["c-none"] : cases.slice(-30));
    const problem = pick(problems.length === 0 ? ["p-none"] : problems);
    const dice = random();
    if (dice < 0.4) push(fleet.event(device, "broke", now));
    else if (dice < 0.6) push(fleet.event(device, "mended", now));
    else if (dice < 0.7) push(fleet.event(device, "beeped", now));
    else if (dice < 0.74) push(fleet.birth(device, pick(["2.4.0", "2.4.1"]), now));
    else if (dice < 0.76) push(Fleet.put(device, attrs(below(80)), now));
    else if (dice < 0.77) {
      const put = Fleet.put(device, attrs(i), now);
      push({ ...put, change: "remove" } as JournalRecord, put);
    } else if (dice < 0.79) {
      const started = { kind: "service", event: "started", reason: "" } as const;
      push({ ...started, appendedAt: now + 5 * HOUR_MS, lastAliveAt: now });
      now += 5 * HOUR_MS;
    } else if (dice < 0.8) push(...Fleet.head(random() < 0.5 ? SERVICE : "", now).slice(0, 1));
    else if (dice < 0.96) {
      const about = { caseId, comment: "" };
      push(
        asks(
          pick([
            { name: "acknowledge", caseId },
            { name: "give_back", caseId },
            { name: "resolve", ...about },
            { name: "resolve", as: "wont_fix", ...about },
            { name: "reopen", ...about },
            { name: "verdict", verdict: "false_alarm", ...about },
            { name: "verdict", verdict: "sensor_fault", ...about },
            { name: "verdict", verdict: "duplicate", ...about },
            { name: "verdict", verdict: "confirmed", ...about },
            { name: "verdict", verdict: "deferred", ...about },
            { name: "comment", ...about, comment: "Seen." },
            { name: "owner_called", device, calledAt: now - below(DAY_MS), source: "phone" },
          ] as const),
          now,
        ),
      );
    } else if (dice < 0.985) {
      const name = pick(["problem_resolve", "problem_dissolve", "problem_comment"] as const);
      push(asks({ name, problem, comment: "Seen." }, now));
    } else push({ kind: "tick", appendedAt: now });
  }
  return records;
}
