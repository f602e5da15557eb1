import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RunningApp } from "../../support/running-app.ts";
import { DeviceSocket } from "./device-socket.ts";
import { FleetProcess } from "./fleet-process.ts";

const QUIET_DEVICES = 20;
const EVERY_MS = 50;
const WATCHED_MS = 4_000;
/** The others may wait so much longer at the 99th percentile, or so long in all, whichever is more. */
const SLOWER_BY = 5;
const AT_MOST_MS = 100;

/** Time to the PUBACK of one message after the other, of many devices that send now and then; the 99th percentile. */
async function quietP99(devices: readonly DeviceSocket[]): Promise<number> {
  const latencies: number[] = [];
  const end = performance.now() + WATCHED_MS;
  const speak = async (device: DeviceSocket): Promise<void> => {
    while (performance.now() < end) {
      const answered = Promise.withResolvers<void>();
      device.onPuback = answered.resolve;
      const sent = performance.now();
      device.publish("tele", { m: { temp: 90 } });
      await Promise.race([answered.promise, delay(10_000)]);
      latencies.push(performance.now() - sent);
      await delay(EVERY_MS);
    }
  };
  await Promise.all(devices.map(speak));
  latencies.sort((a, b) => a - b);
  return latencies[Math.floor(latencies.length * 0.99)] ?? Number.POSITIVE_INFINITY;
}

describe("A gateway of which one part is abused", () => {
  let app: RunningApp;
  let port = 0;
  let quiet: readonly DeviceSocket[] = [];
  let calmMs = 0;

  beforeAll(async () => {
    app = await RunningApp.start();
    port = Number(new URL(app.started.mqtt).port);
    quiet = Array.from(
      { length: QUIET_DEVICES },
      (_, index) => new DeviceSocket(`quiet-${index}`, port),
    );
    await Promise.all(quiet.map((device) => device.signIn()));
    await quietP99(quiet);
    calmMs = await quietP99(quiet);
  });

  afterAll(async () => {
    for (const device of quiet) device.socket.destroy();
    await app[Symbol.asyncDispose]();
  });

  const expectUnhurried = (p99Ms: number, what: string): void => {
    console.log(
      JSON.stringify({
        what,
        p99Ms: Math.round(p99Ms * 10) / 10,
        calmP99Ms: Math.round(calmMs * 10) / 10,
      }),
    );
    expect(p99Ms).toBeLessThan(Math.max(calmMs * SLOWER_BY, AT_MOST_MS));
  };

  it.each([
    ["many small messages", 10],
    ["large messages", 60_000],
  ])(
    "answers the others while one device floods it with %s, and takes no more than its share",
    async (what, bytes) => {
      await using flood = new FleetProcess();
      flood.tell({ kind: "flood", port, bytes });
      await delay(1_000);
      const before = flood.state.acknowledged;
      const p99Ms = await quietP99(quiet);
      const perSecond = (flood.state.acknowledged - before) / (WATCHED_MS / 1_000);
      expect(perSecond).toBeGreaterThan(10);
      // 5,000 messages and 4 MiB a second; a window of a few seconds sees the burst of one more.
      expect(perSecond).toBeLessThan(6_500);
      expect(perSecond * bytes).toBeLessThan(6 * 1024 * 1024);
      expectUnhurried(p99Ms, `flood of ${what}, ${Math.round(perSecond)}/s taken`);
    },
  );

  it("takes and decides the messages of 130 devices beside one that subscribed and reads nothing", async () => {
    const frozen = new DeviceSocket("frozen", port);
    await frozen.signIn();
    frozen.publish("status", { s: "online" });
    await frozen.subscribe("cmd");
    frozen.socket.pause();
    const answer = await app.post("/api/devices/frozen/commands", {
      name: "cool",
      args: { level: 1 },
    });
    expect(answer.status).toBe(202);

    const others = Array.from(
      { length: 130 },
      (_, index) => new DeviceSocket(`other-${index}`, port),
    );
    await Promise.all(others.map((device) => device.signIn()));
    for (let round = 0; round < 20; round += 1) {
      for (const device of others) device.publish("tele", { m: { temp: 91 } });
    }
    const end = performance.now() + 20_000;
    while (others.some(({ pubacks }) => pubacks < 20)) {
      expect(performance.now()).toBeLessThan(end);
      await delay(20);
    }
    interface Health {
      readonly journal: { readonly newest: number; readonly decided: number };
    }
    await app.eventually<Health>(
      "/api/health",
      ({ journal }) => journal.decided === journal.newest,
    );
    // The device has not read its command: it is under way, and no other message waits behind it.
    expect(frozen.commands).toBe(0);
    expectUnhurried(await quietP99(quiet), "a frozen subscriber");
    for (const device of [frozen, ...others]) device.socket.destroy();
  });

  it("answers devices and people beside 300 HTTP clients that send a byte a second or never read", async () => {
    const httpPort = Number(new URL(app.started.http).port);
    const slow = Array.from({ length: 300 }, (_, index) => {
      const socket = connect(httpPort, "127.0.0.1");
      socket.on("error", () => undefined);
      socket.write("GET /api/openapi.json HTTP/1.1\r\nhost: localhost\r\n");
      if (index % 2 === 0) {
        // Asks for the largest answer again and again and takes none of them.
        socket.write(
          `\r\n${"GET /api/openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(40)}`,
        );
        socket.pause();
      }
      return socket;
    });
    let dripping = true;
    const drip = async (): Promise<void> => {
      while (dripping) {
        for (const [index, socket] of slow.entries()) {
          if (index % 2 === 1 && socket.writable) socket.write("x");
        }
        await delay(1_000);
      }
    };
    const dripped = drip();
    await delay(500);
    const p99Ms = await quietP99(quiet);
    const asked = performance.now();
    await app.get("/api/health");
    expect(performance.now() - asked).toBeLessThan(1_000);
    const end = performance.now() + 60_000;
    while (slow.some((socket, index) => index % 2 === 1 && !socket.closed)) {
      expect(performance.now(), "a request that never ends is still open").toBeLessThan(end);
      await delay(250);
    }
    dripping = false;
    await dripped;
    for (const socket of slow) socket.destroy();
    expectUnhurried(p99Ms, "slow HTTP clients");
  });
});
