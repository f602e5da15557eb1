import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { connectAsync } from "mqtt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ADMIN_TOKEN, GatewayProcess } from "./support/gateway-process.ts";

/** Debian's own interpreter: another one in the path does not see Debian's packages. */
const PYTHON = "/usr/bin/python3";
const ADVICE = "Please descale the machine.";
const RECEIVE_WITHIN_MS = 15_000;

const PAHO = `
import sys, paho.mqtt.client as mqtt
port, device, version = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
options = {} if version == 5 else {"clean_session": True}
client = mqtt.Client(client_id=device, protocol=version, **options)
client.username_pw_set(device)
def say(*words): print(*words, flush=True)
ended = False
def end():
    global ended
    ended = True
def on_connect(client, data, flags, code, properties=None):
    # The codes of MQTT 5 are objects that hold the number.
    code = getattr(code, "value", code)
    if code != 0:
        say("refused", code)
        return end()
    client.subscribe("vz1/espresso-pro/%s/cmd" % device, qos=1)
def on_subscribe(client, data, mid, granted, properties=None):
    for qos in (0, 1, 2):
        payload = '{"boot":1,"seq":%d,"m":{"boiler_temp":9%d.5}}' % (qos + 1, qos)
        client.publish("vz1/espresso-pro/%s/tele" % device, payload, qos=qos)
published = []
def on_publish(client, data, mid):
    published.append(mid)
    if len(published) == 3: say("published")
def on_message(client, data, message):
    say("command", message.payload.decode())
    end()
client.on_connect, client.on_subscribe = on_connect, on_subscribe
client.on_publish, client.on_message = on_publish, on_message
client.connect("127.0.0.1", port, 60)
while not ended: client.loop(timeout=1)
# The acknowledgement is written after the callback.
client.loop(timeout=0.2)
client.disconnect()
`;

interface Talk {
  readonly device: string;
  readonly port: number;
  /** As in CONNECT: 3, 4 or 5. */
  readonly level: 3 | 4 | 5;
  /** To be called when all three messages are acknowledged. */
  readonly published: () => Promise<void>;
}

/** Subscribes to its commands, publishes at QoS 0, 1 and 2 and resolves with the first command, or with the refusal's code. */
type Client = (talk: Talk) => Promise<{ readonly command: string } | { readonly refused: number }>;

const payload = (qos: number): string =>
  JSON.stringify({ boot: 1, seq: qos + 1, m: { boiler_temp: 90.5 + qos } });
const QOS = [0, 1, 2] as const;

