import { createServer } from "node:net";
import { Random } from "@voorzorg/device-sim";
import { Aedes } from "aedes";
import { afterEach, describe, expect, it } from "vitest";
import { DevicePool } from "../../src/devices/device-pool.ts";
import type { DevicesCommand } from "../../src/devices/protocol.ts";
import { RawDevice } from "../../src/devices/raw-device.ts";

/** A broker on loopback and how many connections it has had. */
async function startBroker() {
  const aedes = await Aedes.createBroker();
  let accepted = 0;
  const server = createServer((socket) => {
    accepted += 1;
    aedes.handle(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  const close = () => {
    aedes.close();
    server.close();
  };
  return { port, close, accepted: () => accepted, clients: () => aedes.connectedClients };
}

const LOOPBACK = { host: "127.0.0.1", localAddress: "127.0.0.1", product: "p" } as const;

describe("devices by the thousand", () => {
  const closers: (() => void)[] = [];
  afterEach(() => {
    for (const close of closers.splice(0).toReversed()) close();
  });

  it("come back at once when they are cut off, and their next message is acknowledged", async () => {
    const broker = await startBroker();
    closers.push(broker.close);
    const pool = new DevicePool();
    closers.push(() => pool[Symbol.dispose]());
    const devices = ["a", "b", "c", "d"].map((id) => ({ id, password: undefined }));
    const open: DevicesCommand = {
      kind: "open",
      ...LOOPBACK,
      port: broker.port,
      devices,
      atOnce: 2,
      seed: 1,
    };
    pool.take(open);
    await expect.poll(() => pool.state.connected).toBe(4);
    pool.take({ kind: "greet" });
    await expect.poll(() => pool.state.acknowledged).toBe(4);
    const { lastConnectedAtMs } = pool.state;

    pool.take({ kind: "cut", silentOneIn: 2 });
    expect(pool.state).toMatchObject({ connected: 0, acknowledged: 0 });
    await expect.poll(() => pool.state.acknowledged).toBe(4);
    expect(pool.state.lastConnectedAtMs).toBeGreaterThanOrEqual(lastConnectedAtMs);
    expect(broker.accepted()).toBe(8);
    // The two that left in silence were taken over by their own new connections.
    await expect.poll(broker.clients).toBe(4);
  });

  it("try until somebody listens, and say what the trouble was", async () => {
    const gone = await startBroker();
    gone.close();
    const device = new RawDevice({
      ...LOOPBACK,
      port: gone.port,
      device: "a",
      password: undefined,
      boot: 1,
      random: new Random(1),
    });
    closers.push(() => device.close());
    void device.open();
    await expect.poll(() => device.failures).toBeGreaterThan(0);
    expect(device.lastProblem).toContain("ECONNREFUSED");
    expect(device.connectedAtMs).toBe(0);
  });
});
