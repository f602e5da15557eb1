import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { GatewayChild } from "../src/gateway-child.ts";
import { runScenario } from "../src/scenario/run-scenario.ts";
import { parseScenario } from "../src/scenario/scenario.ts";

const FOLDER = fileURLToPath(new URL("../scenarios/", import.meta.url));

describe("the shipped scenarios against a gateway of their own", () => {
  const files = readdirSync(FOLDER).map((name) => {
    const scenario = parseScenario(name, readFileSync(join(FOLDER, name), "utf8"));
    return { title: `${scenario.scenario} (seed ${scenario.seed})`, scenario };
  });

  it.each(files)("$title", { timeout: 90_000 }, async ({ scenario }) => {
    await using gateway = await GatewayChild.start({ node: process.execPath, env: process.env });
    const site = { gateway: gateway.http, mqttUrl: gateway.mqttUrl };
    const { judgements } = await runScenario(scenario, site);
    const failures = judgements.flatMap(({ title, failure }) =>
      failure === undefined ? [] : [`${title}: ${failure}`],
    );
    expect(failures).toEqual([]);
  });
});
