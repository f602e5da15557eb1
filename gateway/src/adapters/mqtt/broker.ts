import type { AuthenticateError, Client, Connection, ConnectPacket } from "aedes";
import { Aedes } from "aedes";
import type { LinkLimits } from "./limits.ts";
import type { CloseReason } from "./link-metrics.ts";
import type { Answer } from "./ordered-appends.ts";
import type { UpPacket } from "./session.ts";

type Done = (error?: Error) => void;

/**
 * aedes as the protocol engine only. Nobody reads a device's messages through the broker: the gateway gets them before their
 * acknowledgement, and what the gateway sends is written to one connection. So publishing ends here: no retained store,
 * no offline queue, no fan-out, no `$SYS` topics.
 */
export class IngestBroker extends Aedes {
  override publish(_packet: unknown, client: unknown, done?: Done): void {
    const finished = typeof client === "function" ? (client as Done) : done;
    finished?.();
  }
}

export interface SignIn {
  readonly connect: ConnectPacket;
  readonly will: ConnectPacket["will"];
  readonly user: string | undefined;
  readonly secret: Uint8Array | undefined;
}

/** What the protocol engine asks and tells; a connection is named by its stream. */
export interface BrokerHooks {
  /** Undefined = the device may connect. */
  signIn(connection: Connection, signIn: SignIn): AuthenticateError | undefined;
  accepted(connection: Connection): void;
  publish(connection: Connection, packet: UpPacket, answer: Answer): void;
  allowSubscription(connection: Connection, filter: string, qos: number): boolean;
  subscribed(connection: Connection): void;
  unsubscribed(connection: Connection, filters: readonly string[]): void;
  /** The engine is about to end the connection, or has just done so. */
  ending(connection: Connection, reason: CloseReason): void;
}

/** CONNACK "keep alive limit exceeded", a code of aedes' own. */
const KEEPALIVE_REFUSED = 6;

export function createBroker(limits: LinkLimits, hooks: BrokerHooks): IngestBroker {
  const connects = new WeakMap<Client, Pick<SignIn, "connect" | "will">>();
  const broker = new IngestBroker({
    concurrency: 1_000,
    connectTimeout: limits.connectTimeoutMs,
    drainTimeout: limits.drainTimeoutMs,
    keepaliveLimit: limits.keepaliveLimit,
    maxTopicLevels: 12,
    maxInflightInbound: limits.maxInflightInbound,
    // Ids are checked for every version at sign-in.
    maxClientsIdLength: 64,
    preConnect: (client, packet, done) => {
      connects.set(client, { connect: packet, will: packet.will });
      // The session keeps the will: the engine would publish it after the news of the disconnect, and on shutdown.
      delete packet.will;
      done(null, true);
    },
    authenticate: (client, user, secret, done) => {
      const asked = connects.get(client);
      if (asked === undefined) {
        done(null, false);
        return;
      }
      const refusal = hooks.signIn(client.conn, { ...asked, user, secret });
      // Its own timer would run on while the connection is not read because of us; the session keeps a fair one.
      asked.connect.keepalive = 0;
      done(refusal ?? null, refusal === undefined);
    },
    authorizePublish: (client, packet, done) => {
      if (client === null) {
        done(new Error("a publish without a connection"));
        return;
      }
      const { messageId: packetId, qos, topic } = packet;
      const payload = Buffer.from(packet.payload);
      if (qos === 2) {
        // Kept by the engine until PUBREL; only the id is needed for that.
        packet.payload = Buffer.alloc(0);
      }
      hooks.publish(client.conn, { topic, qos, payload, packetId }, done);
    },
    authorizeSubscribe: (client, subscription, done) => {
      const { qos, topic } = subscription;
      done(null, hooks.allowSubscription(client.conn, topic, qos) ? subscription : null);
    },
    authorizeForward: () => null,
  });
  listenTo(broker, hooks);
  return broker;
}

function listenTo(broker: IngestBroker, hooks: BrokerHooks): void {
  broker.on("connackSent", ({ returnCode }, client) => {
    if (returnCode === 0) {
      hooks.accepted(client.conn);
    } else {
      const keepalive = returnCode === KEEPALIVE_REFUSED;
      hooks.ending(client.conn, keepalive ? "keepalive_refused" : "auth_failed");
    }
  });
  broker.on("subscribe", (_subscriptions, client) => hooks.subscribed(client.conn));
  // A resumed session brings its subscriptions along without a SUBSCRIBE.
  broker.on("clientReady", (client) => hooks.subscribed(client.conn));
  broker.on("unsubscribe", (filters, client) => hooks.unsubscribed(client.conn, filters));
  const failed = (client: Client, error: Error): void => hooks.ending(client.conn, reasonOf(error));
  broker.on("clientError", failed);
  broker.on("connectionError", failed);
}

function reasonOf(error: Error): CloseReason {
  switch (error.message) {
    case "connect did not arrive in time":
      return "connect_timeout";
    case "drain timeout":
      return "drain_timeout";
    case "keep alive limit exceeded":
      return "keepalive_refused";
    case "connection closed":
      return "lost";
    default:
      return "protocol_error";
  }
}
