import { randomBytes } from "node:crypto";
import { chmodSync, chownSync, existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { generate } from "selfsigned";
import { DAY_MS } from "#domain/units.ts";
import type { AdminContext } from "./context.ts";

export interface InitOptions {
  readonly folder: string;
  /** Names and addresses by which devices and browsers reach the gateway, besides this machine's own. */
  readonly hosts: readonly string[];
}

/** Browsers refuse certificates of more than 398 days. */
const CERTIFICATE_DAYS = 397;
/** The user that runs the gateway in the image. */
const CONTAINER_USER = 1_000;
const SECRET_BYTES = 32;
/** The service's name in docker-compose.yml is its name for the other containers. */
const ALWAYS = ["localhost", "gateway", "127.0.0.1", "::1"];
const IP = /^[\d.]+$|:/;

/** A secret that nobody has to type, and that no shell or env file reads in another way. */
const secret = (): string => randomBytes(SECRET_BYTES).toString("base64url");

/**
 * `npm run admin -- init`: what the containers need before their first start. Makes what is missing
 * and leaves what is there, so that one file can be deleted to be made anew.
 */
export async function initCommand(
  { folder, hosts }: InitOptions,
  context: AdminContext,
): Promise<number> {
  const made: string[] = [];
  const write = (name: string, text: () => string): void => {
    const path = join(folder, name);
    if (existsSync(path)) return;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    // A folder that a container mounts must be entered by its user.
    if (name.startsWith("tls/")) chmodSync(dirname(path), 0o755);
    writeFileSync(path, text(), { mode: name === "tls/cert.pem" ? 0o644 : 0o600, flag: "wx" });
    made.push(name);
  };

  const environments = newEnvironments();
  // They share a token, and a key fits one certificate: a part made anew would not fit the rest.
  const sets = [environments.map(({ name }) => name), ["tls/key.pem", "tls/cert.pem"]];
  for (const names of sets) {
    const missing = names.filter((name) => !existsSync(join(folder, name)));
    if (missing.length === 0 || missing.length === names.length) continue;
    await context.out(
      `${missing.join(" and ")} is missing in ${folder} beside ${names.filter((name) => !missing.includes(name)).join(" and ")}: put it back, or delete all of ${names.join(", ")} to make new ones (docs/operations.md, Rotation).`,
    );
    return 1;
  }
  for (const { name, text } of environments) write(name, () => text);
  if (!existsSync(join(folder, "tls/key.pem"))) {
    const pair = await certificate([...ALWAYS, ...hosts], context.now());
    write("tls/key.pem", () => pair.private);
    write("tls/cert.pem", () => pair.cert);
  }
  await report(folder, made, context);
  return 0;
}

interface EnvFile {
  readonly name: string;
  readonly text: string;
}

function newEnvironments(): readonly EnvFile[] {
  const influxToken = secret();
  const file = (name: string, lines: Readonly<Record<string, string>>): EnvFile => ({
    name: `${name}.env`,
    text: `# Made by "npm run admin -- init". Secret: readable by its owner only, in no repository.\n${Object.entries(
      lines,
    )
      .map(([key, value]) => `${key}=${value}\n`)
      .join("")}`,
  });
  return [
    file("gateway", {
      VOORZORG_ADMIN_TOKEN: secret(),
      VOORZORG_INFLUX_TOKEN: influxToken,
    }),
    file("influxdb", {
      DOCKER_INFLUXDB_INIT_USERNAME: "voorzorg",
      DOCKER_INFLUXDB_INIT_PASSWORD: secret(),
      DOCKER_INFLUXDB_INIT_ADMIN_TOKEN: influxToken,
    }),
    file("grafana", {
      GF_SECURITY_ADMIN_USER: "admin",
      GF_SECURITY_ADMIN_PASSWORD: secret(),
      INFLUX_READ_TOKEN: influxToken,
    }),
  ];
}

function certificate(hosts: readonly string[], now: number) {
  const altNames = [...new Set(hosts)].map((host) =>
    IP.test(host) ? { type: 7 as const, ip: host } : { type: 2 as const, value: host },
  );
  return generate([{ name: "commonName", value: "Voorzorg gateway" }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    notBeforeDate: new Date(now),
    notAfterDate: new Date(now + CERTIFICATE_DAYS * DAY_MS),
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", digitalSignature: true, keyCertSign: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      { name: "subjectAltName", altNames },
    ],
  });
}

async function report(folder: string, made: readonly string[], context: AdminContext) {
  const key = join(folder, "tls/key.pem");
  if (made.length === 0)
    await context.out(`Everything is in ${folder} already; nothing was changed.`);
  else await context.out(`Made in ${folder}: ${made.join(", ")}.`);
  if (made.includes("tls/key.pem")) await giveToContainer(key, context);
  await context.out(
    `Next: docker compose up -d --build
  Console   https://localhost:8443, sign in with the token in ${join(folder, "gateway.env")}
  Grafana   http://localhost:3000, user and password in ${join(folder, "grafana.env")}
  Devices   mqtts://localhost:8883, trusting ${join(folder, "tls/cert.pem")}`,
  );
}

/** The key is mounted into the container, whose user must be able to read it and nobody else. */
async function giveToContainer(key: string, context: AdminContext): Promise<void> {
  if (statSync(key).uid === CONTAINER_USER) return;
  try {
    chownSync(key, CONTAINER_USER, CONTAINER_USER);
  } catch {
    await context.out(
      `The gateway's container runs as user ${CONTAINER_USER} and cannot read ${key} yet: sudo chown ${CONTAINER_USER} ${key}`,
    );
  }
}
