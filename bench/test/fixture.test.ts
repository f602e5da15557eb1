import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compileRuleset } from "../../gateway/src/domain/rules/compile.ts";
import { BOILER, writeFixture } from "../src/fixture.ts";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "voorzorg-fixture-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe("the boiler that the benches break", () => {
  it("has a product model and a rule that the gateway accepts", async () => {
    const { productsDir, rulesDir } = await writeFixture(directory);
    const source = async (path: string) => ({ path, text: await readFile(path, "utf8") });
    const name = `${BOILER.product}.yaml`;
    const compiled = compileRuleset({
      products: [await source(join(productsDir, name))],
      rules: [await source(join(rulesDir, name))],
      hash: "test",
    });
    expect(compiled.ok ? [] : compiled.problems).toEqual([]);
    if (!compiled.ok) return;
    const product = compiled.ruleset.products.get(BOILER.product);
    expect(Object.keys(product?.model.commands ?? {})).toEqual([BOILER.command]);
    const rule = product?.bySignal.get(BOILER.signal)?.[0]?.rule;
    // A fault after a repair must be a case of its own, or the faults could not be counted.
    expect(rule).toMatchObject({ id: BOILER.rule, for: 0, keep: 0, reopenWithin: 0 });
  });
});
