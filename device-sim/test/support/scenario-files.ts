import { readdirSync } from "node:fs";

/** Names of the scenarios in a folder; the rules that some bring along lie in folders of their own. */
export const scenarioFiles = (folder: string): readonly string[] =>
  readdirSync(folder).filter((name) => name.endsWith(".yaml"));
