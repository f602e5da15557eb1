import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { RequestOptions } from "node:https";
import { request } from "node:https";
import { connect } from "node:net";
import { join } from "node:path";
import { connectAsync } from "mqtt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ADMIN_TOKEN, GatewayProcess, journalOf } from "./support/gateway-process.ts";
import { tempFolder } from "./support/temp-folder.ts";

const folder = tempFolder();
const cert = join(folder.path, "cert.pem");
const key = join(folder.path, "key.pem");
const READING = '{"boot":1,"seq":1,"m":{"boiler_temp":93.4}}';
const TOPIC = "vz1/espresso-pro/secure-1/tele";

let gateway: GatewayProcess;
let ca = "";
let mqttPort = 0;
let httpPort = 0;
let secret = "";

async function overHttps(path: string, options: RequestOptions = {}, body = "") {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" };
  const sent = request({ host: "127.0.0.1", port: httpPort, path, ca, headers, ...options });
  sent.end(body);
  const [response] = await once(sent, "response");
  let text = "";
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode as number, headers: response.headers, text };
}

beforeAll(async () => {
  const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
  const files = ["-keyout", key, "-out", cert, "-days", "2", "-nodes"];
  const made = spawnSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", ...files, ...subject]);
  expect(made.error, "openssl is missing: apt-get install openssl").toBeUndefined();
  expect(made.status, String(made.stderr)).toBe(0);
  ca = readFileSync(cert, "utf8");
  gateway = await GatewayProcess.start({
    VOORZORG_HOST: "0.0.0.0",
    VOORZORG_TLS_CERT: cert,
    VOORZORG_TLS_KEY: key,
    VOORZORG_ADMIN_TOKEN: ADMIN_TOKEN,
  });
  mqttPort = Number(new URL(gateway.addresses.mqtt).port);
  httpPort = Number(new URL(gateway.addresses.http).port);
});
afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

describe("a gateway that others reach", () => {
  test("says so and names addresses with TLS", () => {
    expect(gateway.addresses.http).toMatch(/^https:/);
    expect(gateway.addresses.mqtt).toMatch(/^mqtts:/);
    expect(gateway.stderr).toContain("Reachable from outside on 0.0.0.0, with TLS");
    expect(gateway.stderr).not.toContain("REGISTRATION IS OPEN");
  });

  test("serves API and console over HTTPS and makes browsers stay there", async () => {
    expect((await overHttps("/api/health")).status).toBe(200);
    const page = await overHttps("/sign-in", { headers: {} });
    expect(page.status).toBe(200);
    expect(page.headers["strict-transport-security"]).toMatch(/max-age=\d+/);
    const device = JSON.stringify({ id: "secure-1", product: "espresso-pro" });
    const answer = await overHttps("/api/devices", { method: "POST" }, device);
    expect(answer.status, answer.text).toBe(201);
    secret = (JSON.parse(answer.text) as { secret: string }).secret;
  });

  test("marks the session cookie as one that never travels in the clear", async () => {
    const { pathname, search } = new URL(gateway.addresses.signInLink);
    const { headers } = await overHttps(`${pathname}${search}`);
    expect(headers["set-cookie"]?.[0]).toMatch(/;\s*Secure/i);
  });

  test("takes a registered device's readings over TLS", async () => {
    const client = await connectAsync(`mqtts://127.0.0.1:${mqttPort}`, {
      ca,
      clientId: "secure-1",
      username: "secure-1",
      password: secret,
      reconnectPeriod: 0,
    });
    await client.publishAsync(TOPIC, READING, { qos: 1 });
    await client.endAsync();
    const records = await journalOf(gateway.dataDir);
    expect(records.filter((r) => r.device === "secure-1" && r.class === "tele")).toHaveLength(1);
  });

  test("takes them from Debian's mosquitto_pub, which checks the certificate", () => {
    const to = [
      "-h",
      "127.0.0.1",
      "-p",
      String(mqttPort),
      "-V",
      "mqttv311",
      "-t",
      TOPIC,
      "-q",
      "1",
    ];
    const who = ["-i", "secure-1", "-u", "secure-1", "-P", secret];
    const trusted = spawnSync("mosquitto_pub", [...to, ...who, "--cafile", cert, "-m", READING]);
    expect(
      trusted.error,
      "mosquitto_pub is missing: apt-get install mosquitto-clients",
    ).toBeUndefined();
    expect(trusted.status, String(trusted.stderr)).toBe(0);
    const stranger = ["-i", "stranger", "-u", "stranger", "-P", "guess"];
    expect(
      spawnSync("mosquitto_pub", [...to, ...stranger, "--cafile", cert, "-m", "1"]).status,
    ).toBe(4);
    expect(
      spawnSync("mosquitto_pub", [...to, ...who, "-m", READING]).status,
      "in the clear",
    ).not.toBe(0);
  });

  test.each(["MQTT", "HTTP"])("answers nothing to %s in the clear", async (protocol) => {
    const socket = connect(protocol === "MQTT" ? mqttPort : httpPort, "127.0.0.1");
    const hello = {
      MQTT: Buffer.from([0x10, 14, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 60, 0, 2, 0x61, 0x62]),
      HTTP: Buffer.from("GET /api/health HTTP/1.1\r\nhost: x\r\n\r\n"),
    }[protocol];
    let answer = "";
    socket.on("data", (chunk) => {
      answer += chunk.toString("latin1");
    });
    socket.on("error", () => undefined);
    socket.write(hello ?? "");
    await once(socket, "close");
    expect(answer).not.toContain("ok");
    expect(answer).not.toContain("HTTP/1.1 200");
    // CONNACK
    expect(answer.charCodeAt(0)).not.toBe(0x20);
  });
});

test("a certificate that does not belong to its key is refused at the start, with the reason", async () => {
  const other = join(folder.path, "other.pem");
  const files = ["-keyout", other, "-out", join(folder.path, "unused.pem"), "-days", "2", "-nodes"];
  spawnSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", ...files, "-subj", "/CN=other"]);
  const { code, stderr } = await GatewayProcess.refused({
    VOORZORG_TLS_CERT: cert,
    VOORZORG_TLS_KEY: other,
  });
  expect(stderr).toMatch(/VOORZORG_TLS_CERT and VOORZORG_TLS_KEY: .*mismatch.*PEM/i);
  expect(code).toBe(1);
});
