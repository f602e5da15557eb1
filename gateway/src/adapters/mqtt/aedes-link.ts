import assert from "node:assert/strict";
import type { Server, Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { DownClass } from "@voorzorg/firmware-contracts";
import type { AuthenticateError, Connection } from "aedes";
import type { Clock } from "#ports/clock.ts";
import type { DeviceDirectory, DeviceLink, DeviceLinkHandler } from "#ports/device-link.ts";
import type { Log } from "#ports/log.ts";
import type { Metrics } from "#ports/metrics.ts";
import type { ConnackCode } from "./access.ts";
import { identify } from "./access.ts";
import { BoundedStream } from "./bounded-stream.ts";
import type { BrokerHooks, IngestBroker, SignIn } from "./broker.ts";
import { createBroker } from "./broker.ts";
import { Connections } from "./connections.ts";
import { AuthBackoff, RepeatFilter } from "./counters.ts";
import { Inbound } from "./inbound.ts";
import type { LinkLimits } from "./limits.ts";
import { ByteBudget, DEFAULT_LIMITS } from "./limits.ts";
import type { LinkContext } from "./link-context.ts";
import { resumeAll } from "./link-context.ts";
import { DeviceOfflineError } from "./link-errors.ts";
import { LINK_METRICS } from "./link-metrics.ts";
import type { TlsMaterial } from "./listener.ts";
import { createListener, listen } from "./listener.ts";
import { Session } from "./session.ts";
import { TokenBucket } from "./token-bucket.ts";

export interface AedesLinkOptions {
  readonly handler: DeviceLinkHandler;
  readonly directory: DeviceDirectory;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly clock: Clock;
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  readonly tls?: TlsMaterial | undefined;
  readonly limits?: Partial<LinkLimits> | undefined;
}

/** MQTT 3.1 and 3.1.1 over TCP or TLS. */
export function createAedesLink(options: AedesLinkOptions): DeviceLink {
  return new AedesLink(options);
}

/** Ticks between two looks at all connections. */
const SWEEP_TICKS = 10;

const refusedWith = (returnCode: ConnackCode, reason: string): AuthenticateError =>
  Object.assign(new Error(reason), { returnCode });

class AedesLink implements DeviceLink {
  readonly #options: AedesLinkOptions;
  readonly #context: LinkContext;
  readonly #broker: IngestBroker;
  readonly #server: Server;
  readonly #connections: Connections;
  readonly #backoff = new AuthBackoff();
  readonly #sessions = new WeakMap<Connection, Session>();
  readonly #disposed = new AbortController();
  #uptimeMs = 0;
  #accepting = false;

  constructor(options: AedesLinkOptions) {
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    const { directory, handler, log, metrics, tls } = options;
    this.#options = options;
    this.#context = {
      handler,
      directory,
      metrics,
      log,
      limits,
      budget: new ByteBudget(limits.unackedTotal),
      inbound: new Inbound(handler, limits.maxInflightInbound),
      repeats: new RepeatFilter(),
      signIns: new TokenBucket(limits.signInsPerSecond, 0),
      heldByTotal: new Set(),
      heldByRate: new Set(),
      uptimeMs: () => this.#uptimeMs,
      accepting: () => this.#accepting,
    };
    this.#connections = new Connections(this.#context);
    this.#broker = createBroker(limits, this.#hooks());
    const onSocket = (socket: Socket): void => this.#accept(socket);
    this.#server = createListener({ tls, limits, log, onSocket });
  }

  async start(): Promise<{ readonly port: number }> {
    await this.#broker.listen();
    this.#accepting = true;
    const port = await listen(this.#server, this.#options.host, this.#options.port);
    void this.#keepTime();
    return { port };
  }

  async stopAccepting(): Promise<void> {
    this.#accepting = false;
    this.#server.close();
    await this.#underWaySettled();
    // The acknowledgements of the last appends are written within two turns.
    await nextTurn();
    await nextTurn();
  }

  async #underWaySettled(): Promise<void> {
    const { inbound, limits } = this.#context;
    const settled = new AbortController();
    const late = this.#options.clock.sleep(limits.stopTimeoutMs, settled.signal).then(
      () => this.#options.log.error({ waitedMs: limits.stopTimeoutMs }, "appends did not settle"),
      () => undefined,
    );
    await Promise.race([inbound.idle(), late]);
    settled.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopAccepting();
    this.#connections.endAll("shutdown");
    this.#disposed.abort();
    const closed = Promise.withResolvers<void>();
    this.#broker.close(closed.resolve);
    await closed.promise;
  }

  isReady(device: string): boolean {
    return this.#connections.of(device)?.ready ?? false;
  }

  send(device: string, product: string, cls: DownClass, payload: Uint8Array): Promise<void> {
    const session = this.#connections.of(device);
    return session === undefined
      ? Promise.reject(new DeviceOfflineError(device, "not connected"))
      : session.send(product, cls, payload);
  }

  kick(device: string, reason: string): void {
    const session = this.#connections.of(device);
    if (session !== undefined) {
      this.#options.log.info({ deviceId: device, reason }, "connection ended on request");
      this.#connections.end(session, "kicked");
    }
  }

  #accept(socket: Socket): void {
    if (!this.#accepting) {
      socket.destroy();
      return;
    }
    const stream = new BoundedStream(socket, this.#context.budget);
    const session = new Session(stream, this.#context);
    this.#sessions.set(stream, session);
    this.#connections.opened(session);
    this.#broker.handle(stream);
    session.start();
  }

  #hooks(): BrokerHooks {
    return {
      signIn: (connection, signIn) => this.#signIn(this.#sessionOf(connection), signIn),
      accepted: (connection) => this.#connections.accepted(this.#sessionOf(connection)),
      publish: (connection, packet, answer) => this.#sessionOf(connection).publish(packet, answer),
      allowSubscription: (connection, filter, qos) =>
        this.#sessionOf(connection).allowSubscription(filter, qos),
      subscribed: (connection) => this.#subscribed(this.#sessionOf(connection)),
      unsubscribed: (connection, filters) => this.#sessionOf(connection).unsubscribed(filters),
      ending: (connection, reason) => this.#sessionOf(connection).explain(reason),
    };
  }

  #sessionOf(connection: Connection): Session {
    const session = this.#sessions.get(connection);
    assert(session !== undefined, "the broker names a connection that it was not given");
    return session;
  }

  #signIn(session: Session, signIn: SignIn): AuthenticateError | undefined {
    const { directory, log, metrics } = this.#options;
    const { connect, secret, user } = signIn;
    const address = session.stream.remoteAddress;
    if (!this.#accepting) {
      return refusedWith(3, "stopping");
    }
    if (!this.#backoff.allows(address, this.#uptimeMs)) {
      metrics.count(LINK_METRICS.authFailures, { reason: "backoff" });
      return refusedWith(3, `too many failed sign-ins from ${address}`);
    }
    // From the packet: the broker invents an id for a client that gave none.
    const device = connect.clientId;
    const identified = identify(directory, { client: device, user, secret });
    if (!identified.ok) {
      this.#backoff.failed(address, this.#uptimeMs);
      metrics.count(LINK_METRICS.authFailures, { reason: identified.failure });
      if (this.#context.repeats.isNew(`${address} ${identified.reason}`, this.#uptimeMs)) {
        log.info({ address, reason: identified.reason }, "sign-in refused");
      }
      return refusedWith(identified.returnCode, identified.reason);
    }
    const wrongWill = takeWill(session, signIn);
    if (wrongWill !== undefined) {
      metrics.count(LINK_METRICS.authFailures, { reason: "will" });
      return refusedWith(5, wrongWill);
    }
    const clean = connect.clean !== false;
    session.identified(device, { clean, keepaliveSeconds: connect.keepalive ?? 0 });
    this.#connections.identified(session, device);
    return undefined;
  }

  #subscribed(session: Session): void {
    if (session.subscribed() && session.device !== undefined) {
      this.#options.handler.ready(session.device);
    }
  }

  async #keepTime(): Promise<void> {
    const { signal } = this.#disposed;
    const { tickMs } = this.#context.limits;
    for (let ticks = 1; !signal.aborted; ticks += 1) {
      try {
        await this.#options.clock.sleep(tickMs, signal);
      } catch {
        // Aborted: the link is disposed of.
        return;
      }
      this.#uptimeMs += tickMs;
      resumeAll(this.#context.heldByRate);
      if (ticks % SWEEP_TICKS === 0) {
        this.#connections.sweep();
      }
    }
  }
}

/** Kept by the session: so it is appended in order with the device's messages and before the news of its disconnect. */
function takeWill(session: Session, { connect, will }: SignIn): string | undefined {
  if (will === undefined) {
    return undefined;
  }
  const { qos = 0, topic } = will;
  const payload = Buffer.from(will.payload);
  return session.acceptWill(connect.clientId, { topic, qos, payload, packetId: undefined });
}
