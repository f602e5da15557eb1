import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

export interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly env_file?: string;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly deploy?: { readonly resources?: { readonly limits?: Readonly<Record<string, string>> } };
}

export interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

export const readCompose = (): Compose =>
  parse(readFileSync(join(ROOT, "docker-compose.yml"), "utf8"), { merge: true });

/** `[instruction, rest]` of each line of the last stage, continued lines joined. */
export function lastStage(): readonly (readonly [string, string])[] {
  const text = readFileSync(join(ROOT, "Dockerfile"), "utf8").replaceAll(/\\\n\s*/g, " ");
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const from = lines.findLastIndex((line) => line.startsWith("FROM "));
  return lines.slice(from).map((line) => {
    const space = line.indexOf(" ");
    return [line.slice(0, space), line.slice(space + 1)];
  });
}

/** The program that the image starts. */
export function startCommand(): readonly string[] {
  const command = lastStage().findLast(([instruction]) => instruction === "CMD")?.[1] ?? "[]";
  return JSON.parse(command);
}

/** `KEY=value` lines of an env file. */
export function readEnvFile(path: string): Readonly<Record<string, string>> {
  const lines = readFileSync(path, "utf8").split("\n");
  return Object.fromEntries(
    lines
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
}
