import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { FROM_DEVICES } from "./broken-from-devices.ts";
import { FROM_STRANGERS } from "./broken-from-strangers.ts";
import type { RawClient } from "./link-fixture.ts";
import { LinkFixture, until } from "./link-fixture.ts";
import type { BrokenPacket } from "./packet-bytes.ts";
import { packet, RIGHT_PACKETS, rightConnect } from "./packet-bytes.ts";

/** Far above what a closed socket takes on loopback, far below every time limit of the broker. */
const CLOSED_WITHIN_MS = 2_000;
const WITNESS = "d9";

async function closedInTime(raw: RawClient): Promise<void> {
  await until(() => raw.isClosed, CLOSED_WITHIN_MS);
}

/** A device that has been there before and must not notice. */
async function withWitness(): Promise<{
  readonly fixture: LinkFixture;
  readonly witness: RawClient;
}> {
  // Ticks of 1 ms, so that the figures are soon those of now.
  const fixture = await LinkFixture.start({ limits: { tickMs: 1 } });
  const witness = await fixture.raw();
  await witness.signIn(WITNESS);
  return { fixture, witness };
}

async function expectUndisturbed(fixture: LinkFixture, witness: RawClient): Promise<void> {
  witness.publish(WITNESS, "still here", 1);
  await until(() => witness.of("puback").length === 1, CLOSED_WITHIN_MS);
  const others = fixture.handler.messages.filter(({ device }) => device !== WITNESS);
  expect(others).toEqual([]);
  fixture.metrics.values.delete("unacknowledged_bytes");
  await until(() => fixture.metrics.values.has("unacknowledged_bytes"));
  // Bytes that are given back twice, or never, would in the end open or shut the broker for everybody.
  expect(fixture.metrics.of("unacknowledged_bytes")).toBe(0);
}

function expectTold(fixture: LinkFixture, { code, reason }: BrokenPacket): void {
  expect(fixture.metrics.of("connections_closed_total", { reason })).toBe(1);
  expect(fixture.handler.refusals.map((refusal) => refusal.code)).toEqual(
    code === undefined ? [] : [code],
  );
  const lines = fixture.log.lines.filter((line) => line.startsWith("connection closed"));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(`"reason":"${reason}"`);
}

describe("A stranger that begins with", () => {
  it.each(FROM_STRANGERS.map((broken) => [broken.what, broken] as const))(
    "%s is closed, counted and logged, and nobody else notices",
    async (_what, broken) => {
      const { fixture, witness } = await withWitness();
      await using _ = fixture;
      const raw = await fixture.raw();
      raw.socket.write(broken.bytes);
      await closedInTime(raw);
      expect(raw.of("connack").map(({ returnCode }) => returnCode)).toEqual(
        broken.connack === undefined ? [] : [broken.connack],
      );
      await until(
        () => fixture.metrics.of("connections_closed_total", { reason: broken.reason }) > 0,
      );
      expectTold(fixture, broken);
      await expectUndisturbed(fixture, witness);
      expect(fixture.handler.happened[0]).toBe(`connected ${WITNESS}`);
      expect(fixture.handler.happened).toHaveLength(2);
    },
  );
});

describe("A device that sends", () => {
  it.each(FROM_DEVICES.map((broken) => [broken.what, broken] as const))(
    "%s is closed, counted and logged, and nobody else notices",
    async (_what, broken) => {
      const { fixture, witness } = await withWitness();
      await using _ = fixture;
      const raw = await fixture.raw();
      await raw.signIn("d1");
      raw.socket.write(broken.bytes);
      await closedInTime(raw);
      await until(() => fixture.handler.happened.includes(`disconnected d1 ${broken.reason}`));
      expect(raw.received.map(({ cmd }) => cmd)).toEqual(["connack"]);
      expectTold(fixture, broken);
      await expectUndisturbed(fixture, witness);
    },
  );
});