async function mosquitto({ device, level, port, published }: Talk): ReturnType<Client> {
  const version = { 3: "mqttv31", 4: "mqttv311", 5: "mqttv5" }[level];
  const common = ["-h", "127.0.0.1", "-p", String(port), "-i", device, "-V", version];
  for (const qos of QOS) {
    const topic = `vz1/espresso-pro/${device}/tele`;
    const args = [...common, "-q", String(qos), "-t", topic, "-m", payload(qos)];
    const [code] = await once(spawn("mosquitto_pub", args, { stdio: "ignore" }), "close");
    if (code !== 0) return { refused: code as number };
  }
  await published();
  const wait = ["-q", "1", "-C", "1", "-W", "15", "-t", `vz1/espresso-pro/${device}/cmd`];
  const child = spawn("mosquitto_sub", [...common, ...wait], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let command = "";
  child.stdout.on("data", (chunk) => {
    command += String(chunk);
  });
  const [code] = await once(child, "close");
  return code === 0 ? { command } : { refused: code as number };
}

async function paho({ device, level, port, published }: Talk): ReturnType<Client> {
  const args = ["-c", PAHO, String(port), device, String(level)];
  const child = spawn(PYTHON, args, { stdio: ["ignore", "pipe", "inherit"] });
  const late = setTimeout(() => child.kill(), RECEIVE_WITHIN_MS);
  try {
    for await (const line of createInterface(child.stdout)) {
      const [word, ...rest] = line.split(" ");
      if (word === "refused") return { refused: Number(rest[0]) };
      if (word === "command") return { command: rest.join(" ") };
      await published();
    }
    throw new Error("paho ended without an outcome");
  } catch (error) {
    child.kill();
    throw error;
  } finally {
    clearTimeout(late);
  }
}

async function mqttJs({ device, level, port, published }: Talk): ReturnType<Client> {
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`, {
    clientId: device,
    username: device,
    protocolVersion: level,
    protocolId: level === 3 ? "MQIsdp" : "MQTT",
    reconnectPeriod: 0,
  }).catch((error: { code?: number }) => error);
  if (!("subscribeAsync" in client)) return { refused: client.code ?? -1 };
  const received = new Promise<string>((resolve) => {
    client.once("message", (_topic, bytes) => resolve(bytes.toString()));
  });
  await client.subscribeAsync(`vz1/espresso-pro/${device}/cmd`, { qos: 1 });
  for (const qos of QOS) {
    await client.publishAsync(`vz1/espresso-pro/${device}/tele`, payload(qos), { qos });
  }
  await published();
  const command = await received;
  await client.endAsync();
  return { command };
}

const CLIENTS: readonly { readonly name: string; readonly run: Client }[] = [
  { name: "mosquitto", run: mosquitto },
  { name: "paho", run: paho },
  { name: "mqtt-js", run: mqttJs },
];

let gateway: GatewayProcess;
let port = 0;

beforeAll(async () => {
  for (const program of ["mosquitto_pub", "mosquitto_sub"]) {
    const { error } = spawnSync(program, ["--help"]);
    expect(error, `${program} is missing: apt-get install mosquitto-clients`).toBeUndefined();
  }
  const { status } = spawnSync(PYTHON, ["-c", "import paho.mqtt.client"]);
  expect(status, "paho is missing: apt-get install python3-paho-mqtt").toBe(0);
  gateway = await GatewayProcess.start({ VOORZORG_ADMIN_TOKEN: ADMIN_TOKEN });
  port = Number(new URL(gateway.addresses.mqtt).port);
});
afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]();
});

interface Device {
  readonly messages?: number;
  readonly signals?: Readonly<Record<string, { readonly value: unknown }>>;
  readonly commands?: readonly { readonly id: string; readonly state: string }[];
}

describe.each(CLIENTS)("a device with $name", ({ name, run }) => {
  test.each([3, 4] as const)(
    "publishes at QoS 0, 1 and 2 and receives a command over protocol level %i",
    async (level) => {
      const device = `${name}-${level}`;
      let sent = "";
      const published = async (): Promise<void> => {
        await gateway.eventually<Device>(`/api/devices/${device}`, (d) => d.messages === 3);
        const command = { name: "show_advice", args: { text: ADVICE } };
        const answer = await gateway.post(`/api/devices/${device}/commands`, command);
        expect(answer.status).toBe(202);
        sent = ((await answer.json()) as { id: string }).id;
      };
      const outcome = await run({ device, port, level, published });
      expect(outcome).toHaveProperty("command");
      const command = JSON.parse("command" in outcome ? outcome.command : "") as object;
      expect(command).toMatchObject({ id: sent, name: "show_advice", args: { text: ADVICE } });
      const path = `/api/devices/${device}`;
      const { signals } = await gateway.eventually<Device>(
        path,
        (d) => d.commands?.some(({ id, state }) => id === sent && state === "delivered") ?? false,
      );
      expect(signals?.boiler_temp?.value, "the last of the three").toBe(92.5);
    },
  );

  test("is told at once that MQTT 5 is not spoken here", async () => {
    const before = await gateway.metrics();
    const never = (): Promise<void> => Promise.reject(new Error("nothing should be published"));
    const outcome = await run({ device: `${name}-5`, port, level: 5, published: never });
    // The code of MQTT 5 for an unsupported protocol version, or that of MQTT 3.1.1.
    expect([{ refused: 132 }, { refused: 1 }]).toContainEqual(outcome);
    const closed = 'connections_closed_total{reason="unsupported_version"}';
    const after = await gateway.metrics();
    expect((after.get(closed) ?? 0) - (before.get(closed) ?? 0)).toBe(1);
    expect((await gateway.fetch(`/api/devices/${name}-5`)).status).toBe(404);
  });
});
