import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { tempFolder } from "../support/temp-folder.ts";
import { ROOT, readCompose, readEnvFile, startCommand } from "./compose.ts";

const folder = tempFolder();
const project = join(folder.path, "project");
const local = join(project, "deploy/local");
afterAll(() => folder[Symbol.dispose]());

/** The quick start's first command, as it stands there. */
beforeAll(() => {
  mkdirSync(project);
  for (const name of ["docker-compose.yml", "Dockerfile", "dashboards"]) {
    cpSync(join(ROOT, name), join(project, name), {
      recursive: true,
      filter: (path) => !path.includes("node_modules"),
    });
  }
  const init = spawnSync("npm", ["run", "admin", "--", "init", "--dir", local], {
    cwd: ROOT,
    encoding: "utf8",
  });
  expect(init.status, init.stderr).toBe(0);
  expect(init.stdout).toContain("docker compose up -d");
}, 60_000);

describe("docker-compose.yml", () => {
  it("is accepted by docker-compose, every profile", () => {
    const { status, stdout, stderr, error } = spawnSync(
      "docker-compose",
      ["--profile", "simulator", "config"],
      { cwd: project, encoding: "utf8" },
    );
    expect(error, "docker-compose is missing: apt-get install docker-compose").toBeUndefined();
    expect(status, stderr).toBe(0);
    const { services } = parse(stdout);
    expect(Object.keys(services).sort()).toEqual(["gateway", "grafana", "influxdb", "simulator"]);
    const { environment } = services.gateway;
    expect(environment.VOORZORG_ADMIN_TOKEN).toMatch(/^[\w-]{43}$/);
    expect(environment.VOORZORG_INFLUX_TOKEN).toBe(
      services.influxdb.environment.DOCKER_INFLUXDB_INIT_ADMIN_TOKEN,
    );
  });

  it("its gateway starts as the image starts it, with TLS, says that it is well, and stops in order", async () => {
    const environment = {
      ...readEnvFile(join(local, "gateway.env")),
      ...readCompose().services.gateway?.environment,
      VOORZORG_HOST: "127.0.0.1",
      VOORZORG_MQTT_PORT: "28883",
      VOORZORG_HTTP_PORT: "28443",
      VOORZORG_DATA_DIR: join(folder.path, "data"),
      VOORZORG_TLS_CERT: join(local, "tls/cert.pem"),
      VOORZORG_TLS_KEY: join(local, "tls/key.pem"),
      // There is no InfluxDB here: the gateway serves all the same.
      VOORZORG_INFLUX_URL: "http://127.0.0.1:1",
    };
    const env = { PATH: process.env.PATH, ...environment };
    const [, ...argv] = startCommand();
    const gateway = spawn(process.execPath, argv, {
      cwd: ROOT,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const output: string[] = [];
    for (const stream of [gateway.stdout, gateway.stderr])
      stream.on("data", (text) => output.push(String(text)));
    const exited = once(gateway, "exit");
    const check = () =>
      spawnSync(process.execPath, ["gateway/src/health-check.ts"], {
        cwd: ROOT,
        env,
        encoding: "utf8",
      });
    try {
      await expect
        .poll(() => check().status, { timeout: 30_000, interval: 500, message: output.join("") })
        .toBe(0);
      expect(await tlsName(28883)).toBe("Voorzorg gateway");
    } finally {
      gateway.kill("SIGTERM");
    }
    expect(await exited, output.join("")).toEqual([0, null]);
    expect(check()).toMatchObject({ status: 1 });
    expect(check().stderr).toContain("port 28443 does not answer");
  }, 90_000);
});

/** Common name of who answers, checked with the certificate that init made. */
function tlsName(port: number): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(
      { host: "127.0.0.1", port, servername: "localhost", ca: certificate() },
      () => {
        const { CN } = socket.getPeerCertificate().subject;
        socket.destroy();
        resolve(Array.isArray(CN) ? CN[0] : CN);
      },
    );
    socket.on("error", reject);
  });
}

const certificate = () => readFileSync(join(local, "tls/cert.pem"));
