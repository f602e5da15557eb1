import { spawn } from "node:child_process";
import path from "node:path";

/** The repository's root, wherever npm was called from. */
export const root = path.join(import.meta.dirname, "..");

/**
 * Runs a command of this repository with its output on this terminal and answers the exit code
 * (1 when it could not be started or was killed).
 */
export function runCommand(command: string, args: readonly string[]): Promise<number> {
  const bin = path.join(root, "node_modules", ".bin");
  const child = spawn(command, args, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH ?? ""}` },
  });
  return new Promise((resolve) => {
    child.on("error", (error) => {
      console.error(`${command} could not be started: ${error.message}`);
      resolve(1);
    });
    child.on("close", (code) => resolve(code ?? 1));
  });
}
