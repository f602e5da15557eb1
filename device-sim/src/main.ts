import type { Command, Terminal } from "./cli/command.ts";
import { fleetCommand } from "./cli/fleet-command.ts";
import { loadCommand } from "./cli/load-command.ts";
import { replayCommand } from "./cli/replay-command.ts";
import { scenarioCommand } from "./cli/scenario-command.ts";
import { messageOf, SimError } from "./errors.ts";

const COMMANDS: readonly Command[] = [fleetCommand, replayCommand, loadCommand, scenarioCommand];

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
    machine: { node: process.execPath, env: process.env },
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

// npm changes to the package's folder; paths are meant from where the command was typed.
if (process.env.INIT_CWD !== undefined) process.chdir(process.env.INIT_CWD);
process.exitCode = await main(process.argv.slice(2));
