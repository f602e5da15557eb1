/**
 * `each`: a write to InfluxDB per message, as the nodes do by themselves. `batch`: points are gathered by code of one's
 * own in the function.
 */
export type Writes = "each" | "batch";

export interface FlowOptions {
  readonly mqttPort: number;
  readonly influxPort: number;
  readonly database: string;
  /** Limits that the function looks at with every message. */
  readonly limits: number;
  readonly writes: Writes;
}

/** Points of one write in `batch`, or what there is after this time. */
const BATCH_POINTS = 1_000;
const BATCH_EVERY_MS = 500;
/** Microseconds: messages of one device within a millisecond are points of their own. */
const PRECISION = "u";
const MEASUREMENT = "espresso-pro";
const TAB = "tab";

/** Path of the flow's own counters. */
export const COUNTERS_PATH = "/counters";

type Node = Readonly<Record<string, unknown>>;

/** What people write into a function node: the limits of our rules, and a point for InfluxDB. */
export function functionText(limits: number, writes: Writes): string {
  const checks = Array.from(
    { length: limits },
    (_, index) =>
      `check("limit-${index}", m.boiler_temp > ${150 + index}.5 && m.state !== "off", m.boiler_temp < 120);`,
  );
  return `const device = msg.topic.split("/")[2];
const { m, ts, seq } = msg.payload;
const alerts = context.get("alerts");
function check(rule, broken, clear) {
  const key = device + "/" + rule;
  const alert = alerts.get(key);
  if (broken && alert === undefined) alerts.set(key, { since: ts, firing: false });
  else if (broken && !alert.firing && ts - alert.since >= 30000) {
    alert.firing = true;
    node.send([null, { payload: key }]);
  } else if (alert !== undefined && clear) alerts.delete(key);
}
${checks.join("\n")}
flow.set("processed", (flow.get("processed") || 0) + 1);
const timestamp = ts * 1000 + (seq % 1000);
${writes === "each" ? EACH : BATCH}`;
}

const EACH = "return [{ payload: [[{ ...m, time: timestamp }, { device }]] }, null];";
const BATCH = `const points = context.get("points");
points.push({ measurement: "${MEASUREMENT}", tags: { device }, fields: m, timestamp });
if (points.length < ${BATCH_POINTS}) return null;
context.set("points", []);
return [{ payload: points }, null];`;

const INITIALIZE = `context.set("points", []);
context.set("alerts", new Map());
context.set("timer", setInterval(() => {
  const points = context.get("points");
  if (points.length === 0) return;
  context.set("points", []);
  node.send([{ payload: points }, null]);
}, ${BATCH_EVERY_MS}));`;

/** A broker, what subscribes to it, JSON, the rules and InfluxDB: nodes of one flow, wired one after the other. */
export const flowOf = (options: FlowOptions): readonly Node[] => [
  { id: TAB, type: "tab", label: "bench" },
  ...intake(options.mqttPort),
  ...work(options),
  ...COUNTERS,
];

const intake = (mqttPort: number): readonly Node[] => [
  {
    id: "aedes",
    type: "aedes broker",
    z: TAB,
    mqtt_port: mqttPort,
    mqtt_ws_bind: "port",
    mqtt_ws_port: "",
    dburl: "",
    usetls: false,
    wires: [[], []],
  },
  {
    id: "client",
    type: "mqtt-broker",
    broker: "127.0.0.1",
    port: mqttPort,
    clientid: "flow",
    autoConnect: true,
    protocolVersion: "4",
    keepalive: "60",
    cleansession: true,
  },
  {
    id: "in",
    type: "mqtt in",
    z: TAB,
    topic: "vz1/+/+/tele",
    qos: "1",
    datatype: "utf8",
    broker: "client",
    inputs: 0,
    wires: [["parse"]],
  },
  { id: "parse", type: "json", z: TAB, property: "payload", action: "obj", wires: [["rules"]] },
];

const work = ({ influxPort, database, limits, writes }: FlowOptions): readonly Node[] => [
  {
    id: "rules",
    type: "function",
    z: TAB,
    func: functionText(limits, writes),
    outputs: 2,
    initialize: INITIALIZE,
    finalize: `clearInterval(context.get("timer"));`,
    libs: [],
    wires: [["store"], []],
  },
  {
    id: "store",
    type: writes === "each" ? "influxdb out" : "influxdb batch",
    z: TAB,
    influxdb: "influx",
    measurement: MEASUREMENT,
    precision: PRECISION,
    retentionPolicy: "",
    wires: [],
  },
  {
    id: "influx",
    type: "influxdb",
    hostname: "127.0.0.1",
    port: String(influxPort),
    protocol: "http",
    database,
    usetls: false,
    influxdbVersion: "1.x",
  },
];

const COUNTERS: readonly Node[] = [
  { id: "asked", type: "http in", z: TAB, url: COUNTERS_PATH, method: "get", wires: [["answer"]] },
  {
    id: "answer",
    type: "function",
    z: TAB,
    func: `msg.payload = { processed: flow.get("processed") || 0 };\nreturn msg;`,
    outputs: 1,
    libs: [],
    wires: [["told"]],
  },
  { id: "told", type: "http response", z: TAB, wires: [] },
];
