import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { RunningApp } from "../../support/running-app.ts";
import { DeviceSocket } from "./device-socket.ts";
import { FleetProcess } from "./fleet-process.ts";

/** Smaller where machines are small; RECONNECT_DEVICES says otherwise. */
const DEVICES = Number(process.env.RECONNECT_DEVICES ?? (process.env.CI ? 1_000 : 10_000));
const PROCESSES = 2;
const BACK_WITHIN_MS = 30_000;
const DECIDED_WITHIN_MS = 60_000;
const CANARY_WITHIN_MS = 10_000;

async function allBack(fleet: readonly FleetProcess[], withinMs: number): Promise<number> {
  const started = performance.now();
  for (;;) {
    const back = fleet.reduce((sum, { state }) => sum + state.back, 0);
    const took = performance.now() - started;
    if (back === DEVICES) return took;
    expect(took, `${back} of ${DEVICES} are back`).toBeLessThan(withinMs);
    await delay(50);
  }
}

/** Slowest answer to a device that stays connected, sending all along. */
function watch(canary: DeviceSocket): { stop(): Promise<number> } {
  const stopping = new AbortController();
  let worst = 0;
  const sing = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const answered = Promise.withResolvers<void>();
      canary.onPuback = answered.resolve;
      const sent = performance.now();
      canary.publish("tele", { m: { temp: 90 } });
      await Promise.race([answered.promise, delay(CANARY_WITHIN_MS)]);
      worst = Math.max(worst, performance.now() - sent);
      await delay(50);
    }
  };
  const singing = sing();
  return {
    async stop() {
      stopping.abort();
      await singing;
      return worst;
    },
  };
}

interface DevicePage {
  readonly items: readonly { readonly presence: string }[];
  readonly nextCursor: string | null;
}

/** Until nothing more comes in and all of it is decided. */
async function decidedAll(app: RunningApp): Promise<void> {
  interface Health {
    readonly journal: { readonly newest: number; readonly decided: number };
  }
  let newest = -1;
  for (const end = performance.now() + DECIDED_WITHIN_MS; performance.now() < end; ) {
    const { journal } = await app.get<Health>("/api/health");
    if (journal.decided === journal.newest && journal.newest === newest) return;
    newest = journal.newest;
    await delay(1_000);
  }
  expect.fail("the gateway never decided all that it took");
}

/** How many devices are in which state. */
async function presences(app: RunningApp): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  let cursor: string | null = "";
  while (cursor !== null) {
    const next: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page: DevicePage = await app.get(`/api/devices?limit=200${next}`);
    for (const { presence } of page.items) {
      counts[presence] = (counts[presence] ?? 0) + 1;
    }
    cursor = page.nextCursor;
  }
  return counts;
}

describe(`${DEVICES} devices that lose their connections at once`, () => {
  it("are all back within 30 s without a pause of their own, and none is taken for silent or lost", {
    timeout: 180_000,
  }, async () => {
    await using app = await RunningApp.start();
    const port = Number(new URL(app.started.mqtt).port);
    await using one = new FleetProcess();
    await using two = new FleetProcess();
    const fleet = [one, two];
    const count = DEVICES / PROCESSES;
    for (const [index, part] of fleet.entries()) {
      part.tell({ kind: "connect", port, from: index * count, count });
    }
    await allBack(fleet, 60_000);

    const canary = new DeviceSocket("canary", port);
    await canary.signIn();
    const watched = watch(canary);
    for (const part of fleet) part.tell({ kind: "storm" });
    // The states told until now are those of before the storm.
    await delay(500);
    const took = await allBack(fleet, BACK_WITHIN_MS);
    const worstMs = await watched.stop();
    expect(canary.isClosed).toBe(false);
    expect(worstMs).toBeLessThan(CANARY_WITHIN_MS);

    await decidedAll(app);
    // With the canary. A will of the old connections, or a timer, that came out last would show as lost, for good:
    // what the pages show may only lag.
    await expect
      .poll(() => presences(app), { timeout: 10_000, interval: 1_000 })
      .toEqual({ online: DEVICES + 1 });
    const cases = await app.get<{ readonly items: readonly unknown[] }>("/api/cases");
    expect(cases.items).toEqual([]);
    canary.socket.destroy();
    const attempts = fleet.reduce((sum, { state }) => sum + state.attempts, 0);
    console.log(
      JSON.stringify({
        devices: DEVICES,
        secondsUntilAllBack: Math.round(took / 100) / 10,
        attempts,
        worstCanaryMs: Math.round(worstMs),
      }),
    );
  });
});
