import { X509Certificate } from "node:crypto";
import { readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { AdminContext } from "../../src/admin/context.ts";
import { initCommand } from "../../src/admin/init.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { readEnvFile } from "./compose.ts";

const temp = tempFolder();
afterAll(() => temp[Symbol.dispose]());
let folders = 0;
const NOW = Date.UTC(2026, 10, 25);

async function init(folder: string, hosts: readonly string[] = []) {
  const lines: string[] = [];
  const context: AdminContext = {
    out: async (line) => void lines.push(line),
    progress: () => undefined,
    now: () => NOW,
    build: "0.0.0-test",
  };
  const exitCode = await initCommand({ folder, hosts }, context);
  return { exitCode, text: lines.join("\n") };
}

const nextFolder = (): string => join(temp.path, `local-${++folders}`);
const FILES = ["gateway.env", "influxdb.env", "grafana.env", "tls/cert.pem", "tls/key.pem"];
const contents = (folder: string) => FILES.map((name) => readFileSync(join(folder, name), "utf8"));

describe("the first start of a deployment", () => {
  it("makes secrets that differ, that only the owner reads, and a token that both sides know", async () => {
    const folder = nextFolder();
    expect(await init(folder)).toMatchObject({ exitCode: 0 });
    const gateway = readEnvFile(join(folder, "gateway.env"));
    const influx = readEnvFile(join(folder, "influxdb.env"));
    const grafana = readEnvFile(join(folder, "grafana.env"));
    expect(gateway.VOORZORG_INFLUX_TOKEN).toBe(influx.DOCKER_INFLUXDB_INIT_ADMIN_TOKEN);
    expect(gateway.VOORZORG_INFLUX_TOKEN).toBe(grafana.INFLUX_READ_TOKEN);
    const secrets = [
      gateway.VOORZORG_ADMIN_TOKEN,
      gateway.VOORZORG_INFLUX_TOKEN,
      influx.DOCKER_INFLUXDB_INIT_PASSWORD,
      grafana.GF_SECURITY_ADMIN_PASSWORD,
    ];
    expect(new Set(secrets).size).toBe(4);
    for (const one of secrets) expect(one).toMatch(/^[\w-]{43}$/);
    for (const name of FILES.filter((file) => file !== "tls/cert.pem")) {
      expect(statSync(join(folder, name)).mode & 0o077, name).toBe(0);
    }
  });

  it("makes a certificate for this machine, the other containers and the names that are given", async () => {
    const folder = nextFolder();
    await init(folder, ["pumps.example", "192.0.2.7"]);
    const certificate = new X509Certificate(readFileSync(join(folder, "tls/cert.pem")));
    for (const host of ["localhost", "gateway", "pumps.example"]) {
      expect(certificate.checkHost(host)).toBe(host);
    }
    for (const address of ["127.0.0.1", "192.0.2.7"]) {
      expect(certificate.checkIP(address)).toBe(address);
    }
    expect(certificate.checkHost("elsewhere.example")).toBeUndefined();
    const days = (certificate.validToDate.getTime() - NOW) / 86_400_000;
    expect(days).toBe(397);
  });

  it("changes nothing the second time, so that it can be asked again", async () => {
    const folder = nextFolder();
    await init(folder);
    const before = contents(folder);
    expect((await init(folder)).text).toContain("nothing was changed");
    expect(contents(folder)).toEqual(before);
  });

  it("makes a new pair once certificate and key are deleted, and leaves the secrets", async () => {
    const folder = nextFolder();
    await init(folder);
    const [gateway, , , certificate] = contents(folder);
    for (const name of ["tls/cert.pem", "tls/key.pem"]) rmSync(join(folder, name));
    expect(await init(folder)).toMatchObject({ exitCode: 0 });
    const after = contents(folder);
    expect(after[0]).toBe(gateway);
    expect(after[3]).not.toBe(certificate);
  });

  it.each(["grafana.env", "tls/key.pem"])(
    "does not make %s anew beside its companions, and says what to do",
    async (name) => {
      const folder = nextFolder();
      await init(folder);
      rmSync(join(folder, name));
      const { exitCode, text } = await init(folder);
      expect(exitCode).toBe(1);
      expect(text).toContain(`${name} is missing`);
      expect(text).toContain("put it back, or delete all of");
    },
  );
});
