import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { asyncApiDocument } from "../src/asyncapi.ts";
import { cHeader } from "../src/c-header.ts";
import { generatedFiles } from "../src/generated-files.ts";
import {
  decodeCommand,
  decodeDesired,
  decodeTimeAnswer,
  decodeUp,
  isUpClass,
} from "../src/index.ts";
import { MESSAGE_KINDS } from "../src/message-catalog.ts";
import { jsonBytes, PRODUCTS_DIR, shippedProduct } from "./support/shipped-product.ts";

const PACKAGE = join(import.meta.dirname, "..");
const readJson = (path: string): unknown => JSON.parse(readFileSync(path, "utf8"));

const productFiles = readdirSync(PRODUCTS_DIR).toSorted();
const products = productFiles.map((file) => shippedProduct(file.replace(/\.yaml$/, "")));
const { version } = readJson(join(PACKAGE, "package.json")) as { version: string };
const fresh = generatedFiles(products, version);

describe("generated files", () => {
  test("equal a fresh generation; else run npm run generate", () => {
    const shipped = readdirSync(join(PACKAGE, "generated"), {
      recursive: true,
      withFileTypes: true,
    })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    const expected = [...fresh].map(([name, text]) => [join(PACKAGE, "generated", name), text]);
    expect(shipped.toSorted().map((path) => [path, readFileSync(path, "utf8")])).toEqual(
      expected.toSorted(),
    );
  });

  test("do not depend on the order of the products", () => {
    expect([...generatedFiles(products.toReversed(), version)]).toEqual([...fresh]);
  });
});

describe("JSON Schemas", () => {
  const schemaOf = (name: string): object => JSON.parse(fresh.get(name) ?? "") as object;
  const ajv = new Ajv({ strict: false, allErrors: true });

  test.each(MESSAGE_KINDS)("the examples of $name fit its schema", ({ name, examples }) => {
    const validate = ajv.compile(schemaOf(`messages/${name}.schema.json`));
    for (const example of examples) {
      expect([validate(example), validate.errors]).toEqual([true, null]);
    }
  });

  test("a wrong message fits no schema", () => {
    expect(ajv.compile(schemaOf("messages/tele.schema.json"))({ boot: -1, m: {} })).toBe(false);
    expect(ajv.compile(schemaOf("messages/tele.schema.json"))({ boot: 1 })).toBe(false);
    expect(ajv.compile(schemaOf("messages/event.schema.json"))({ boot: 1 })).toBe(false);
  });

  test.each(productFiles)("the schema for editors accepts %s", (file) => {
    const validate = ajv.compile(schemaOf("product.schema.json"));
    const product: unknown = parse(readFileSync(join(PRODUCTS_DIR, file), "utf8"));
    expect([validate(product), validate.errors]).toEqual([true, null]);
    expect(validate({ ...(product as object), colour: "red" })).toBe(false);
  });
});

describe("AsyncAPI document", () => {
  const document = asyncApiDocument(version);
  const require = createRequire(import.meta.url);
  const validator = () => {
    const schema = require("@asyncapi/specs/schemas/3.0.0.json") as object;
    // The schema carries its own copy of JSON Schema draft 07, so Ajv must not bring another.
    return new Ajv({ strict: false, meta: false, validateSchema: false, logger: false }).compile(
      schema,
    );
  };

  test("is valid AsyncAPI 3.0, and a broken one is not", () => {
    const validate = validator();
    expect([validate(document), validate.errors]).toEqual([true, null]);
    expect(validate({ ...document, operations: { x: { action: "shout" } } })).toBe(false);
  });

  test("every reference leads somewhere", () => {
    const references = JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g);
    for (const [, path = ""] of references) {
      const target = path
        .split("/")
        .reduce<unknown>((node, key) => Reflect.get(Object(node), key), document);
      expect([path, typeof target]).toEqual([path, "object"]);
    }
  });

  test("says both directions of every class", () => {
    expect(Object.keys(document.operations as object).toSorted()).toEqual([
      "receive-birth",
      "receive-event",
      "receive-hist",
      "receive-rep",
      "receive-res",
      "receive-status",
      "receive-tele",
      "receive-time",
      "send-cmd",
      "send-des",
      "send-time",
    ]);
  });

  const espresso = shippedProduct("espresso-pro");
  test.each(MESSAGE_KINDS)("the decoder accepts the examples of $name", (kind) => {
    for (const example of kind.examples) {
      const bytes = jsonBytes(example);
      const decoded =
        kind.direction === "up" && isUpClass(kind.class)
          ? decodeUp(kind.class, bytes, espresso)
          : { cmd: decodeCommand, des: decodeDesired, time: decodeTimeAnswer }[
              kind.class as "cmd" | "des" | "time"
            ](bytes);
      expect(decoded).toMatchObject({ ok: true });
    }
  });
});

describe("C header", () => {
  const lines = (fresh.get("voorzorg_contract.h") ?? "").split("\n");

  test.each([
    '#define VZ_TOPIC_TELE_FMT "vz1/%s/%s/tele"',
    '#define VZ_TOPIC_CMD_FMT "vz1/%s/%s/cmd"',
    "#define VZ_MAX_PAYLOAD_BYTES 65536u",
    '#define VZ_ESPRESSO_PRO_SIGNAL_BOILER_TEMP "boiler_temp" /* Boiler temperature, Cel */',
    '#define VZ_ESPRESSO_PRO_VALUE_STATE_BREWING "brewing"',
    '#define VZ_ESPRESSO_PRO_EVENT_E_HEATER "E_heater" /* The heater does not follow its command */',
    "  VZ_ESPRESSO_PRO_EVENT_E_HEATER_NUMBER = 901,",
    "  VZ_ESPRESSO_PRO_COMMAND_SET_HEATER_NUMBER = 1,",
    '#define VZ_ESPRESSO_PRO_ARG_SET_HEATER_ENABLED "enabled"',
    '#define VZ_HEAT_PUMP_SETTING_CURVE_SLOPE "curve_slope" /* Slope of the heating curve, 1 */',
  ])("holds %s", (line) => {
    expect(lines).toContain(line);
  });

  test("defines nothing twice", () => {
    const names = lines.flatMap((line) => /^#define (\w+)/.exec(line)?.[1] ?? []);
    expect(names.length).toBe(new Set(names).size);
    const [espresso] = products.filter(({ id }) => id === "espresso-pro");
    const twins = espresso === undefined ? [] : [espresso, { ...espresso, id: "espresso_pro" }];
    expect(() => cHeader(twins)).toThrow(/VZ_ESPRESSO_PRO_ID in the C header; rename one/);
  });
});
