import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MINUTE_MS } from "#domain/units.ts";
import type { DeskSettings } from "#ports/desk-settings.ts";
import { DeviceScript, START } from "./support/records.ts";
import type { RedmineServer } from "./support/redmine/redmine-server.ts";
import { startRedmine } from "./support/redmine/redmine-server.ts";
import { numberedFields, redmineSettings } from "./support/redmine/redmine-settings.ts";
import type { RtServer } from "./support/rt/rt-server.ts";
import { startRt } from "./support/rt/rt-server.ts";
import { rtSettings } from "./support/rt/rt-settings.ts";
import { RunningApp, TestDevice } from "./support/running-app.ts";

interface CasePage {
  readonly id: string;
  readonly status: string;
  readonly stage: string;
  readonly verdict: string | null;
  readonly acknowledgedBy: string | null;
  readonly resolution: string | null;
  readonly tickets?: readonly { readonly desk: string; readonly id: string }[];
  readonly timeline: readonly {
    readonly kind: string;
    readonly by: string;
    readonly reason: string;
  }[];
}
type List = { readonly items: readonly CasePage[] };

const minute = (n: number): number => START + n * MINUTE_MS;

const gatewayWith = (settings: DeskSettings, token: string) =>
  RunningApp.start({
    config: { publicUrl: "https://care.example.com" },
    desks: [{ settings, secrets: { token, hookSecret: "" } }],
  });

/** A boiler that gets too hot and does nothing that it is asked to: a person must help. */
async function breakDown(device: TestDevice): Promise<void> {
  const script = new DeviceScript();
  await device.send(script.status(START, "online"));
  for (let i = 0; i <= 40; i++) {
    const temp = i < 30 ? 92 + Math.sin(i) : 140 + (i % 3);
    await device.send(script.tele(minute(i), { temp, state: "on" }));
  }
  for (const step of [0, 1]) {
    const { id } = await device.command(step);
    await device.send(script.result(minute(41 + step), id, "rejected"));
  }
}

async function escalated(app: RunningApp): Promise<CasePage> {
  const list = await app.eventually<List>("/api/cases?stage=escalated", (l) => l.items.length > 0);
  const id = list.items[0]?.id ?? "";
  return page(app, id, (view) => (view.tickets ?? []).length > 0, 20);
}

async function page(
  app: RunningApp,
  id: string,
  until: (view: CasePage) => boolean,
  seconds = 10,
): Promise<CasePage> {
  for (let i = 0; ; i++) {
    const view = await app.get<CasePage>(`/api/cases/${id}`);
    if (until(view)) return view;
    if (i >= seconds * 10) throw new Error(`never so: ${JSON.stringify(view)}`);
    await sleep(100);
  }
}

describe("a case in Request Tracker", () => {
  let rt: RtServer;
  beforeAll(async () => {
    rt = await startRt();
  });
  afterAll(() => rt[Symbol.asyncDispose]());

  it("reaches an agent with its dossier and chart, and what the agent does comes back", async () => {
    await using app = await gatewayWith(rtSettings(rt.url), rt.token);
    await using device = await TestDevice.connect(app, "b1");
    await breakDown(device);
    const { id, tickets = [] } = await escalated(app);
    const ticket = tickets[0]?.id ?? "";
    const anna = rt.as("agent.anna");
    expect(await anna.field(ticket, "Severity")).toEqual(["major"]);
    expect(await anna.field(ticket, "Device ID")).toEqual(["b1"]);
    const files = await anna.files(ticket);
    const [name = "", bytes = 0] = [...files].find(([file]) => file.endsWith(".png")) ?? [];
    expect(name).toMatch(/\.png$/);
    expect(bytes).toBeGreaterThan(5_000);

    await anna.take(ticket);
    await page(app, id, (view) => view.acknowledgedBy === "agent.anna");
    await anna.comment(ticket, "The technician comes on Friday.");
    await page(app, id, (view) =>
      view.timeline.some((e) => e.kind === "comment" && e.reason.includes("Friday")),
    );
    await anna.setField(ticket, "Case Verdict", "Confirmed");
    await page(app, id, (view) => view.verdict === "confirmed");
    await anna.status(ticket, "resolved");
    const end = await page(app, id, (view) => view.status === "resolved");
    expect(end.resolution).toBe("by_agent");
    const bot = rt.as("gateway-bot");
    expect(await bot.search("Queue = 'Proactive Service'")).toEqual([ticket]);
  });
});

describe("a case in Redmine", () => {
  let redmine: RedmineServer;
  beforeAll(async () => {
    redmine = await startRedmine();
  });
  afterAll(() => redmine[Symbol.asyncDispose]());

  it("reaches an agent with its dossier and chart, and what the agent does comes back", async () => {
    await using app = await gatewayWith(
      redmineSettings(redmine.url, { fields: numberedFields(redmine.seed.fields) }),
      redmine.seed.people.bot.key,
    );
    await using device = await TestDevice.connect(app, "b1");
    await breakDown(device);
    const { id, tickets = [] } = await escalated(app);
    const ticket = tickets[0]?.id ?? "";
    const { anna } = redmine;
    await anna.take(ticket);
    await page(app, id, (view) => view.acknowledgedBy !== null);
    await anna.comment(ticket, "The technician comes on Friday.");
    await page(app, id, (view) =>
      view.timeline.some((e) => e.kind === "comment" && e.reason.includes("Friday")),
    );
    await anna.setStatus(ticket, "Rejected");
    const end = await page(app, id, (view) => view.status === "resolved");
    expect(end.resolution).toBe("wont_fix");
  });
});
