import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { bodyTarget, cborTarget } from "./body-target.ts";
import { productsTarget, rulesTarget } from "./files-target.ts";
import { httpTarget } from "./http-target.ts";
import { fuzzMqtt } from "./mqtt-run.ts";
import { runTarget } from "./run-target.ts";
import type { FuzzTarget } from "./target.ts";
import { watchForHang } from "./watchdog.ts";

const USAGE = `npm run fuzz -- TARGET [--count N] [--seed N] [--from N] [--out FOLDER]

  mqtt      MQTT sessions, right and broken, many at once (--packets N in place of --count)
  body      payloads in JSON
  cbor      payloads in CBOR
  http      requests to API and console, injected and over sockets
  rules     rule files
  products  product files

The same seed feeds the same inputs; --from N --count 1 replays one. Ends with a line of JSON; exit code 1 on a finding.
`;

const HANG_MS = 20_000;
const DEFAULT_COUNT = 100_000;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

interface Asked {
  readonly seed: number;
  readonly count: number;
  readonly from: number;
  readonly out: string;
}

/** What all summaries have in common; each has figures of its own beside it. */
interface Told {
  readonly ok: boolean;
  readonly failure:
    | { readonly index: number; readonly input: string; readonly reason: string }
    | undefined;
}

function wholeNumber(name: string, text: string | undefined, otherwise: number): number {
  const value = text === undefined ? otherwise : Number(text);
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`--${name} is ${text}; expected a whole number from 0`);
  }
  return value;
}

function readAsked(args: readonly string[]): Asked {
  const text = { type: "string" } as const;
  const options = { count: text, packets: text, seed: text, from: text, out: text };
  const { values } = parseArgs({ args: [...args], options });
  return {
    // A new seed each time finds more; it is printed, so that it can be asked for again.
    seed: wholeNumber("seed", values.seed, Date.now() % 1_000_000),
    count: wholeNumber("count", values.packets ?? values.count, DEFAULT_COUNT),
    from: wholeNumber("from", values.from, 0),
    out: values.out ?? path.join(tmpdir(), "voorzorg-fuzz"),
  };
}

async function feed<Input>(target: FuzzTarget<Input>, asked: Asked): Promise<Told> {
  await using dog = watchForHang(`${target.name} --seed ${asked.seed}`, HANG_MS);
  const began = (index: number): void => dog.began(index);
  return await runTarget(target, { ...asked, progress: say, began });
}

async function feedHttp(asked: Asked): Promise<Told> {
  await using target = await httpTarget();
  return await feed(target, asked);
}

function run(name: string | undefined, asked: Asked): Promise<Told> | undefined {
  switch (name) {
    case "mqtt":
      return fuzzMqtt({ ...asked, packets: asked.count, progress: say });
    case "body":
      return feed(bodyTarget(), asked);
    case "cbor":
      return feed(cborTarget(), asked);
    case "http":
      return feedHttp(asked);
    case "rules":
      return feed(rulesTarget(), asked);
    case "products":
      return feed(productsTarget(), asked);
    default:
      return undefined;
  }
}

function keep(name: string, asked: Asked, failure: NonNullable<Told["failure"]>): void {
  mkdirSync(asked.out, { recursive: true });
  const file = path.join(asked.out, `${name}-${asked.seed}-${failure.index}.txt`);
  writeFileSync(file, `${failure.reason}\n\n${failure.input}\n`);
  say(`${failure.reason}\nkept in ${file}`);
  say(`replay: npm run fuzz -- ${name} --seed ${asked.seed} --from ${failure.index} --count 1`);
}

async function main([name, ...rest]: readonly string[]): Promise<number> {
  const asked = readAsked(rest);
  const running = run(name, asked);
  if (running === undefined) {
    say(USAGE);
    return 2;
  }
  say(`${name} --seed ${asked.seed} --count ${asked.count}`);
  const summary = await running;
  if (summary.failure !== undefined) {
    keep(name ?? "", asked, summary.failure);
  }
  const { failure, ...figures } = summary;
  process.stdout.write(
    `${JSON.stringify({ ...figures, failure: failure === undefined ? undefined : { index: failure.index, reason: failure.reason.split("\n")[0] } })}\n`,
  );
  return summary.ok ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
