import { readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { UsageError } from "../errors.ts";
import { GatewayChild } from "../gateway-child.ts";
import { GatewayHttp } from "../gateway-http.ts";
import { APPLIANCE_TROUBLES, SCENARIO_TROUBLES } from "../models/catalogue.ts";
import {
  COMMAND_TROUBLES,
  HABITS,
  NETWORK_TROUBLES,
  NEVER_CONNECTED,
} from "../models/common-troubles.ts";
import { PRODUCTS } from "../models/make-appliance.ts";
import type { TroubleModel } from "../models/trouble-model.ts";
import type { ScenarioReport } from "../scenario/junit.ts";
import { junitXml } from "../scenario/junit.ts";
import { ownSettings } from "../scenario/own-settings.ts";
import type { ScenarioSite } from "../scenario/run-scenario.ts";
import { runScenario } from "../scenario/run-scenario.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { parseScenario } from "../scenario/scenario.ts";
import { monotonicMs } from "../wall-clock.ts";
import type { Command, Terminal } from "./command.ts";
import type { GivenOptions } from "./options.ts";
import { httpUrl, mqttUrl, numberOption, readOptions } from "./options.ts";

const HELP = `npm run sim -- scenario FILE... [options]

Lives through scenarios (given, when, expect) in step with a gateway and judges what it made of them.
Exit code 0 only if every expectation was met.

  --spawn          start a gateway of its own per file: free ports, empty data
  --http URL, --mqtt URL, --token T   or use a running one with VOORZORG_CLOCK=event;
                   scenarios run in the order given, so later ones must start later
  --junit FILE     JUnit XML
  --truth FILE     what was really wrong, NDJSON
  --seed N         instead of the scenarios' own seeds
  --troubles       list what can go wrong with which product, and end`;

interface Loaded {
  readonly file: string;
  readonly scenario: Scenario;
}

async function load(files: readonly string[]): Promise<readonly Loaded[]> {
  if (files.length === 0) throw new UsageError("name at least one scenario file");
  return Promise.all(
    files.map(async (file) => {
      let text: string;
      try {
        text = await readFile(file, "utf8");
      } catch (error) {
        throw new UsageError(`scenario ${file} cannot be read`, { cause: error });
      }
      return { file, scenario: parseScenario(file, text) };
    }),
  );
}

/** A gateway that runs already, or one for this scenario alone. */
async function runOne(
  { scenario, file }: Loaded,
  given: GivenOptions,
  terminal: Terminal,
): Promise<Awaited<ReturnType<typeof runScenario>>> {
  const seed = numberOption(given, "seed", {
    min: 0,
    max: 2 ** 53,
    whole: true,
    default: scenario.seed,
  });
  const common = { seed, signal: terminal.signal };
  if (!given.is("spawn")) {
    if (scenario.rules !== undefined || scenario.products !== undefined) {
      throw new UsageError(`${file} brings rules of its own: run it with --spawn`);
    }
    const gateway = new GatewayHttp(httpUrl(given), given.text("token"));
    const site: ScenarioSite = { ...common, gateway, mqttUrl: mqttUrl(given) };
    return runScenario(scenario, site);
  }
  await using child = await GatewayChild.start(terminal.machine, {
    env: ownSettings(scenario, dirname(file)),
  });
  const site = { ...common, gateway: child.http, mqttUrl: child.mqttUrl };
  return await Promise.race([runScenario(scenario, site), child.died]);
}

function troubleList(): string {
  const blocks = PRODUCTS.map((product) => {
    const own = [...APPLIANCE_TROUBLES[product], ...SCENARIO_TROUBLES[product], NEVER_CONNECTED];
    const lines = own.map(lineOf);
    return `${product}\n${lines.join("\n")}`;
  });
  const common = [...NETWORK_TROUBLES, ...COMMAND_TROUBLES, ...HABITS].map(lineOf);
  return [...blocks, `every product\n${common.join("\n")}`].join("\n\n");
}

function lineOf({ name, kind, title, curedBy, expectedRule }: TroubleModel): string {
  const cure = curedBy.length === 0 ? "" : `; cured by ${curedBy.join(", ")}`;
  const rule = expectedRule === undefined ? "" : `; found by ${expectedRule}`;
  return `  ${name.padEnd(26)}${kind.padEnd(10)}${title}${cure}${rule}`;
}

function tell(report: ScenarioReport, terminal: Terminal): void {
  const failed = report.judgements.some(({ failure }) => failure !== undefined);
  const seconds = report.seconds.toFixed(1);
  const sign = failed ? "FAILED" : "ok";
  terminal.out(`${sign.padEnd(7)}${report.title} (seed ${report.seed}, ${seconds} s)`);
  for (const { title, failure, said } of report.judgements) {
    terminal.out(`  ${failure === undefined ? "met " : "NOT "}  ${title}`);
    if (said !== undefined) terminal.out(`        ${said.replaceAll("\n", "\n        ")}`);
    if (failure !== undefined) terminal.out(`        ${failure.replaceAll("\n", "\n        ")}`);
  }
}

export const scenarioCommand: Command = {
  name: "scenario",
  summary: "checks given, when, expect against a gateway",
  help: HELP,
  async run(argv, terminal) {
    const kinds = {
      spawn: "switch",
      http: "text",
      mqtt: "text",
      token: "text",
      junit: "text",
      truth: "text",
      seed: "text",
      troubles: "switch",
    } as const;
    const given = readOptions(argv, kinds, true);
    if (given.is("troubles")) {
      terminal.out(troubleList());
      return 0;
    }
    const loaded = await load(given.positionals);
    const reports: ScenarioReport[] = [];
    const truth: string[] = [];
    for (const one of loaded) {
      const startedMs = monotonicMs();
      const outcome = await runOne(one, given, terminal);
      const report = {
        file: one.file,
        title: one.scenario.scenario,
        seed: Number(given.text("seed") ?? one.scenario.seed),
        seconds: (monotonicMs() - startedMs) / 1000,
        judgements: outcome.judgements,
      };
      reports.push(report);
      truth.push(...outcome.truth.map((row) => `${JSON.stringify({ file: one.file, ...row })}\n`));
      tell(report, terminal);
      if (terminal.signal.aborted) return 130;
    }
    const junit = given.text("junit");
    if (junit !== undefined) await writeFile(junit, junitXml(reports));
    const truthFile = given.text("truth");
    if (truthFile !== undefined) await writeFile(truthFile, truth.join(""));
    const failed = reports.some(({ judgements }) => judgements.some((one) => one.failure));
    return failed ? 1 : 0;
  },
};
