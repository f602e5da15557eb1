import { setTimeout as delay, setImmediate as nextTurn } from "node:timers/promises";
import { ID_PATTERN, UP_CLASSES } from "@voorzorg/firmware-contracts";
import type { DeviceLinkHandler, InboundMessage } from "#ports/device-link.ts";
import { createAedesLink } from "../../src/adapters/mqtt/aedes-link.ts";
import type { BrokerReport, FromBroker, ToBroker } from "./broker-messages.ts";
import { memoryInUse } from "./memory.ts";
import { DEVICES, PRODUCT, secretOf } from "./mqtt-sessions.ts";

const known = new Set([...Array.from({ length: DEVICES }, (_, index) => `d${index}`), "canary"]);
const classes = new Set<string>(UP_CLASSES);
const counts = new Map<string, number>();
const gauges = new Map<string, number>();
const faults: string[] = [];
let durable = 0;

function add(what: string, by = 1): void {
  counts.set(what, (counts.get(what) ?? 0) + by);
}

function check(holds: boolean, fault: string): void {
  if (!holds && faults.length < 20) {
    faults.push(fault);
  }
}

function checkMessage({ class: cls, device, payload, product, qos }: InboundMessage): void {
  check(known.has(device), `a message of the unknown device ${JSON.stringify(device)}`);
  check(product === PRODUCT, `a message of the product ${JSON.stringify(product)}`);
  check(classes.has(cls), `a message of the class ${JSON.stringify(cls)}`);
  check(qos === 0 || qos === 1 || qos === 2, `a message of QoS ${qos}`);
  check(payload.length <= 128 * 1024, `a payload of ${payload.length} bytes`);
}

const connected = new Map<string, number>();

const handler: DeviceLinkHandler = {
  async message(message) {
    checkMessage(message);
    check(
      (connected.get(message.device) ?? 0) > 0,
      `a message of ${message.device}, which is not connected`,
    );
    // Like a group commit: nothing is durable in the same turn.
    await nextTurn();
    durable += 1;
  },
  refused({ client, code, payload, reason }) {
    check(ID_PATTERN.test(client), `a refusal for the client ${JSON.stringify(client)}`);
    check(payload.length <= 512, `a refusal with ${payload.length} bytes of payload`);
    check(reason.length < 2_000, `a reason of ${reason.length} letters`);
    add(`refused ${code}`);
  },
  connected(device) {
    connected.set(device, (connected.get(device) ?? 0) + 1);
  },
  disconnected(device) {
    connected.set(device, (connected.get(device) ?? 0) - 1);
  },
  ready(device) {
    for (const size of [20, 2_000]) {
      link.send(device, PRODUCT, "cmd", Buffer.alloc(size, 0x7b)).then(
        () => add("commands acknowledged"),
        (error: { readonly code?: string }) =>
          add(`command ${error.code ?? "failed without a code"}`),
      );
    }
  },
};

const link = createAedesLink({
  handler,
  directory: {
    open: false,
    productOf: (device) => (known.has(device) ? PRODUCT : undefined),
    secretMatches: (device, secret) => Buffer.from(secret).toString() === secretOf(device),
  },
  metrics: {
    count: (name, labels, by) => add([name, ...Object.values(labels ?? {})].join(" "), by),
    observe: () => undefined,
    gauge: (name, value) => void gauges.set(name, value),
  },
  log: { debug() {}, info() {}, warn() {}, error: (_fields, message) => add(`log ${message}`) },
  clock: {
    now: () => Date.now(),
    elapsed: () => performance.now(),
    sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }),
  },
  host: "0.0.0.0",
  port: 0,
  // Short, so that a run meets them too.
  limits: { connectTimeoutMs: 1_000, frameTimeoutMs: 1_500, sendTimeoutMs: 2_000, tickMs: 20 },
});

const tell = (message: FromBroker): void => void process.send?.(message);

function report(): BrokerReport {
  return {
    counts: Object.fromEntries(counts),
    connections: gauges.get("connections") ?? 0,
    unackedBytes: gauges.get("unacknowledged_bytes") ?? 0,
    durable,
    faults,
    memory: memoryInUse(),
  };
}

process.on("message", (message: ToBroker) => {
  if (message.kind === "report") {
    tell({ kind: "report", report: report() });
  }
});
process.on("disconnect", () => process.exit(0));

tell({ kind: "listening", port: (await link.start()).port });
