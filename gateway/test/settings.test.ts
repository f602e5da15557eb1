import { decodeDesired, encodeReported, encodeTimeRequest } from "@voorzorg/firmware-contracts";
import { connectAsync } from "mqtt";
import { expect, test } from "vitest";
import { DeviceScript, START } from "./support/records.ts";
import { RunningApp, TestDevice } from "./support/running-app.ts";

test("wanted settings reach the device, again at its next connect, until it reports their version", async () => {
  await using app = await RunningApp.start();
  {
    await using device = await TestDevice.connect(app, "b1");
    await device.send(new DeviceScript().tele(START, { temp: 20 }));
    await app.eventually<{ id?: string }>("/api/devices/b1", (d) => d.id === "b1");
  }
  const refused = await app.put("/api/devices/b1/settings", { settings: { target: 500 } });
  expect(refused.status).toBe(422);
  expect(JSON.stringify(await refused.json())).toMatch(/target.*500.*from 80 to 98/);
  expect((await app.put("/api/devices/b1/settings", { settings: { target: 92 } })).status).toBe(
    202,
  );
  for (const reports of [false, true]) {
    const client = await connectAsync(app.started.mqtt, {
      clientId: "b1",
      username: "b1",
      reconnectPeriod: 0,
    });
    const wanted = new Promise<Buffer>((resolve) => {
      client.on("message", (topic, payload) => {
        if (topic.endsWith("/des")) resolve(payload);
      });
    });
    await client.subscribeAsync(["vz1/boiler/b1/des", "vz1/boiler/b1/cmd"], { qos: 1 });
    expect(decodeDesired(await wanted)).toEqual({
      ok: true,
      value: { version: 1, settings: { target: 92 } },
    });
    if (reports) {
      const report = Buffer.from(encodeReported({ version: 1, settings: { target: 92 } }));
      await client.publishAsync("vz1/boiler/b1/rep", report, { qos: 1 });
      await app.eventually<{ reportedVersion: number }>(
        "/api/devices/b1",
        (d) => d.reportedVersion === 1,
      );
    }
    await client.endAsync();
  }
});

test("a device without a clock asks for the time and gets it with its own uptime", async () => {
  await using app = await RunningApp.start();
  const client = await connectAsync(app.started.mqtt, {
    clientId: "b1",
    username: "b1",
    reconnectPeriod: 0,
  });
  await client.subscribeAsync("vz1/boiler/b1/time");
  const answer = new Promise<string>((resolve) => {
    client.on("message", (_topic, payload) => resolve(payload.toString()));
  });
  await client.publishAsync("vz1/boiler/b1/time", Buffer.from(encodeTimeRequest({ up: 1234 })));
  const { up, ts } = JSON.parse(await answer) as { up: number; ts: number };
  expect(up).toBe(1234);
  expect(ts).toBeGreaterThan(START - 365 * 86_400_000);
  await client.endAsync();
});
