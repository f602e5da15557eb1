import type { AddressInfo, Server, Socket } from "node:net";
import { connect as connectTcp, createServer } from "node:net";
import type { AuthenticateError } from "aedes";
import { Aedes } from "aedes";
import type { IClientOptions, IPublishPacket, MqttClient } from "mqtt";
import mqtt from "mqtt";
import { BoundedStream } from "../../../src/adapters/mqtt/bounded-stream.ts";
import { ByteBudget } from "../../../src/adapters/mqtt/limits.ts";
import { RawClient } from "./link-fixture.ts";

const MIB = 1024 * 1024;
const REJECTED_ID = 2;

/** A client and what it was sent. */
export interface Listener {
  readonly client: MqttClient;
  readonly received: readonly IPublishPacket[];
}

/**
 * The protocol engine as it comes, behind our stream that cuts and counts frames, with nothing of our access rules: every topic
 * is free, messages go from client to client. Shows that what we build on, and what we put in front of it, speak MQTT 3.1.1.
 */
export class BareEngine implements AsyncDisposable {
  readonly budget = new ByteBudget(64 * MIB);
  readonly #engine: Aedes;
  readonly #server: Server;
  readonly #clients: MqttClient[] = [];
  readonly #sockets: Socket[] = [];

  private constructor(engine: Aedes) {
    this.#engine = engine;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  static async start(): Promise<BareEngine> {
    const emptyIds = new WeakSet<object>();
    const engine = new Aedes({
      preConnect: (client, packet, done) => {
        if (packet.clientId === "" && packet.clean === false) {
          emptyIds.add(client);
        }
        done(null, true);
      },
      authenticate: (client, _user, _secret, done) => {
        const error: AuthenticateError = Object.assign(new Error("no id"), {
          returnCode: REJECTED_ID,
        });
        const refused = emptyIds.has(client);
        done(refused ? error : null, !refused);
      },
      authorizeSubscribe: (_client, subscription, done) =>
        done(null, subscription.topic === "test/nosubscribe" ? null : subscription),
    });
    await engine.listen();
    const bare = new BareEngine(engine);
    const { promise, resolve } = Promise.withResolvers<void>();
    bare.#server.listen(0, "127.0.0.1", resolve);
    await promise;
    return bare;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  #accept(socket: Socket): void {
    const stream = new BoundedStream(socket, this.budget);
    this.#engine.handle(stream);
    stream.start({
      limitOf: () => MIB,
      admit: () => "pass",
      fault: () => stream.destroy(),
    });
  }

  async connect(clientId: string, options: IClientOptions = {}): Promise<Listener> {
    const received: IPublishPacket[] = [];
    const client = mqtt.connect({
      host: "127.0.0.1",
      port: this.port,
      protocolVersion: 4,
      clientId,
      reconnectPeriod: 0,
      ...options,
    });
    this.#clients.push(client);
    // Before the connection, as queued messages come right behind the CONNACK.
    client.on("message", (_topic, _payload, packet) => received.push(packet));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    client.once("connect", () => resolve());
    client.once("error", reject);
    client.once("close", () => reject(new Error("closed before connected")));
    await promise;
    return { client, received };
  }

  async raw(): Promise<RawClient> {
    const socket = connectTcp(this.port, "127.0.0.1");
    this.#sockets.push(socket);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.once("connect", resolve);
    socket.once("error", reject);
    await promise;
    return new RawClient(socket);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) {
      client.on("error", () => {});
      client.end(true);
    }
    for (const socket of this.#sockets) {
      socket.destroy();
    }
    this.#server.close();
    const closed = Promise.withResolvers<void>();
    this.#engine.close(closed.resolve);
    await closed.promise;
  }
}
