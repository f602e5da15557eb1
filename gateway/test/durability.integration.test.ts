import type { ChildProcess } from "node:child_process";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { generate, parser } from "mqtt-packet";
import { beforeAll, describe, expect, it } from "vitest";
import { isDurableFirst, readSyncTrace } from "./support/sync-trace.ts";
import { tempFolder } from "./support/temp-folder.ts";

const MARKER = "durability-marker-7c1f";
/** Both bytes are letters, so that the acknowledgement can be found in the trace: 40 02 4d 4d. */
const PACKET_ID = 0x4d4d;
const PUBACK = '"@\\2MM"';
const TRACED = "pwrite64,pwritev,write,writev,sendto,sendmsg,fdatasync,fsync";

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/** Runs Node under strace; the trace is complete once the child has ended. */
function traced(traceFile: string, argv: readonly string[], env = {}): ChildProcess {
  const options = ["-f", "-yy", "-s", "131072", "-e", `trace=${TRACED}`, "-o", traceFile];
  return spawn("strace", [...options, process.execPath, ...argv], {
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
}

/** Publishes once at QoS 1 and resolves with the acknowledgement's packet id. */
async function publishOnce(port: number, device: { id: string; secret?: string; product: string }) {
  const { id, secret, product } = device;
  const socket = connect({ host: "127.0.0.1", port });
  const packets = parser({ protocolVersion: 4 });
  socket.on("data", (chunk) => packets.parse(chunk));
  socket.write(
    generate({
      cmd: "connect",
      protocolId: "MQTT",
      protocolVersion: 4,
      clean: true,
      clientId: id,
      username: id,
      keepalive: 60,
      ...(secret !== undefined && { password: Buffer.from(secret) }),
    }),
  );
  const [connack] = await once(packets, "packet");
  expect(connack).toMatchObject({ cmd: "connack", returnCode: 0 });
  socket.write(
    generate({
      cmd: "publish",
      topic: `vz1/${product}/${id}/tele`,
      payload: `{"boot":1,"seq":1,"m":{"boiler_temp":93.5},"x":"${MARKER}"}`,
      qos: 1,
      messageId: PACKET_ID,
      dup: false,
      retain: false,
    }),
  );
  const [puback] = await once(packets, "packet");
  expect(puback).toMatchObject({ cmd: "puback", messageId: PACKET_ID });
  socket.end(generate({ cmd: "disconnect" }));
}

async function traceOfJournalAndBroker(synchronous: "FULL" | "OFF") {
  using folder = tempFolder();
  const traceFile = join(folder.path, "trace.txt");
  const journal = join(folder.path, "journal");
  mkdirSync(journal);
  const child = traced(traceFile, [pathOf("support/durability-child.ts"), journal, synchronous]);
  const exited = once(child, "exit");
  const [line] = await once(child.stdout ?? process.stdin, "data");
  await publishOnce(Number(String(line)), { id: "d1", secret: "secret-d1", product: "espresso" });
  child.stdin?.end();
  await exited;
  return readSyncTrace(readFileSync(traceFile, "utf8"), { marker: MARKER, puback: PUBACK });
}

async function traceOfGateway() {
  using folder = tempFolder();
  const traceFile = join(folder.path, "trace.txt");
  const dataDir = join(folder.path, "data");
  const child = traced(traceFile, [pathOf("../src/main.ts")], {
    VOORZORG_MQTT_PORT: "0",
    VOORZORG_HTTP_PORT: "0",
    VOORZORG_DATA_DIR: dataDir,
    VOORZORG_ADMIN_TOKEN: "durability-admin-token-0123456789",
  });
  const exited = once(child, "exit");
  const readyFile = join(dataDir, "gateway.json");
  for (let i = 0; i < 600 && !existsSync(readyFile) && child.exitCode === null; i += 1) {
    await sleep(50);
  }
  const { mqtt, pid } = JSON.parse(readFileSync(readyFile, "utf8"));
  await publishOnce(Number(new URL(mqtt).port), { id: "traced-1", product: "espresso-pro" });
  // strace itself would let its child live on.
  process.kill(pid, "SIGTERM");
  await exited;
  return readSyncTrace(readFileSync(traceFile, "utf8"), { marker: MARKER, puback: PUBACK });
}

// Without the tracer nothing would be checked, and a skipped promise looks like a kept one.
beforeAll(() => {
  const { error } = spawnSync("strace", ["--version"]);
  expect(error, "strace is missing: apt-get install strace").toBeUndefined();
});

describe("what PUBACK promises, seen in the system calls", () => {
  it("the gateway syncs the journal to the disk between writing a message and acknowledging it", async () => {
    const trace = await traceOfGateway();
    expect(isDurableFirst(trace), JSON.stringify(trace)).toBe(true);
  }, 60_000);

  it("so do journal and broker alone", async () => {
    const trace = await traceOfJournalAndBroker("FULL");
    expect(isDurableFirst(trace), JSON.stringify(trace)).toBe(true);
  }, 60_000);

  it("and the same check fails when the journal commits without syncing", async () => {
    const trace = await traceOfJournalAndBroker("OFF");
    expect(trace.written).toBeGreaterThanOrEqual(0);
    expect(trace.acknowledged).toBeGreaterThan(trace.written);
    expect(isDurableFirst(trace)).toBe(false);
  }, 60_000);
});
