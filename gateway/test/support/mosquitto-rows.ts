/** One call of mosquitto_pub and everything that must follow from it. `D` stands for the device's own id. */
interface MosquittoRow {
  readonly title: string;
  readonly topic: string;
  readonly payload: string;
  readonly qos?: 0 | 1 | 2;
  readonly args?: readonly string[];
  /** As mosquitto_pub: 0 = acknowledged (or QoS 0), 5 = not authorised, 7 = connection ended. */
  readonly exit: number;
  /** Counters that grow by one. */
  readonly counts: readonly string[];
  /** Undefined = accepted: nothing in quarantine. */
  readonly quarantine?: { readonly code: string; readonly reason: RegExp };
  readonly log?: string;
}

const TELE = "vz1/espresso-pro/D/tele";
export const VALID =
  '{"boot":1,"seq":1,"ts":1795356199123,"m":{"boiler_temp":93.4,"state":"idle"}}';
const QUARANTINED = "a message went to quarantine";
const REFUSED = "a publish was refused";

const received = (qos: number): string => `messages_received_total{class="tele",qos="${qos}"}`;
const quarantined = (code: string): string => `messages_quarantined_total{code="${code}"}`;

const accepted = (title: string, qos: 0 | 1 | 2, args: readonly string[] = []): MosquittoRow => ({
  title,
  topic: TELE,
  payload: VALID,
  qos,
  args,
  exit: 0,
  counts: [received(qos), 'connections_closed_total{reason="client"}'],
});

/** Acknowledged, or the device would send it for ever. */
function inQuarantine(
  title: string,
  payload: string,
  [code, reason]: [string, RegExp],
): MosquittoRow {
  const counts = [received(1), quarantined(code)];
  return {
    title,
    topic: TELE,
    payload,
    exit: 0,
    counts,
    quarantine: { code, reason },
    log: QUARANTINED,
  };
}

/** Not acknowledged, and the connection ends. */
function refused(
  title: string,
  row: Pick<MosquittoRow, "topic"> & Partial<MosquittoRow>,
  why: [string, RegExp],
): MosquittoRow {
  const [code, reason] = why;
  const counts = [`messages_refused_total{code="${code}"}`, quarantined(code)];
  return {
    title,
    payload: VALID,
    // At QoS 0 the client waits for no answer and sees nothing of the refusal.
    exit: row.qos === 0 ? 0 : 7,
    counts,
    quarantine: { code, reason },
    log: REFUSED,
    ...row,
  };
}

export const ROWS: readonly MosquittoRow[] = [
  accepted("a valid reading at QoS 0", 0),
  accepted("a valid reading at QoS 1", 1),
  accepted("a valid reading at QoS 2", 2),
  accepted("a valid reading with the retain flag, which has no effect", 1, ["-r"]),
  accepted("a valid reading over MQTT 3.1", 1, ["-V", "mqttv31"]),
  inQuarantine("a text where a number belongs", '{"boot":1,"seq":1,"m":{"boiler_temp":"hot"}}', [
    "bad_value",
    /boiler_temp.*"hot".*number/,
  ]),
  inQuarantine("broken JSON", '{"boot":1,"seq":1,', ["bad_json", /not valid JSON/]),
  inQuarantine("NaN", '{"boot":1,"seq":1,"m":{"boiler_temp":NaN}}', ["bad_json", /NaN/]),
  inQuarantine("a signal that the product does not have", '{"boot":1,"seq":1,"m":{"nope":1}}', [
    "unknown_signal",
    /"nope".*known are boiler_temp/,
  ]),
  inQuarantine("a payload above 64 KiB", "x".repeat(70_000), ["too_large", /70000 bytes.*65536/]),
  {
    ...inQuarantine("a product that nobody knows", VALID, [
      "unknown_product",
      /"toaster" is not known/,
    ]),
    topic: "vz1/toaster/D/tele",
  },
  refused(
    "a packet above 128 KiB",
    {
      topic: TELE,
      payload: "x".repeat(140_000),
      counts: [
        'messages_refused_total{code="frame_too_large"}',
        'connections_closed_total{reason="frame_too_large"}',
      ],
    },
    ["frame_too_large", /140\d\d\d bytes.*131072/],
  ),
  refused("a wrong topic at QoS 0", { topic: "home/kitchen", qos: 0 }, [
    "wrong_topic",
    /home\/kitchen.*vz1/,
  ]),
  refused("a wrong topic at QoS 1", { topic: "home/kitchen", qos: 1 }, [
    "wrong_topic",
    /home\/kitchen.*vz1/,
  ]),
  refused("a wrong topic at QoS 2", { topic: "home/kitchen", qos: 2 }, [
    "wrong_topic",
    /home\/kitchen.*vz1/,
  ]),
  refused("a topic of the broker itself", { topic: "$SYS/broker/clients" }, [
    "wrong_topic",
    /\$SYS/,
  ]),
  refused("a class that does not exist", { topic: "vz1/espresso-pro/D/status2" }, [
    "wrong_topic",
    /one of status/,
  ]),
  refused("another device's topic at QoS 0", { topic: "vz1/espresso-pro/other/tele", qos: 0 }, [
    "wrong_device",
    /other/,
  ]),
  refused("another device's topic at QoS 1", { topic: "vz1/espresso-pro/other/tele" }, [
    "wrong_device",
    /other/,
  ]),
  refused("another device's topic at QoS 2", { topic: "vz1/espresso-pro/other/tele", qos: 2 }, [
    "wrong_device",
    /other/,
  ]),
  refused("a retained command to itself", { topic: "vz1/espresso-pro/D/cmd", args: ["-r"] }, [
    "wrong_topic",
    /"vz1\/espresso-pro\/.*\/cmd" is not one of/,
  ]),
  refused(
    "a retained command to another device",
    { topic: "vz1/espresso-pro/other/cmd", args: ["-r"] },
    ["wrong_topic", /other\/cmd/],
  ),
  refused(
    "a will on another device's topic",
    {
      topic: TELE,
      args: ["--will-topic", "vz1/espresso-pro/other/status", "--will-payload", '{"s":"lost"}'],
      exit: 5,
      counts: ['auth_failures_total{reason="will"}', 'messages_refused_total{code="wrong_device"}'],
    },
    ["wrong_device", /^will: .*other/],
  ),
];

interface SubscribeRow {
  readonly title: string;
  readonly filter: string;
  readonly granted: boolean;
}
export const SUBSCRIPTIONS: readonly SubscribeRow[] = [
  { title: "everything", filter: "#", granted: false },
  { title: "the broker's own topics", filter: "$SYS/#", granted: false },
  { title: "another device's commands", filter: "vz1/espresso-pro/other/cmd", granted: false },
  { title: "its commands with a wildcard", filter: "vz1/+/D/cmd", granted: false },
  { title: "its own readings", filter: "vz1/espresso-pro/D/tele", granted: false },
  { title: "its own commands", filter: "vz1/espresso-pro/D/cmd", granted: true },
];
