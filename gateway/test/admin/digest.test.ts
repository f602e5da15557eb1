import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DAY_MS } from "#domain/units.ts";
import { SqliteCaseStore } from "../../src/adapters/cases-sqlite/sqlite-case-store.ts";
import { SystemClock } from "../../src/adapters/system-clock/system-clock.ts";
import { adminCli } from "../../src/admin/commands.ts";
import { caseView, noViews } from "../support/case-samples.ts";
import { MailServer } from "../support/mail-server.ts";
import { tempFolder } from "../support/temp-folder.ts";

const SERVICE = `
teams:
  Coffee corner:
    products: [espresso-pro]
    mail: [[ann@example.com]]
    digest: { cron: "0 7 * * 1", timeZone: Europe/Amsterdam }
  Rest: { products: all, mail: [[hal@example.com]] }
calendars:
  always: { timeZone: UTC, hours: always }
levels:
  - { name: all, firstResponse: 1h, solution: 8h, calendar: always }
`;

const folder = tempFolder();
afterAll(() => folder[Symbol.dispose]());

beforeAll(() => {
  writeFileSync(join(folder.path, "service.yaml"), SERVICE);
  using store = new SqliteCaseStore({ path: join(folder.path, "cases.db") });
  const openedAt = new SystemClock().now() - DAY_MS;
  const view = caseView("c-1", { rule: "boiler-overheats", stage: "escalated", openedAt });
  store.commit(1, [], { ...noViews, cases: [view] });
});

async function digest(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const lines: string[] = [];
  const errors: string[] = [];
  const code = await adminCli(
    {
      args: ["digest", ...args],
      folder: folder.path,
      clock: new SystemClock(),
      err: (text) => void errors.push(text),
      env: { VOORZORG_DATA_DIR: ".", VOORZORG_SERVICE_FILE: "service.yaml", ...env },
    },
    {
      out: async (line) => void lines.push(line),
      progress: () => undefined,
      now: () => 0,
      build: "",
    },
  );
  return { code, out: lines.join("\n"), err: errors.join("") };
}

describe("admin digest", () => {
  it("prints what the team would get, with the titles of the rules, and sends nothing", async () => {
    const { code, out, err } = await digest(["Coffee", "corner"]);
    expect(err).toBe("");
    expect(code).toBe(0);
    expect(out).toContain("Subject: Coffee corner: 1 case this week, 1 waits for a person");
    expect(out).toMatch(/1 × .*[A-Z]/);
  });

  it("sends it when asked to", async () => {
    await using server = await MailServer.start();
    const mail = {
      VOORZORG_SMTP_URL: `smtp://${server.address}`,
      VOORZORG_MAIL_FROM: "voorzorg@gateway.example",
    };
    const { code, out } = await digest(["Coffee", "corner", "--send"], mail);
    expect(code).toBe(0);
    expect(out).toContain("Sent: 127.0.0.1 answered");
    expect(server.received[0]?.recipients).toEqual(["ann@example.com"]);
  });

  it("says which teams there are, and what is missing to send", async () => {
    const unknown = await digest(["Tea"]);
    expect(unknown.code).toBe(1);
    expect(unknown.err).toContain('no team "Tea"; there are Coffee corner, Rest');
    const unsent = await digest(["Coffee", "corner", "--send"]);
    expect(unsent).toMatchObject({ code: 1, err: expect.stringContaining("VOORZORG_SMTP_URL") });
    const bare = await digest(["Tea"], { VOORZORG_SERVICE_FILE: "" });
    expect(bare.err).toContain("no service file is configured");
  });
});
