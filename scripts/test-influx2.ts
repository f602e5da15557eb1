/**
 * Runs the contract suite of the series store against an InfluxDB 2.x that is there already.
 *
 *     npm run test:influx2 -- --url http://host:8086 --token TOKEN --org ORG [--bucket PREFIX]
 *
 * It creates buckets whose names begin with PREFIX, and deletes them afterwards. Nothing else is touched.
 * INFLUX2_URL, INFLUX2_TOKEN and INFLUX2_ORG do the same, and keep the token out of the list of processes.
 */
import { parseArgs } from "node:util";
import { runCommand } from "./run-command.ts";

const text = { type: "string" } as const;
const USAGE =
  "npm run test:influx2 -- --url http://host:8086 --token TOKEN --org ORG [--bucket PREFIX]";

interface Options {
  readonly url?: string | undefined;
  readonly token?: string | undefined;
  readonly org?: string | undefined;
  readonly bucket?: string | undefined;
}

function options(): Options {
  const { INFLUX2_URL, INFLUX2_TOKEN, INFLUX2_ORG, INFLUX2_BUCKET } = process.env;
  const { values } = parseArgs({ options: { url: text, token: text, org: text, bucket: text } });
  return {
    url: values.url ?? INFLUX2_URL,
    token: values.token ?? INFLUX2_TOKEN,
    org: values.org ?? INFLUX2_ORG,
    bucket: values.bucket ?? INFLUX2_BUCKET,
  };
}

/** What is wrong with the server as far as it shows before the first test. */
async function unreachable(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(new URL("/health", url));
    const body = (await response.json()) as { readonly name?: string };
    if (body.name === "influxdb") return undefined;
    return `${url}/health answers ${JSON.stringify(body)}: that is no InfluxDB 2`;
  } catch (error) {
    return `${url}/health does not answer as InfluxDB 2 does: ${String(error)}`;
  }
}

async function main(): Promise<number> {
  const { url, token, org, bucket = "voorzorg-test" } = options();
  const missing = Object.entries({ "--url": url, "--token": token, "--org": org })
    .filter(([, value]) => value === undefined || value === "")
    .map(([name]) => name);
  if (url === undefined || token === undefined || org === undefined || missing.length > 0) {
    console.error(`missing: ${missing.join(", ")}\n${USAGE}`);
    return 2;
  }
  const problem = await unreachable(url);
  if (problem !== undefined) {
    console.error(problem);
    return 1;
  }
  Object.assign(process.env, {
    INFLUX2_URL: url.replace(/\/$/, ""),
    INFLUX2_TOKEN: token,
    INFLUX2_ORG: org,
    INFLUX2_BUCKET: bucket,
  });
  return await runCommand("vitest", ["run", "--config", "vitest.influx2.config.ts"]);
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  process.exitCode = 2;
}
