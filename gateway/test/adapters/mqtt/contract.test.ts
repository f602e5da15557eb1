import { describe } from "vitest";
import type { LinkUnderTest, TestDevice } from "../../contracts/device-link.ts";
import { deviceLinkContract } from "../../contracts/device-link.ts";
import { LinkFixture, until } from "./link-fixture.ts";

async function connect(fixture: LinkFixture, id: string): Promise<TestDevice> {
  const received: string[] = [];
  const topic = (cls: string): string => `vz1/espresso/${id}/${cls}`;
  const client = await fixture.device(id, {
    will: { topic: topic("status"), payload: Buffer.from("lost"), qos: 1, retain: true },
  });
  client.setMaxListeners(0);
  // The device has its CONNACK a turn before the gateway is told.
  await until(() => fixture.handler.happened.includes(`connected ${id}`));
  const device: TestDevice = {
    received,
    acknowledges: true,
    publish(cls, text) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      client.publish(topic(cls), text, { qos: 1 }, (error) => (error ? reject(error) : resolve()));
      client.once("close", () => reject(new Error("closed before acknowledged")));
      return promise;
    },
    subscribe: async (cls) => {
      await client.subscribeAsync(topic(cls), { qos: 1 });
    },
    async leave() {
      await client.endAsync();
    },
    vanish: () => {
      client.stream.destroy();
    },
  };
  client.handleMessage = (packet, done) => {
    received.push(packet.payload.toString());
    if (device.acknowledges) {
      done();
    }
  };
  return device;
}

async function open(): Promise<LinkUnderTest> {
  const fixture = await LinkFixture.start();
  const { handler, link } = fixture;
  return {
    link,
    messages: handler.messages,
    happened: handler.happened,
    setDurable(durable) {
      handler.durable = durable;
    },
    connect: (id) => connect(fixture, id),
    [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose](),
  };
}

describe("The MQTT broker as a device link", () => deviceLinkContract(open));
