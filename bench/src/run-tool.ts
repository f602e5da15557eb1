import { spawn } from "node:child_process";
import { once } from "node:events";
import type { BenchContext } from "./bench.ts";

/** Runs one of the project's programs to its end, its output on the terminal. Answers the exit code. */
export async function runTool(
  { node, root, env, signal }: BenchContext,
  args: readonly string[],
): Promise<number> {
  const child = spawn(node, [...args], { cwd: root, env, signal, stdio: ["ignore", 2, 2] });
  const [code] = (await once(child, "close")) as [number | null];
  return code ?? 1;
}
