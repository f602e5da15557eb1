import { describe, expect, test } from "vitest";
import { Config, ConfigError, ENVIRONMENT, isLoopback, readConfig } from "../src/config/config.ts";
import { storeConfigOf } from "../src/config/store-settings.ts";

const NO_FILE = { path: "", text: "" };
const yaml = (text: string) => ({ path: "/etc/voorzorg.yaml", text });
const FOLDER = "/srv/voorzorg";

const read = (env: Record<string, string> = {}, text?: string): Config =>
  readConfig(text === undefined ? NO_FILE : yaml(text), env, FOLDER);

function problems(env: Record<string, string>, text?: string): readonly string[] {
  try {
    read(env, text);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

const TLS = { VOORZORG_TLS_CERT: "cert.pem", VOORZORG_TLS_KEY: "key.pem" };

describe("a configuration", () => {
  test("that says nothing listens on loopback with its data beside it", () => {
    expect(read()).toMatchObject({
      host: "127.0.0.1",
      mqttPort: 1883,
      httpPort: 8080,
      dataDir: "/srv/voorzorg/data",
      clock: "live",
      registration: "auto",
      store: "embedded",
      rulesDirs: [],
    });
  });

  test("comes from the file, and the environment wins; an empty variable says nothing", () => {
    const text = "mqttPort: 2000\nhttpPort: 3000\nlogLevel: warn\nrulesDirs: [a]\n";
    const config = read(
      { VOORZORG_MQTT_PORT: "0", VOORZORG_LOG_LEVEL: "", VOORZORG_RULES_DIR: "/x:y:" },
      text,
    );
    expect(config).toMatchObject({
      mqttPort: 0,
      httpPort: 3000,
      logLevel: "warn",
      rulesDirs: ["/x", "/srv/voorzorg/y"],
    });
  });

  test("names every problem at once, with its variable, its value and what would be right", () => {
    const found = problems(
      { VOORZORG_MQTT_PORT: "mqtt", VOORZORG_CLOCK: "sundial", VOORZORG_WEBHOOK_URL: "not a url" },
      "httpPort: 70000\nseriesKeepDays: 0\ncolour: red\n",
    );
    expect(found).toHaveLength(6);
    const text = found.join("\n");
    for (const part of [
      "VOORZORG_MQTT_PORT",
      '"mqtt"',
      "VOORZORG_HTTP_PORT",
      "70000",
      '"sundial" is not one of live, event',
      '"not a url"',
      "seriesKeepDays",
      "colour",
      "known keys are",
    ]) {
      expect(text).toContain(part);
    }
  });

  test("has a message that lists the problems under the file's name", () => {
    expect(() => read({}, "mqttPort: -1\n")).toThrow(
      /\/etc\/voorzorg\.yaml.* has 1 problem\(s\):\n {2}- mqttPort/,
    );
    expect(() => read({ VOORZORG_MQTT_PORT: "1.5" })).toThrow(/^The environment has 1 problem/);
  });

  test.each(["", " ", "80 80", "0x50", "1e3", "true"])("port %j is no port", (value) => {
    if (value === "") expect(read({ VOORZORG_MQTT_PORT: value }).mqttPort).toBe(1883);
    else expect(problems({ VOORZORG_MQTT_PORT: value })).toHaveLength(1);
  });

  test.each(["- a\n- b\n", "just text", "a: [", "42"])("file %j is refused as a whole", (text) => {
    expect(problems({}, text)).toHaveLength(1);
  });

  test("of blank lines and comments only is the default", () => {
    expect(read({}, "# nothing yet\n\n").host).toBe("127.0.0.1");
  });
});

describe("outside of loopback", () => {
  test.each(["0.0.0.0", "::", "192.168.1.5", "gateway.example"])(
    "%s is refused without TLS",
    (host) => {
      expect(isLoopback(host)).toBe(false);
      expect(problems({ VOORZORG_HOST: host }).join()).toContain("needs TLS");
      expect(problems({ VOORZORG_HOST: host, ...TLS })).toEqual([]);
    },
  );

  test("open registration is refused even with TLS", () => {
    const env = { VOORZORG_HOST: "0.0.0.0", ...TLS, VOORZORG_REGISTRATION: "open" };
    expect(problems(env).join()).toContain('"open" lets any device in');
    expect(problems({ ...env, VOORZORG_REGISTRATION: "closed" })).toEqual([]);
  });

  test.each(["127.0.0.1", "::1", "localhost"])("%s is loopback and needs no TLS", (host) => {
    expect(problems({ VOORZORG_HOST: host })).toEqual([]);
  });
});

describe("settings that belong together", () => {
  test.each([
    ["half of TLS", { VOORZORG_TLS_CERT: "cert.pem" }, "or none"],
    ["the other half", { VOORZORG_TLS_KEY: "key.pem" }, "or none"],
    ["two admin tokens", { VOORZORG_ADMIN_TOKEN: "t", VOORZORG_ADMIN_TOKEN_FILE: "f" }, "only one"],
    [
      "a webhook without its secret",
      { VOORZORG_WEBHOOK_URL: "https://x.example/hook" },
      "set both",
    ],
    ["a setting of InfluxDB without it", { VOORZORG_INFLUX_URL: "http://h:8086" }, "no effect"],
  ])("%s is refused with what would be right", (_title, env, hint) => {
    const found = problems(env);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(hint);
  });

  test("are all told together", () => {
    const env = {
      VOORZORG_HOST: "0.0.0.0",
      VOORZORG_STORE: "influx1",
      VOORZORG_INFLUX_URL: "http://h:8086",
      VOORZORG_ADMIN_TOKEN: "t",
      VOORZORG_ADMIN_TOKEN_FILE: "f",
    };
    expect(problems(env)).toHaveLength(3);
  });
});

const INFLUX2 = {
  VOORZORG_STORE: "influx2",
  VOORZORG_INFLUX_URL: "https://influx.example:8086",
  VOORZORG_INFLUX_ORG: "brand",
  VOORZORG_INFLUX_BUCKET: "telemetry",
  VOORZORG_INFLUX_TOKEN: "very-secret",
};
const INFLUX1 = {
  VOORZORG_STORE: "influx1",
  VOORZORG_INFLUX_URL: "http://127.0.0.1:8086",
  VOORZORG_INFLUX_DATABASE: "telemetry",
};

describe("a remote store", () => {
  test("of InfluxDB 2 has address, organisation, bucket and token", () => {
    expect(storeConfigOf(read(INFLUX2))).toEqual({
      kind: "influx2",
      url: "https://influx.example:8086",
      org: "brand",
      bucket: "telemetry",
      token: "very-secret",
    });
  });

  test("of InfluxDB 1 needs no user, and takes user, password and retention policy", () => {
    const bare = { kind: "influx1", url: "http://127.0.0.1:8086", database: "telemetry" };
    expect(storeConfigOf(read(INFLUX1))).toEqual(bare);
    const env = {
      ...INFLUX1,
      VOORZORG_INFLUX_USER: "u",
      VOORZORG_INFLUX_PASSWORD: "p",
      VOORZORG_INFLUX_RETENTION_POLICY: "year",
    };
    const whole = { ...bare, retentionPolicy: "year", user: "u", password: "p" };
    expect(storeConfigOf(read(env))).toEqual(whole);
  });

  test("comes from the file too, with secrets from files of their own", () => {
    const text =
      "store: influx2\ninfluxUrl: http://h:8086\ninfluxOrg: o\ninfluxBucket: b\ninfluxTokenFile: secrets/token\n";
    const config = read({}, text);
    expect(config.influxTokenFile).toBe("/srv/voorzorg/secrets/token");
    expect(storeConfigOf(config, { influxToken: "of-the-file" })).toMatchObject({
      token: "of-the-file",
    });
    const one = read({ ...INFLUX1, VOORZORG_INFLUX_USER: "u", VOORZORG_INFLUX_PASSWORD_FILE: "p" });
    expect(one.influxPasswordFile).toBe("/srv/voorzorg/p");
    expect(storeConfigOf(one, { influxPassword: "q" })).toMatchObject({ user: "u", password: "q" });
  });

  test("of none is embedded, keeps two weeks beside a remote one, and can be sent to a thread", () => {
    expect(storeConfigOf(read())).toEqual({ kind: "embedded" });
    expect(read().seriesLocalDays).toBe(14);
    expect(structuredClone(storeConfigOf(read(INFLUX2)))).toEqual(storeConfigOf(read(INFLUX2)));
  });

  test.each<[string, Record<string, string>, readonly string[]]>([
    [
      "InfluxDB 2 without anything",
      { VOORZORG_STORE: "influx2" },
      ["VOORZORG_INFLUX_URL", "VOORZORG_INFLUX_ORG", "VOORZORG_INFLUX_BUCKET", "influxTokenFile"],
    ],
    ["InfluxDB 1 without anything", { VOORZORG_STORE: "influx1" }, ["influxUrl", "influxDatabase"]],
    [
      "settings of the other version",
      { ...INFLUX2, VOORZORG_INFLUX_DATABASE: "d", VOORZORG_INFLUX_USER: "u" },
      ['influxDatabase (VOORZORG_INFLUX_DATABASE): has no effect with store "influx2"', "influx1"],
    ],
    ["two tokens", { ...INFLUX2, VOORZORG_INFLUX_TOKEN_FILE: "f" }, ["set only one of them"]],
    ["two passwords", passwords({ VOORZORG_INFLUX_USER: "u" }), ["set only one of them"]],
    ["a user without password", { ...INFLUX1, VOORZORG_INFLUX_USER: "u" }, ["set both"]],
    ["a password without user", { ...INFLUX1, VOORZORG_INFLUX_PASSWORD: "p" }, ["set both"]],
    ["an address of another kind", { ...INFLUX1, VOORZORG_INFLUX_URL: "ftp://h" }, ["ftp://h"]],
    ["no address", { ...INFLUX1, VOORZORG_INFLUX_URL: "influx" }, ['"influx" is no URL']],
    ["an address with a query", { ...INFLUX1, VOORZORG_INFLUX_URL: "http://h/?db=x" }, ["?db=x"]],
  ])("is refused with %s, and what would be right is told", (_title, env, hints) => {
    const found = problems(env).join("\n");
    for (const hint of hints) expect(found).toContain(hint);
    expect(found).not.toContain("very-secret");
  });

  test.each([
    "http://user:very-secret@h:8086",
    "user:very-secret@h",
    "//user:very-secret@h",
    "https://very-secret@h",
  ])("never shows the password of an address: %#", (url) => {
    const found = problems({ ...INFLUX1, VOORZORG_INFLUX_URL: url });
    expect(found).toHaveLength(1);
    expect(found.join()).not.toContain("very-secret");
  });
});

function passwords(more: Record<string, string>): Record<string, string> {
  return { ...INFLUX1, VOORZORG_INFLUX_PASSWORD: "p", VOORZORG_INFLUX_PASSWORD_FILE: "f", ...more };
}

test("every variable names a setting, and no secret is shown in a problem", () => {
  for (const key of Object.values(ENVIRONMENT)) expect(Object.keys(Config.shape)).toContain(key);
  const found = problems({ VOORZORG_ADMIN_TOKEN: "very-secret", VOORZORG_ADMIN_TOKEN_FILE: "f" });
  expect(found.join()).not.toContain("very-secret");
});
