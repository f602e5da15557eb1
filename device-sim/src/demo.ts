import type { Terminal } from "./cli/command.ts";
import { numberOption, readOptions } from "./cli/options.ts";
import { runDemo } from "./demo/run-demo.ts";
import { SimError } from "./errors.ts";

const HELP = `npm run demo [-- options]

Starts a gateway on free ports with empty data and a simulated fleet in accelerated time, and tells
what happens: cases opened, fixes pushed and proved, advice given, people called.

  --once             end by itself within a minute; the last line is the result as JSON
  --seed N           default 1
  --devices N        default 24
  --days D           with --once: simulated days; default 9
  --acceleration X   without --once: simulated over wall time; default 4320, a day in 20 s`;

function terminalOf(signal: AbortSignal): Terminal {
  const watched = process.stdout.isTTY;
  const clear = watched ? "\r\x1b[2K" : "";
  return {
    out: (line) => process.stdout.write(`${clear}${line}\n`),
    err: (line) => process.stderr.write(`${clear}${line}\n`),
    progress: watched ? (line) => process.stdout.write(`${clear}${line}`) : undefined,
    signal,
    machine: { node: process.execPath, env: process.env },
  };
}

async function main(argv: readonly string[]): Promise<number> {
  const stop = new AbortController();
  // The first Ctrl-C ends in order, the second at once.
  process.once("SIGINT", () => stop.abort());
  process.once("SIGTERM", () => stop.abort());
  const terminal = terminalOf(stop.signal);
  try {
    const given = readOptions(argv, {
      once: "switch",
      help: "switch",
      seed: "text",
      devices: "text",
      days: "text",
      acceleration: "text",
    });
    if (given.is("help")) {
      terminal.out(HELP);
      return 0;
    }
    const options = {
      once: given.is("once"),
      seed: numberOption(given, "seed", { min: 0, max: 2 ** 53, whole: true, default: 1 }),
      devices: numberOption(given, "devices", { min: 1, max: 500, whole: true, default: 24 }),
      days: numberOption(given, "days", { min: 1, max: 365, default: 9 }),
      acceleration: numberOption(given, "acceleration", { min: 1, max: 1e6, default: 4_320 }),
    };
    return await runDemo(options, terminal);
  } catch (error) {
    if (!(error instanceof SimError)) throw error;
    terminal.err(`demo: ${error.message} [${error.code}]`);
    return error.code === "VZ_SIM_USAGE" ? 2 : 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
