import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, it, vi } from "vitest";
import { GatewayChild } from "../src/gateway-child.ts";
import { ownSettings } from "../src/scenario/own-settings.ts";
import { runScenario } from "../src/scenario/run-scenario.ts";
import { parseScenario } from "../src/scenario/scenario.ts";
import { scenarioFiles } from "./support/scenario-files.ts";

const FOLDER = fileURLToPath(new URL("../scenarios/", import.meta.url));

// More at a time would only wait for each other: a simulator and its gateway keep a core busy.
vi.setConfig({ maxConcurrency: 2 });

describe("the shipped scenarios against a gateway of their own", () => {
  const files = scenarioFiles(FOLDER).map((name) => {
    const scenario = parseScenario(name, readFileSync(join(FOLDER, name), "utf8"));
    return { title: `${scenario.scenario} (seed ${scenario.seed})`, scenario };
  });

  it.concurrent.for(files)("$title", { timeout: 90_000 }, async ({ scenario }, { expect }) => {
    const machine = { node: process.execPath, env: process.env };
    const env = ownSettings(scenario, FOLDER);
    await using gateway = await GatewayChild.start(machine, { env });
    const site = { gateway: gateway.http, mqttUrl: gateway.mqttUrl };
    const { judgements } = await Promise.race([runScenario(scenario, site), gateway.died]);
    const failures = judgements.flatMap(({ title, failure }) =>
      failure === undefined ? [] : [`${title}: ${failure}`],
    );
    expect(failures).toEqual([]);
  });
});
