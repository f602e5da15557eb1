import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { DeskSecrets, DeskSettings } from "#ports/desk-settings.ts";
import { ConfigError } from "./config/config.ts";
import { parseDeskFile } from "./config/desk-file.ts";

export interface ConfiguredDesk {
  readonly settings: DeskSettings;
  readonly secrets: DeskSecrets;
}

/**
 * Every desk of the folder with its secrets, in order of their names.
 *
 * @throws ConfigError with all problems of all files.
 */
export function readDesks(folder: string): readonly ConfiguredDesk[] {
  const problems: string[] = [];
  const desks = filesOf(folder).flatMap((path) => readDesk(path, problems));
  if (problems.length > 0) throw new ConfigError(problems, { source: folder });
  return desks;
}

function filesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".yaml"))
      .toSorted()
      .map((name) => join(folder, name));
  } catch (cause) {
    throw new ConfigError(
      [`desksDir (VOORZORG_DESKS_DIR): ${String(cause)}; name a folder with a file per desk`],
      { source: "The configuration", cause },
    );
  }
}

function readDesk(path: string, problems: string[]): readonly ConfiguredDesk[] {
  const name = basename(path, ".yaml");
  const parsed = parseDeskFile(name, { path: basename(path), text: readFileSync(path, "utf8") });
  if (!parsed.ok) {
    problems.push(...parsed.problems.map((p) => `${p.file}:${p.line}:${p.column}: ${p.message}`));
    return [];
  }
  const secret = (key: string, file: string): string => {
    if (file === "") return "";
    const full = resolve(dirname(path), file);
    try {
      const text = readFileSync(full, "utf8").trim();
      if (text !== "") return text;
      problems.push(`${basename(path)}: ${key}: ${full} is empty; write the secret into it`);
    } catch (error) {
      problems.push(
        `${basename(path)}: ${key}: ${String(error)}; name a file that the gateway may read`,
      );
    }
    return "";
  };
  const { settings, tokenFile, hookSecretFile } = parsed;
  const token = secret("tokenFile", tokenFile);
  return [{ settings, secrets: { token, hookSecret: secret("hookSecretFile", hookSecretFile) } }];
}
