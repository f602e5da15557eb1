import type { DownClass } from "@voorzorg/firmware-contracts";
import { encodeStatus } from "@voorzorg/firmware-contracts";
import type { DeviceLinkHandler } from "#ports/device-link.ts";
import { DeviceNoAckError, DeviceOfflineError } from "../../../src/adapters/mqtt/link-errors.ts";
import { OrderedAppends } from "../../../src/adapters/mqtt/ordered-appends.ts";
import type { Life, Scheduler } from "./scheduler.ts";
import { Wire } from "./scheduler.ts";
import type { Sent, SimDevice } from "./sim-device.ts";

const PRODUCT = "boiler";
const NO_ACK_MS = 20_000;

interface Connection {
  readonly device: SimDevice;
  readonly up: Wire;
  readonly down: Wire;
  readonly appends: OrderedAppends;
  open: boolean;
  subscribed: boolean;
  readonly sending: Set<(error: Error) => void>;
}

export interface SimLinkDeps {
  readonly scheduler: Scheduler;
  readonly life: Life;
  readonly handler: DeviceLinkHandler;
  /** PUBACK leaves the gateway. */
  readonly onAcknowledged: (message: Sent) => void;
  /** The device has noticed that it is not connected any more. */
  readonly onLost: (device: SimDevice) => void;
  /** For a mutant: the broker's own order, acknowledge first. */
  readonly acknowledgesFirst: boolean;
}

/** Stands for the broker: connections that deliver in order, acknowledge when told, and break. */
export class SimLink {
  readonly #deps: SimLinkDeps;
  readonly #connections = new Map<string, Connection>();
  #listening = true;

  constructor(deps: SimLinkDeps) {
    this.#deps = deps;
  }

  stopAccepting(): void {
    this.#listening = false;
  }

  /** False: nobody listens. */
  connect(device: SimDevice): boolean {
    const { scheduler, life, handler } = this.#deps;
    if (!this.#listening || !life.alive) return false;
    this.drop(device.id, "taken over");
    const connection: Connection = {
      device,
      up: new Wire(scheduler, 150),
      down: new Wire(scheduler, 150),
      appends: new OrderedAppends(),
      open: true,
      subscribed: false,
      sending: new Set(),
    };
    this.#connections.set(device.id, connection);
    handler.connected(device.id);
    connection.up.send(() => this.#subscribed(connection));
    device.online({ publish: (message) => this.#publish(connection, message) });
    return true;
  }

  isReady(device: string): boolean {
    return this.#connections.get(device)?.subscribed === true;
  }

  send(id: string, _product: string, cls: DownClass, payload: Uint8Array): Promise<void> {
    const connection = this.#connections.get(id);
    if (connection?.subscribed !== true)
      return Promise.reject(new DeviceOfflineError(id, "not connected"));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    connection.sending.add(reject);
    const { scheduler, life } = this.#deps;
    scheduler.after(NO_ACK_MS, life, () => reject(new DeviceNoAckError(id, NO_ACK_MS)));
    connection.down.send(() => {
      if (!connection.open) return;
      if (cls === "cmd") connection.device.receive(payload);
      // Now and then the acknowledgement gets lost: the device has acted all the same.
      if (scheduler.dice.chance(0.05)) return;
      connection.up.send(() => {
        if (!connection.open || !life.alive) return;
        connection.sending.delete(reject);
        resolve();
      });
    });
    return promise;
  }

  /** The connection breaks; the broker speaks the will. */
  drop(id: string, reason: string, goodbye = false): void {
    const connection = this.#connections.get(id);
    if (connection === undefined) return;
    const { handler, scheduler, life, onLost } = this.#deps;
    this.#close(connection);
    if (!life.alive) return;
    handler.disconnected(id, reason);
    if (!goodbye) this.#status(connection, "lost");
    scheduler.after(scheduler.dice.between(10, 3_000), undefined, () => onLost(connection.device));
  }

  /** The process has ended: every device notices after a while. */
  vanish(): void {
    const { scheduler, onLost } = this.#deps;
    for (const connection of [...this.#connections.values()]) {
      this.#close(connection);
      const notice = scheduler.dice.between(10, 5_000);
      scheduler.after(notice, undefined, () => onLost(connection.device));
    }
  }

  #close(connection: Connection): void {
    connection.open = false;
    connection.subscribed = false;
    this.#connections.delete(connection.device.id);
    connection.device.offline();
    const { life } = this.#deps;
    if (!life.alive) return;
    for (const reject of connection.sending)
      reject(new DeviceOfflineError(connection.device.id, "it was cut off"));
  }

  #subscribed(connection: Connection): void {
    if (!connection.open || !this.#deps.life.alive) return;
    this.#status(connection, "online");
    connection.subscribed = true;
    this.#deps.handler.ready(connection.device.id);
  }

  #status({ device }: Connection, state: "online" | "lost"): void {
    const payload = encodeStatus({ boot: device.boot, state });
    const message = { product: PRODUCT, device: device.id, class: "status", qos: 1 } as const;
    this.#deps.handler.message({ ...message, payload }).catch(() => undefined);
  }

  #publish(connection: Connection, message: Sent): void {
    connection.up.send(() => this.#arrived(connection, message));
  }

  #arrived(connection: Connection, message: Sent): void {
    const { life, handler, acknowledgesFirst } = this.#deps;
    if (!connection.open || !life.alive) return;
    const { device, class: cls, payload } = message;
    const inbound = { product: PRODUCT, device, class: cls, qos: 1, payload } as const;
    if (acknowledgesFirst) this.#acknowledge(connection, message);
    connection.appends.add(handler.message(inbound), {
      settled: () => undefined,
      answer: (error) => {
        if (!connection.open || !life.alive) return;
        if (error !== undefined) this.drop(device, "overload");
        else if (!acknowledgesFirst) this.#acknowledge(connection, message);
      },
    });
  }

  #acknowledge(connection: Connection, message: Sent): void {
    this.#deps.onAcknowledged(message);
    connection.down.send(() => {
      if (connection.open) connection.device.acknowledged(message);
    });
  }
}
