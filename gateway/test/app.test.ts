import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MINUTE_MS } from "#domain/units.ts";
import { DeviceScript, START } from "./support/records.ts";
import { RunningApp, TestDevice } from "./support/running-app.ts";

interface CaseAnswer {
  readonly id: string;
  readonly rule: string;
  readonly status: string;
  readonly stage: string;
  readonly resolution: string | null;
  readonly timeline: readonly { readonly kind: string; readonly reason: string }[];
}
type List = { readonly items: readonly CaseAnswer[] };

const minute = (n: number): number => START + n * MINUTE_MS;
const ofRule = (rule: string) => (list: List) => list.items.some((c) => c.rule === rule);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "voorzorg-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function overheat(device: TestDevice, script: DeviceScript, to = 4): Promise<void> {
  await device.send(script.status(START, "online"));
  for (let i = 0; i <= to; i++)
    await device.send(script.tele(minute(i), { temp: 150, state: "on" }));
}

async function caseOf(app: RunningApp, rule: string): Promise<CaseAnswer> {
  const list = await app.eventually<List>("/api/cases", ofRule(rule));
  return list.items.find((c) => c.rule === rule) as CaseAnswer;
}

describe("the loop over MQTT and HTTP", () => {
  test("closes: reading, case, command, result, proof by telemetry, resolved", async () => {
    await using app = await RunningApp.start();
    await using device = await TestDevice.connect(app, "b1");
    const script = new DeviceScript();
    await overheat(device, script);
    const command = await device.command(0);
    expect(command).toMatchObject({ name: "cool", args: { level: 2 } });
    expect(command.exp).toBeGreaterThan(command.iat);
    await device.send(script.result(minute(5), command.id, "succeeded"));
    for (let i = 6; i <= 14; i++) await device.send(script.tele(minute(i), { temp: 80 }));
    const found = await caseOf(app, "too-hot");
    const page = await app.eventually<CaseAnswer>(
      `/api/cases/${found.id}`,
      (c) => c.status === "resolved",
    );
    expect(page.resolution).toBe("fixed");
    expect(page.timeline.map((e) => e.kind)).toEqual(
      expect.arrayContaining(["opened", "proved", "resolved"]),
    );
    expect(page.timeline.every((e) => e.reason.length > 0)).toBe(true);
  });

  test("a command waits for a device that is away and reaches it when it is back", async () => {
    await using app = await RunningApp.start();
    const script = new DeviceScript();
    {
      await using device = await TestDevice.connectDeaf(app, "b1");
      await device.send(script.status(START, "online"));
      for (let i = 0; i <= 2; i++)
        await device.send(script.tele(minute(i), { temp: 150, state: "on" }));
    }
    await caseOf(app, "too-hot");
    await using back = await TestDevice.connect(app, "b1");
    expect((await back.command(0)).name).toBe("cool");
  });

  test("goes on after a restart where it stood: one case, the same command, then the proof", async () => {
    const script = new DeviceScript();
    let id = "";
    {
      await using app = await RunningApp.start({ dataDir: folder });
      await using device = await TestDevice.connect(app, "b1");
      await overheat(device, script);
      id = (await device.command(0)).id;
      await device.send(script.result(minute(5), id, "succeeded"));
    }
    await using app = await RunningApp.start({ dataDir: folder });
    await using device = await TestDevice.connect(app, "b1");
    for (let i = 6; i <= 14; i++) await device.send(script.tele(minute(i), { temp: 80 }));
    const found = await caseOf(app, "too-hot");
    await app.eventually<CaseAnswer>(`/api/cases/${found.id}`, (c) => c.resolution === "fixed");
    expect((await app.get<List>("/api/cases")).items).toHaveLength(1);
    expect(device.commands).toHaveLength(0);
  });
});

