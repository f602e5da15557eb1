import { describe, expect, it } from "vitest";
import { Agenda } from "../../src/fleet/agenda.ts";
import { Fleet } from "../../src/fleet/fleet.ts";
import { healthyDevice } from "../../src/fleet/plan.ts";
import { findTrouble } from "../../src/models/catalogue.ts";
import { Random } from "../../src/random.ts";
import { TestBroker } from "../support/broker.ts";
import { MemoryAcks } from "../support/memory-acks.ts";

const START_MS = Date.UTC(2026, 2, 2);
const MIN_MS = 60_000;

describe("an agenda", () => {
  it("keeps what is due in the order of time, and what is added meanwhile", async () => {
    const agenda = new Agenda();
    const kept: string[] = [];
    agenda.at(20, () => void kept.push("later"));
    agenda.at(10, () => {
      kept.push("first");
      agenda.at(15, () => void kept.push("added"));
    });
    agenda.at(10, () => void kept.push("second"));
    expect(agenda.nextMs).toBe(10);
    await agenda.keep(15, async () => void kept.push("after"));
    expect(kept).toEqual(["first", "after", "second", "after", "added", "after"]);
    expect(agenda.nextMs).toBe(20);
  });
});

/** A fleet of one with what happens to it, an hour long. */
async function hour(
  change: Partial<ReturnType<typeof healthyDevice>>,
  appointments: number[] = [],
) {
  await using broker = await TestBroker.start();
  const random = new Random(3);
  const plan = healthyDevice("esp-1", "espresso-pro", { random, startMs: START_MS });
  const met: number[] = [];
  const fleet = new Fleet({
    plans: [{ ...plan, ...change }],
    mqttUrl: broker.url,
    startMs: START_MS,
    endMs: START_MS + 60 * MIN_MS,
    random,
    acks: new MemoryAcks(),
    register: false,
    lockstep: false,
    acceleration: Number.POSITIVE_INFINITY,
    appointments: appointments.map((minute) => ({
      atMs: START_MS + minute * MIN_MS,
      keep: async () => void met.push(Number(broker.payloads("tele").at(-1)?.ts)),
    })),
  });
  await fleet.run();
  return { broker, met, truth: fleet.truth.rows() };
}

describe("what happens to a device at its time", () => {
  it("everybody has reported before people act", async () => {
    const { met } = await hour({}, [7, 31]);
    expect(met).toEqual([START_MS + 7 * MIN_MS, START_MS + 31 * MIN_MS]);
  });

  it("a new firmware ends what the old one brought, and is said at a birth of the next boot", async () => {
    const trouble = findTrouble("espresso-pro", "firmware_runs_hot");
    const { broker, truth } = await hour({
      firmware: "2.5.0",
      troubles: [{ trouble, fromMs: START_MS + 5 * MIN_MS }],
      turns: [{ atMs: START_MS + 20 * MIN_MS, kind: "updated", firmware: "2.5.1" }],
    });
    expect(broker.payloads("birth").map(({ fw, boot }) => [fw, boot])).toEqual([
      ["2.5.0", 1],
      ["2.5.1", 2],
    ]);
    expect(truth).toMatchObject([{ name: "firmware_runs_hot", curedBy: "update" }]);
  });

  it("an owner who is helped does what was asked", async () => {
    const trouble = findTrouble("espresso-pro", "filter_ignored");
    const { truth } = await hour({
      troubles: [{ trouble, fromMs: START_MS + 5 * MIN_MS }],
      turns: [{ atMs: START_MS + 20 * MIN_MS, kind: "helped" }],
    });
    expect(truth).toMatchObject([{ name: "filter_ignored", curedBy: "owner" }]);
  });

  it("a network that was away is heard of within a minute of its return", async () => {
    const trouble = findTrouble("espresso-pro", "offline_backfill");
    const { broker } = await hour({
      troubles: [{ trouble, fromMs: START_MS + 17 * MIN_MS, toMs: START_MS + 33 * MIN_MS }],
    });
    const minutes = broker.payloads("tele").map(({ ts }) => (Number(ts) - START_MS) / MIN_MS);
    expect(minutes.filter((minute) => minute > 17)[0]).toBe(34);
    expect(broker.payloads("birth")).toHaveLength(2);
  });
});
