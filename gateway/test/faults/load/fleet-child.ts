import { setTimeout as delay } from "node:timers/promises";
import { DeviceSocket } from "./device-socket.ts";
import type { FleetState, ToFleet } from "./fleet-messages.ts";

const AGAIN_MS = 250;
const TELL_MS = 200;
/** Devices behind one address, as behind one router. */
const PER_ADDRESS = 500;

const back = new Set<number>();
const open = new Map<number, DeviceSocket>();
let attempts = 0;
let sent = 0;
let acknowledged = 0;
let port = 0;
let range: { readonly from: number; readonly count: number } = { from: 0, count: 0 };

async function keepConnected(index: number): Promise<void> {
  for (;;) {
    attempts += 1;
    const address = `127.0.${1 + Math.floor(index / PER_ADDRESS)}.1`;
    const device = new DeviceSocket(`dev-${index}`, port, address);
    open.set(index, device);
    device.onPuback = () => {
      acknowledged += 1;
      back.add(index);
    };
    await device.signIn();
    if (device.accepted === 0) {
      sent += 2;
      device.publish("status", { s: "online" });
      device.publish("tele", { m: { temp: 90 } });
      return;
    }
    device.socket.destroy();
    await delay(AGAIN_MS);
  }
}

function connectAll(): void {
  for (let index = range.from; index < range.from + range.count; index += 1) {
    void keepConnected(index);
  }
}

function storm(): void {
  for (const device of open.values()) {
    device.socket.resetAndDestroy();
  }
  open.clear();
  back.clear();
  connectAll();
}

async function flood(bytes: number): Promise<void> {
  const device = new DeviceSocket("flood", port);
  device.onPuback = () => {
    acknowledged += 1;
  };
  await device.signIn();
  const body = { m: { temp: 90 }, pad: "x".repeat(bytes) };
  while (!device.isClosed) {
    for (let left = 200; left > 0 && device.publish("tele", body); left -= 1) {
      sent += 1;
    }
    await (device.socket.writableNeedDrain
      ? new Promise((resolve) => device.socket.once("drain", resolve))
      : delay(0));
  }
}

process.on("message", (message: ToFleet) => {
  switch (message.kind) {
    case "connect":
      port = message.port;
      range = message;
      connectAll();
      break;
    case "storm":
      storm();
      break;
    case "flood":
      port = message.port;
      void flood(message.bytes);
      break;
  }
});
process.on("disconnect", () => process.exit(0));

for (;;) {
  await delay(TELL_MS);
  const state: FleetState = { back: back.size, attempts, sent, acknowledged };
  process.send?.(state);
}