describe("people", () => {
  test("an agent acknowledges and closes a case; an engineer sends a command and sees its result", async () => {
    await using app = await RunningApp.start();
    await using device = await TestDevice.connect(app, "b1");
    const script = new DeviceScript();
    await overheat(device, script);
    const { id } = await caseOf(app, "too-hot");
    expect((await app.post(`/api/cases/${id}/acknowledge`, {})).status).toBe(200);
    expect((await app.post(`/api/cases/${id}/resolve`, { comment: "Seal replaced." })).status).toBe(
      200,
    );
    const again = await app.post(`/api/cases/${id}/resolve`, { comment: "" });
    expect(again.status).toBe(409);
    expect(again.headers.get("content-type")).toContain("application/problem+json");
    const sent = await app.post("/api/devices/b1/commands", {
      name: "show",
      args: { text: "Hello" },
    });
    expect(sent.status).toBe(202);
    const shown = await device.command(1);
    await device.send(script.result(minute(6), shown.id, "succeeded"));
    await app.eventually<{ commands: { name: string; state: string }[] }>("/api/devices/b1", (d) =>
      d.commands.some((c) => c.name === "show" && c.state === "succeeded"),
    );
  });

  test("a command with a wrong argument is refused and says what would be right", async () => {
    await using app = await RunningApp.start();
    await using device = await TestDevice.connect(app, "b1");
    await device.send(new DeviceScript().tele(START, { temp: 20 }));
    await app.eventually<{ id?: string }>("/api/devices/b1", (d) => d.id === "b1");
    const refused = await app.post("/api/devices/b1/commands", {
      name: "cool",
      args: { level: 9 },
    });
    expect(refused.status).toBe(422);
    expect(JSON.stringify(await refused.json())).toMatch(/level.*9/);
  });

  test("an escalated case reaches the signed webhook, once, and again after a 503", async () => {
    const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
    const seen: { id: string; type: string }[] = [];
    const server = createServer(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += String(chunk);
      const headers = request.headers as Record<string, string>;
      const verified = new Webhook(secret).verify(body, headers) as { type: string };
      seen.push({ id: headers["webhook-id"] ?? "", type: verified.type });
      response.writeHead(seen.length === 1 ? 503 : 204, { "retry-after": "1" }).end();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const webhookUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
    {
      await using app = await RunningApp.start({ config: { webhookUrl }, webhookSecret: secret });
      const silent = { id: "b9", product: "boiler", activatedAt: new Date(START).toISOString() };
      expect((await app.post("/api/devices", silent)).status).toBe(201);
      await using device = await TestDevice.connect(app, "b1");
      const script = new DeviceScript();
      await device.send(script.tele(START, { temp: 20 }), script.tele(minute(60), { temp: 20 }));
      const taken = () => seen.slice(1);
      await expect
        .poll(() => taken().map((s) => s.type), { timeout: 8_000 })
        .toContain("case.escalated");
      await expect.poll(() => taken().map((s) => s.id), { timeout: 8_000 }).toContain(seen[0]?.id);
    }
    server.close();
    const taken = seen.slice(1).map((s) => s.id);
    expect(new Set(taken).size).toBe(taken.length);
  });
});

describe("who gets in", () => {
  test("a registered device needs its secret once registration is closed, and strangers stay out", async () => {
    await using app = await RunningApp.start({ config: { registration: "closed" } });
    const answer = await app.post("/api/devices", { id: "b1", product: "boiler" });
    const { secret } = (await answer.json()) as { secret: string };
    await expect(TestDevice.connect(app, "b1", "wrong")).rejects.toThrow();
    await expect(TestDevice.connect(app, "b2")).rejects.toThrow();
    await using device = await TestDevice.connect(app, "b1", secret);
    await device.send(new DeviceScript().tele(START, { temp: 20 }));
  });

  test("two gateways never share a data folder", async () => {
    await using app = await RunningApp.start({ dataDir: folder });
    await expect(RunningApp.start({ dataDir: folder })).rejects.toThrow(
      /in use by another gateway/,
    );
    expect((await app.get<{ status: string }>("/api/health")).status).toBe("ok");
  });

  test("a folder that holds something else is no reason to lose it", async () => {
    writeFileSync(join(folder, "notes.txt"), "mine");
    await using app = await RunningApp.start({ dataDir: folder });
    expect((await app.get<{ status: string }>("/api/health")).status).toBe("ok");
  });
});
