import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseService } from "#domain/service/parse-service.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "#domain/units.ts";
import { MailServer } from "./support/mail-server.ts";
import { DeviceScript, START } from "./support/records.ts";
import { RunningApp, TestDevice } from "./support/running-app.ts";
import { ShiftedClock } from "./support/shifted-clock.ts";

const TEXT = `
teams:
  Boilers:
    products: [boiler]
    mail: [[team@example.com], [chief@example.com]]
    digest: { cron: "* * * * *", timeZone: Europe/Amsterdam }
calendars:
  always: { timeZone: UTC, hours: always }
levels:
  - { name: all, firstResponse: 1h, solution: 8h, calendar: always }
`;

function serviceFile() {
  const file = { path: "service.yaml", text: TEXT };
  const parsed = parseService(file.path, file.text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return { file, service: parsed.service };
}

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "voorzorg-mail-"));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const start = (server: MailServer, clock: ShiftedClock): Promise<RunningApp> =>
  RunningApp.start({
    dataDir,
    clock,
    service: serviceFile(),
    config: {
      clock: "live",
      smtpUrl: `smtp://${server.address}`,
      mailFrom: "Voorzorg <voorzorg@gateway.example>",
      publicUrl: "https://gateway.example",
    },
  });

async function until(what: string, isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const subjects = (server: MailServer): readonly string[] =>
  server.received.map(({ mail, recipients }) => `${recipients.join()}: ${mail.subject}`);

test("a case that nobody takes is told to the team before its target, and to the next rung after it", async () => {
  await using server = await MailServer.start();
  const clock = ShiftedClock.at(START);
  const about = /esponse/;
  {
    await using app = await start(server, clock);
    {
      await using device = await TestDevice.connect(app, "b1");
      await device.send(new DeviceScript("b1").tele(clock.now(), { temp: 20 }));
    }
    clock.advance(45 * MINUTE_MS);
    await app.eventually<{ items: readonly unknown[] }>(
      "/api/cases",
      ({ items }) => items.length > 0,
    );
    clock.advance(50 * MINUTE_MS);
    const { items: cases } = await app.get<{ items: readonly { id: string }[] }>("/api/cases");
    const timeline = `/api/cases/${cases[0]?.id}`;
    await app.eventually<object>(timeline, (view) =>
      JSON.stringify(view).includes("target_warning"),
    );
    clock.advance(MINUTE_MS);
    await until("a warning", () =>
      server.received.some(({ mail }) => about.test(mail.subject ?? "")),
    );
    clock.advance(15 * MINUTE_MS);
    await app.eventually<object>(timeline, (view) =>
      JSON.stringify(view).includes("target_breached"),
    );
    // The notice is owed and has not gone out: it gathers for a minute.
  }
  const before = server.received.length;
  await using again = await start(server, clock);
  clock.advance(MINUTE_MS);
  await until("a breach", () => server.received.length > before);
  const told = subjects(server).filter((line) => about.test(line));
  expect(told.map((line) => line.split(":")[0])).toEqual(["team@example.com", "chief@example.com"]);
  expect(told[0]).toContain("The boiler is silent");
  expect(server.received[0]?.mail.text).toContain("https://gateway.example/cases/");
  expect((await again.get<{ outboxDue: number }>("/api/health")).outboxDue).toBe(0);
}, 40_000);

test("a digest that fell due while the gateway was down comes once, and never again after restarts", async () => {
  await using server = await MailServer.start();
  const clock = ShiftedClock.at(START);
  const mark = { team: "Boilers", dueAt: START - 7 * DAY_MS, state: "sent", at: 0, detail: "" };
  writeFileSync(join(dataDir, "digests.json"), JSON.stringify([mark]));
  for (let restart = 0; restart < 3; restart += 1) {
    await using app = await start(server, clock);
    await until("a digest", () => server.received.length > 0);
    await app.get("/api/health");
    clock.advance(HOUR_MS);
  }
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(subjects(server)).toEqual([
    "team@example.com: Boilers: 0 cases this week, none waits for a person",
  ]);
}, 40_000);