describe("A packet that is cut short", () => {
  /** Positions after which the rest of a PUBLISH is payload, which may be of any length. */
  const wholeFrom = 2 + 2 + "vz1/espresso/d10/tele".length + 2;

  const cutPackets = Object.entries(RIGHT_PACKETS).flatMap(([type, make]) =>
    Array.from({ length: make("d10").length }, (_, at) => ({ type, at, make })),
  );

  it("by the end of the connection is dropped, at every byte of every type", async () => {
    const { fixture, witness } = await withWitness();
    await using _ = fixture;
    const connect = rightConnect("d10");
    for (const at of connect.keys()) {
      const raw = await fixture.raw();
      raw.socket.end(connect.subarray(0, at));
      await closedInTime(raw);
      expect(raw.received).toEqual([]);
    }
    for (const { at, make } of cutPackets) {
      const raw = await fixture.raw();
      await raw.signIn("d10");
      raw.socket.end(make("d10").subarray(0, at));
      await closedInTime(raw);
      expect(raw.received.map(({ cmd }) => cmd)).toEqual(["connack"]);
    }
    expect(fixture.handler.refusals).toEqual([]);
    await expectUndisturbed(fixture, witness);
  });

  it("with a length that fits what is left is refused, at every byte but those of a payload", async () => {
    const { fixture, witness } = await withWitness();
    await using _ = fixture;
    const connect = rightConnect("d10");
    for (let at = 2; at < connect.length; at += 1) {
      const raw = await fixture.raw();
      raw.socket.write(packet(0x10, ...connect.subarray(2, at)));
      await closedInTime(raw);
      expect(raw.of("connack").filter(({ returnCode }) => returnCode === 0)).toEqual([]);
    }
    for (const { at, make, type } of cutPackets) {
      const whole = make("d10");
      if (at < 2 || (type === "PUBLISH" && at >= wholeFrom)) {
        continue;
      }
      const raw = await fixture.raw();
      await raw.signIn("d10");
      raw.socket.write(packet(whole[0] ?? 0, ...whole.subarray(2, at)));
      await closedInTime(raw);
      expect(fixture.handler.refusals.at(-1)).toMatchObject({
        client: "d10",
        code: "malformed_packet",
      });
    }
    await expectUndisturbed(fixture, witness);
  });
});

describe("The first byte of a packet", () => {
  const RIGHT: ReadonlySet<number> = new Set([0x40, 0x62, 0x82, 0xa2, 0xc0, 0xe0]);
  const RIGHT_PUBLISH: ReadonlySet<number> = new Set([0, 1, 2, 3, 4, 5, 0xa, 0xb, 0xc, 0xd]);

  it("with reserved bits, or of a type that devices do not send, ends the connection", async () => {
    const { fixture, witness } = await withWitness();
    await using _ = fixture;
    for (let first = 0; first < 256; first += 1) {
      const known = RIGHT.has(first) || (first >> 4 === 3 && RIGHT_PUBLISH.has(first & 0x0f));
      if (!known) {
        const raw = await fixture.raw();
        await raw.signIn("d10");
        raw.socket.write(packet(first, 0, 1, 0x61, 0, 1));
        await closedInTime(raw);
        expect(raw.received.map(({ cmd }) => cmd)).toEqual(["connack"]);
      }
    }
    await expectUndisturbed(fixture, witness);
  });
});

describe("docs/contract.md", () => {
  it("says what happens for each of them", () => {
    const file = path.join(import.meta.dirname, "..", "..", "..", "..", "docs", "contract.md");
    const rows = readFileSync(file, "utf8").split("\n");
    for (const { bytes: _, code, connack, reason, row } of [...FROM_STRANGERS, ...FROM_DEVICES]) {
      const told = rows.find((line) => line.startsWith(`| ${row} |`)) ?? "";
      expect(told, row).toContain(`\`${reason}\``);
      if (code !== undefined) {
        expect(told, row).toContain(`\`${code}\``);
      }
      if (connack !== undefined) {
        expect(told, row).toContain(`CONNACK ${connack}`);
      }
    }
  });
});
