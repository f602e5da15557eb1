import { once } from "node:events";
import type { Socket } from "node:net";
import { connect } from "node:net";
import { AckParser } from "@voorzorg/device-sim";
import { BenchError } from "./bench.ts";

const PRODUCT = "espresso-pro";
/** Unacknowledged messages of one device. */
const WINDOW = 64;

export interface OutageFleetOptions {
  readonly mqttUrl: string;
  readonly devices: number;
  /** Of each device. */
  readonly messages: number;
  /** Time of the first message. */
  readonly from: number;
  readonly stepMs: number;
}

/**
 * Devices that send their hour as fast as it is acknowledged, QoS 1. Each message has a time of its
 * own, so that a store holds as many points as there were messages; none may be lost unnoticed.
 */
export class OutageFleet {
  readonly #options: OutageFleetOptions;
  #acked = 0;

  constructor(options: OutageFleetOptions) {
    this.#options = options;
  }

  get acked(): number {
    return this.#acked;
  }

  /** Resolves when every message is acknowledged. @throws BenchError when a connection ends before. */
  async run(signal: AbortSignal): Promise<void> {
    const names = Array.from({ length: this.#options.devices }, (_, n) => `outage-${n}`);
    await Promise.all(names.map((name) => this.#device(name, signal)));
  }

  async #device(name: string, signal: AbortSignal): Promise<void> {
    const { hostname, port } = new URL(this.#options.mqttUrl);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    const done = Promise.withResolvers<void>();
    const fail = (reason: string): void => {
      done.reject(new BenchError(`device ${name}: ${reason}`));
      socket.destroy();
    };
    socket.on("error", (error) => fail(error.message));
    socket.on("close", () => fail("the gateway closed the connection"));
    signal.addEventListener("abort", () => fail("stopped"), { once: true });
    await Promise.race([once(socket, "connect"), done.promise]);
    this.#exchange(name, socket, { fail, resolve: done.resolve });
    await done.promise;
    socket.destroy();
  }

  #exchange(
    name: string,
    socket: Socket,
    end: { readonly fail: (reason: string) => void; readonly resolve: () => void },
  ): void {
    const { messages } = this.#options;
    let sent = 0;
    let acked = 0;
    const send = (): void => {
      const until = Math.min(messages, acked + WINDOW);
      if (until === sent) return;
      const packets: Buffer[] = [];
      for (; sent < until; sent += 1) packets.push(this.#publish(name, sent));
      socket.write(Buffer.concat(packets));
    };
    const parser = new AckParser({
      onConnack: (code) => (code === 0 ? send() : end.fail(`refused with code ${code}`)),
      onPuback: () => {
        acked += 1;
        this.#acked += 1;
        if (acked === messages) end.resolve();
      },
      onPingresp: () => undefined,
    });
    socket.on("data", (chunk) => {
      const problem = parser.feed(chunk);
      if (problem !== undefined) end.fail(problem);
      else if (sent - acked <= WINDOW / 2) send();
    });
    socket.write(connectPacket(name));
  }

  #publish(name: string, n: number): Buffer {
    const { from, stepMs } = this.#options;
    const temp = 90 + ((n * 7) % 60) / 10;
    const payload = `{"boot":1,"seq":${n + 1},"ts":${from + n * stepMs},"m":{"boiler_temp":${temp},"state":"idle","heater_power":${400 + (n % 90)},"pump_pressure":0.2,"flow":0,"tank_level":${(1_000 - (n % 900)) / 10},"scale_index":12.4,"cups_total":${1_834 + Math.floor(n / 500)}}}`;
    const topic = `vz1/${PRODUCT}/${name}/tele`;
    const body = Buffer.concat([text(topic), u16((n % 65_535) + 1), Buffer.from(payload)]);
    return Buffer.concat([Buffer.from([0x32]), varint(body.length), body]);
  }
}

/** MQTT 3.1.1, clean session, keep-alive 10 minutes, the device's name as client id and user. [MQTT-3.1] */
function connectPacket(name: string): Buffer {
  const head = Buffer.concat([text("MQTT"), Buffer.from([4, 0x82]), u16(600)]);
  const body = Buffer.concat([head, text(name), text(name)]);
  return Buffer.concat([Buffer.from([0x10]), varint(body.length), body]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([u16(bytes.length), bytes]);
}

const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);

/** The remaining length, seven bits a byte. [MQTT-2.2.3] */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>= 7;
  } while (rest > 0);
  return Buffer.from(bytes);
}
