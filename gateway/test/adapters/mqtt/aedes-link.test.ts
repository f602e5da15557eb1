import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { LinkFixture, until } from "./link-fixture.ts";

describe("Messages from devices", () => {
  it("reach the gateway with product, device, class and payload", async () => {
    await using fixture = await LinkFixture.start();
    const device = await fixture.device("d1");
    await device.publishAsync("vz1/espresso/d1/tele", '{"boot":1}', { qos: 1 });
    await device.publishAsync("vz1/espresso/d1/event", "x", { qos: 2 });
    await device.publishAsync("vz1/espresso/d1/tele", "y", { qos: 0 });
    await until(() => fixture.handler.messages.length === 3);
    expect(
      fixture.handler.messages.map(({ payload, ...rest }) => ({
        ...rest,
        text: Buffer.from(payload).toString(),
      })),
    ).toEqual([
      { product: "espresso", device: "d1", class: "tele", qos: 1, text: '{"boot":1}' },
      { product: "espresso", device: "d1", class: "event", qos: 2, text: "x" },
      { product: "espresso", device: "d1", class: "tele", qos: 0, text: "y" },
    ]);
    await device.endAsync();
    await until(() => fixture.handler.happened.includes("disconnected d1 client"));
    expect(fixture.handler.happened[0]).toBe("connected d1");
  });

  it("are acknowledged only after they are durable", async () => {
    await using fixture = await LinkFixture.start();
    const durable = Promise.withResolvers<void>();
    fixture.handler.durable = () => durable.promise;
    const device = await fixture.device("d1");
    let acknowledged = false;
    const published = device.publishAsync("vz1/espresso/d1/tele", "x", { qos: 1 }).then(() => {
      acknowledged = true;
    });
    await until(() => fixture.handler.messages.length === 1);
    await delay(50);
    expect(acknowledged).toBe(false);
    durable.resolve();
    await published;
  });

  it("keep their order when appends take random times", async () => {
    await using fixture = await LinkFixture.start();
    const durableOrder: string[] = [];
    let seed = 7;
    fixture.handler.durable = async ({ payload }) => {
      seed = (seed * 48_271) % 2_147_483_647;
      await delay(seed % 20);
      durableOrder.push(Buffer.from(payload).toString());
    };
    const raw = await fixture.raw();
    await raw.signIn("d1");
    const wanted = Array.from({ length: 500 }, (_, index) => index + 1);
    for (const id of wanted) {
      raw.publish("d1", String(id), id);
    }
    await until(() => raw.of("puback").length === 500);
    expect(fixture.handler.texts()).toEqual(wanted.map(String));
    expect(raw.of("puback").map(({ messageId }) => messageId)).toEqual(wanted);
    expect(durableOrder).not.toEqual(wanted.map(String));
  });
});
