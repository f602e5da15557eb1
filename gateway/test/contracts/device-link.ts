import { setTimeout as delay } from "node:timers/promises";
import type { DownClass, UpClass } from "@voorzorg/firmware-contracts";
import { expect, it } from "vitest";
import type { DeviceLink, InboundMessage } from "#ports/device-link.ts";

/** A device at the other end of the link, as its firmware would behave. */
export interface TestDevice {
  /** Resolves on the acknowledgement; rejects when the connection ends without it. */
  publish(cls: UpClass, text: string): Promise<void>;
  subscribe(cls: DownClass): Promise<void>;
  /** Texts that arrived; each is acknowledged on arrival unless `acknowledges` is false. */
  readonly received: readonly string[];
  acknowledges: boolean;
  /** Says goodbye. */
  leave(): Promise<void>;
  /** Is cut off. */
  vanish(): void;
}

/** A started link with its handler recorded. */
export interface LinkUnderTest extends AsyncDisposable {
  readonly link: DeviceLink;
  readonly messages: readonly InboundMessage[];
  /** `connected d1`, `ready d1`, `disconnected d1 <reason>`, `message d1 <class>`, in order. */
  readonly happened: readonly string[];
  /** Decides when and whether a message is durable. */
  setDurable(durable: (message: InboundMessage) => Promise<void>): void;
  /**
   * Connects `d1` … `d9`, registered as product `espresso`; its will is `lost` on `status`.
   * Resolves when the handler has been told.
   */
  connect(device: string): Promise<TestDevice>;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const texts = (messages: readonly InboundMessage[]): readonly string[] =>
  messages.map(({ payload }) => new TextDecoder().decode(payload));

async function until(condition: () => boolean): Promise<void> {
  for (const end = performance.now() + 5_000; !condition(); await delay(2)) {
    expect(performance.now(), condition.toString()).toBeLessThan(end);
  }
}

/** What the port promises; `open` answers a started link without connections. */
export function deviceLinkContract(open: () => Promise<LinkUnderTest>): void {
  messagesContract(open);
  sendingContract(open);
  endingContract(open);
}

function messagesContract(open: () => Promise<LinkUnderTest>): void {
  it("hands a message over with product, device, class and payload", async () => {
    await using under = await open();
    const device = await under.connect("d1");
    await device.publish("tele", "hello");
    expect(under.messages).toMatchObject([{ product: "espresso", device: "d1", class: "tele" }]);
    expect(texts(under.messages)).toEqual(["hello"]);
  });

  it("acknowledges a message only after it is durable", async () => {
    await using under = await open();
    const durable = Promise.withResolvers<void>();
    under.setDurable(() => durable.promise);
    const device = await under.connect("d1");
    let acknowledged = false;
    const published = device.publish("tele", "x").then(() => {
      acknowledged = true;
    });
    await until(() => under.messages.length === 1);
    await delay(20);
    expect(acknowledged).toBe(false);
    durable.resolve();
    await published;
  });

  it("closes the connection without an acknowledgement when a message is not durable", async () => {
    await using under = await open();
    under.setDurable(() => Promise.reject(new Error("disk full")));
    const device = await under.connect("d1");
    await expect(device.publish("tele", "x")).rejects.toThrow();
    await until(() => under.happened.some((what) => what.startsWith("disconnected d1 ")));
  });

  it("hands the messages of one device over in their order", async () => {
    await using under = await open();
    let pending = 0;
    under.setDurable(() => delay((pending++ * 7) % 10));
    const device = await under.connect("d1");
    const sent = Array.from({ length: 30 }, (_, index) => String(index));
    await Promise.all(sent.map((text) => device.publish("tele", text)));
    expect(texts(under.messages)).toEqual(sent);
  });
}

function sendingContract(open: () => Promise<LinkUnderTest>): void {
  it("is ready for a device once it has subscribed to its commands", async () => {
    await using under = await open();
    const device = await under.connect("d1");
    expect(under.link.isReady("d1")).toBe(false);
    await device.subscribe("cmd");
    await until(() => under.link.isReady("d1"));
    expect(under.happened).toEqual(["connected d1", "ready d1"]);
  });

  it("sends to one device only and is done on its acknowledgement", async () => {
    await using under = await open();
    const device = await under.connect("d1");
    const other = await under.connect("d2");
    await device.subscribe("cmd");
    await other.subscribe("cmd");
    await under.link.send("d1", "espresso", "cmd", bytes("descale"));
    expect(device.received).toEqual(["descale"]);
    expect(other.received).toEqual([]);
  });

  it("refuses to send to a device that is offline or has not subscribed", async () => {
    await using under = await open();
    const send = () => under.link.send("d1", "espresso", "cmd", bytes("x"));
    await expect(send()).rejects.toMatchObject({ code: "VZ_DEVICE_OFFLINE" });
    await under.connect("d1");
    await expect(send()).rejects.toMatchObject({ code: "VZ_DEVICE_NOT_SUBSCRIBED" });
  });

  it("fails to send when the device is gone before it acknowledged", async () => {
    await using under = await open();
    const device = await under.connect("d1");
    device.acknowledges = false;
    await device.subscribe("cmd");
    const sent = under.link.send("d1", "espresso", "cmd", bytes("x"));
    await until(() => device.received.length === 1);
    device.vanish();
    await expect(sent).rejects.toMatchObject({ code: "VZ_DEVICE_OFFLINE" });
    expect(under.link.isReady("d1")).toBe(false);
  });
}

function endingContract(open: () => Promise<LinkUnderTest>): void {
  it("tells of a goodbye without a will, and of a loss with the will before it", async () => {
    await using under = await open();
    await (await under.connect("d1")).leave();
    await until(() => under.happened.length === 2);
    (await under.connect("d2")).vanish();
    await until(() => under.happened.length === 5);
    expect(under.happened).toEqual([
      "connected d1",
      "disconnected d1 client",
      "connected d2",
      "message d2 status",
      "disconnected d2 lost",
    ]);
  });

  it("ends a connection on request, and ignores the request for a device that is not there", async () => {
    await using under = await open();
    await under.connect("d1");
    under.link.kick("d1", "secret revoked");
    under.link.kick("d2", "secret revoked");
    await until(() => under.happened.at(-1) === "disconnected d1 kicked");
  });

  it("stops only after what is under way is durable, and takes nothing more", async () => {
    await using under = await open();
    const durable = Promise.withResolvers<void>();
    under.setDurable(() => durable.promise);
    const device = await under.connect("d1");
    const first = device.publish("tele", "1");
    await until(() => under.messages.length === 1);
    const stopping = under.link.stopAccepting();
    const second = device.publish("tele", "2").catch(() => "not acknowledged");
    await delay(20);
    durable.resolve();
    await stopping;
    await first;
    await delay(20);
    expect(texts(under.messages)).toEqual(["1"]);
    await expect(under.connect("d2")).rejects.toThrow();
    device.vanish();
    expect(await second).toBe("not acknowledged");
  });
}
