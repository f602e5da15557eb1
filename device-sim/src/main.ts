import type { Command, Terminal } from "./cli/command.ts";
import { fleetCommand } from "./cli/fleet-command.ts";
import { loadCommand } from "./cli/load-command.ts";
import { replayCommand } from "./cli/replay-command.ts";
import { messageOf, SimError } from "./errors.ts";

const COMMANDS: readonly Command[] = [fleetCommand, replayCommand, loadCommand];

function usage(): string {
  const lines = COMMANDS.map(({ name, summary }) => `  ${name.padEnd(10)}${summary}`);
  return `npm run sim -- <command> [options]\n\n${lines.join("\n")}\n\nnpm run sim -- <command> --help says more.`;
}

function terminalOf(signal: AbortSignal): Terminal {
  return {
    out: (line) => process.stdout.write(`${line}\n`),
    err: (line) => process.stderr.write(`${line}\n`),
    progress: process.stderr.isTTY ? (line) => process.stderr.write(`\r\x1b[2K${line}`) : undefined,
    signal,
  };
}

async function main(argv: readonly string[]): Promise<number> {
  const stop = new AbortController();
  // The first Ctrl-C ends in order, the second at once.
  process.once("SIGINT", () => stop.abort());
  const terminal = terminalOf(stop.signal);
  const [name, ...rest] = argv;
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command === undefined) {
    const asked = name === undefined || name === "--help" || name === "-h" || name === "help";
    (asked ? terminal.out : terminal.err)(
      asked ? usage() : `there is no command "${name}"\n\n${usage()}`,
    );
    return asked && name !== undefined ? 0 : 2;
  }
  if (rest.includes("--help") || rest.includes("-h")) {
    terminal.out(command.help);
    return 0;
  }
  try {
    return await command.run(rest, terminal);
  } catch (error) {
    if (!(error instanceof SimError)) throw error;
    terminal.err(`${command.name}: ${messageOf(error)} [${error.code}]`);
    return error.code === "VZ_SIM_USAGE" ? 2 : 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
