import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseProduct } from "@voorzorg/firmware-contracts";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { APPLIANCE_TROUBLES, SCENARIO_TROUBLES } from "../../src/models/catalogue.ts";
import { PRODUCTS } from "../../src/models/make-appliance.ts";
import { Lab } from "../support/lab.ts";

function productOf(id: string) {
  const url = new URL(`../../../firmware-contracts/products/${id}.yaml`, import.meta.url);
  const path = fileURLToPath(url);
  const parsed = parseProduct(path, readFileSync(path, "utf8"));
  if (!parsed.ok) throw new Error(`${id}: ${JSON.stringify(parsed)}`);
  return parsed.model;
}

describe.each(PRODUCTS)("the model of %s keeps its contract", (id) => {
  const product = productOf(id);
  const all = [...APPLIANCE_TROUBLES[id], ...SCENARIO_TROUBLES[id]];
  const troubles = ["none", "hands_inside", ...all.map(({ name }) => name)];

  it.each(troubles)(
    "with trouble %s it sends only declared signals in range and declared events",
    (name) => {
      const lab = new Lab(id, { seed: 5, appetite: 1.5 }).live(20);
      if (name !== "none") lab.begin(name);
      for (let i = 0; i < 24; i += 1) {
        lab.live(id === "water-pump-testbed" ? 2 : 60);
        for (const [signal, value] of Object.entries(lab.readings())) {
          const model = product.signals[signal];
          expect(model, `signal ${signal}`).toBeDefined();
          if (value === null) continue;
          const isNumeric = model?.kind === "gauge" || model?.kind === "counter";
          expect(typeof value === "number", `${signal} = ${value}`).toBe(isNumeric);
          if (typeof value === "number" && model?.range !== undefined) {
            expect(value, signal).toBeGreaterThanOrEqual(model.range[0]);
            expect(value, signal).toBeLessThanOrEqual(model.range[1]);
          }
          if (model?.kind === "state") expect(model.values, signal).toContain(value);
        }
      }
      for (const code of lab.codes()) expect(product.events, code).toHaveProperty(code);
    },
  );

  it("knows every command of the product", () => {
    const required = {
      enabled: true,
      temp: 22,
      percent: 80,
      slope: 1,
      locked: true,
      text: "Hello",
    };
    for (const name of Object.keys(product.commands)) {
      const outcome = new Lab(id).live(1).appliance.command({ name, args: required });
      expect(outcome.code, name).not.toBe("unknown_command");
    }
  });

  it("reports only settings of the product, with values that it allows", () => {
    const { appliance } = new Lab(id).live(1);
    for (const [name, value] of Object.entries(appliance.settings())) {
      const setting = product.settings[name];
      expect(setting, name).toBeDefined();
      expect(typeof value, name).toBe(setting?.kind);
      if (typeof value !== "number" || setting?.range === undefined) continue;
      expect(value, name).toBeGreaterThanOrEqual(setting.range[0]);
      expect(value, name).toBeLessThanOrEqual(setting.range[1]);
    }
  });

  it("expects only rules that are shipped for the product", () => {
    const url = new URL(`../../../gateway/rules/${id}.yaml`, import.meta.url);
    const { rules } = parse(readFileSync(url, "utf8")) as { rules: readonly { id: string }[] };
    const shipped = rules.map((rule) => rule.id);
    for (const { name, expectedRule } of all) {
      if (expectedRule !== undefined) expect(shipped, name).toContain(expectedRule);
    }
  });

  it("names only commands of the product as cures", () => {
    for (const { name, curedBy } of all) {
      for (const command of curedBy) expect(product.commands, name).toHaveProperty(command);
    }
  });
});
