import fc from "fast-check";
import { expect, test } from "vitest";
import { createRtDesk } from "../../../src/adapters/desk-rt/rt-desk.ts";
import { got } from "../../contracts/desk-samples.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { rtSettings } from "../../support/rt/rt-settings.ts";

interface Row {
  readonly id: number;
  /** The gateway may not see it; RT takes it out after it cut the page. */
  readonly hidden: boolean;
}

/** As much of RT as its changes need, with rows that a test puts in. */
class Transactions {
  rows: Row[] = [];

  readonly fetch: typeof fetch = async (input) => {
    const { pathname, searchParams } = new URL(String(input));
    if (pathname.endsWith("/transactions")) return this.#page(searchParams);
    if (pathname.includes("/user/")) return Response.json({ Name: "gateway-bot" });
    if (pathname.endsWith("/tickets")) return Response.json({ items: [] });
    const field = (name: string, at: number) => ({ id: at + 1, name });
    const TicketCustomFields = Object.values(rtSettings("http://rt.invalid").fields).map(field);
    return Response.json({
      id: 3,
      Name: decodeURIComponent(pathname.split("/").at(-1) ?? ""),
      TicketCustomFields,
    });
  };

  #page(asked: URLSearchParams): Response {
    const after = Number(/id > (\d+)/.exec(asked.get("query") ?? "")?.[1]);
    const size = Number(asked.get("per_page"));
    const up = asked.get("order") === "ASC" ? 1 : -1;
    const rows = this.rows.filter(({ id }) => id > after).toSorted((a, b) => up * (a.id - b.id));
    const from = size * (Number(asked.get("page")) - 1);
    const items = rows.slice(from, from + size).filter(({ hidden }) => !hidden);
    return Response.json({ items: items.map(({ id }) => transaction(id)) });
  }
}

const transaction = (id: number) => ({
  id: String(id),
  ObjectId: "1",
  Type: "Set",
  Field: "Subject",
  OldValue: "",
  NewValue: `subject ${id}`,
  Creator: { id: "agent.anna" },
  Created: "2026-03-02T10:00:00Z",
});

test("every change is told once, whatever is hidden, however late a row is to be seen", async () => {
  const arrival = fc.record({ hidden: fc.boolean(), late: fc.integer({ min: 0, max: 3 }) });
  const burst = fc.array(arrival, { maxLength: 150 });
  await fc.assert(
    fc.asyncProperty(fc.array(burst, { minLength: 1, maxLength: 8 }), async (bursts) => {
      const rt = new Transactions();
      const clock = new ManualClock(1_000_000);
      const desk = createRtDesk({
        settings: rtSettings("http://rt.invalid", { requestsPerMinute: 60_000 }),
        secrets: { token: "1-39-00", hookSecret: "" },
        clock,
        fetch: rt.fetch,
      });
      let { cursor } = got(await desk.changes(""));
      const told: string[] = [];
      const waiting: { readonly row: Row; readonly at: number }[] = [];
      let id = 0;
      for (let poll = 0; poll < bursts.length + 4; poll++) {
        for (const { hidden, late } of bursts[poll] ?? []) {
          id += 1;
          waiting.push({ row: { id, hidden }, at: poll + late });
        }
        rt.rows = waiting.filter(({ at }) => at <= poll).map(({ row }) => row);
        for (let more = true; more; ) {
          const page = got(await desk.changes(cursor));
          told.push(...page.changes.map((change) => change.id));
          ({ cursor, more } = page);
        }
        await clock.advance(20_000);
      }
      const visible = waiting.filter(({ row }) => !row.hidden).map(({ row }) => row.id);
      expect(told.map(Number).toSorted((a, b) => a - b)).toEqual(visible);
    }),
    { numRuns: 25 },
  );
});

test("the place stays small, and an idle desk is asked once per poll", async () => {
  const rt = new Transactions();
  const clock = new ManualClock(1_000_000);
  let asked = 0;
  const desk = createRtDesk({
    settings: rtSettings("http://rt.invalid", { requestsPerMinute: 60_000 }),
    secrets: { token: "1-39-00", hookSecret: "" },
    clock,
    fetch: rt.fetch,
    observe: () => {
      asked += 1;
    },
  });
  let { cursor } = got(await desk.changes(""));
  rt.rows = Array.from({ length: 1_000 }, (_, at) => ({ id: at + 1, hidden: false }));
  for (let more = true; more; ) ({ cursor, more } = got(await desk.changes(cursor)));
  expect(cursor.length).toBeLessThan(3_000);
  await clock.advance(180_000);
  ({ cursor } = got(await desk.changes(cursor)));
  asked = 0;
  ({ cursor } = got(await desk.changes(cursor)));
  expect(asked).toBe(1);
  expect(cursor).toBe('{"after":1000,"seen":[]}');
});
