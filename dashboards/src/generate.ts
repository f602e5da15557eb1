/**
 * Writes the dashboards: `npm run dashboards -- --products DIR --rules DIR --console URL --out DIR`.
 * Without arguments it writes those of the shipped products to dashboards/json, and docs/dashboards.md.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { allDashboards } from "./all-dashboards.ts";
import { describeDashboards } from "./describe.ts";
import { lint } from "./lint.ts";
import { CONSOLE_URL, readSources } from "./sources.ts";

const ROOT = path.join(import.meta.dirname, "..", "..");
const DOCUMENT = path.join(ROOT, "docs", "dashboards.md");
const HELP = `npm run dashboards -- [options]

Writes Grafana dashboards as JSON. Each option may be left out.

  --products DIR   product models; may be given several times; default: the shipped ones
  --rules DIR      rules, for their limits in charts; may be given several times; default: the shipped ones
  --console URL    where cases are opened; default ${CONSOLE_URL}
  --out DIR        where to; default dashboards/json`;

function options(argv: readonly string[]) {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      products: { type: "string", multiple: true },
      rules: { type: "string", multiple: true },
      console: { type: "string", default: CONSOLE_URL },
      out: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  return values;
}

function run(argv: readonly string[]): void {
  const { products, rules, console: consoleUrl, out, help } = options(argv);
  if (help) {
    process.stdout.write(`${HELP}\n`);
    return;
  }
  const built = allDashboards(readSources({ products, rules, consoleUrl }));
  const problems = lint([...built.values()]);
  if (problems.length > 0) throw new Error(problems.join("\n"));
  const folder = out ?? path.join(ROOT, "dashboards", "json");
  removeOld(folder);
  for (const [file, dashboard] of built) {
    const target = path.join(folder, file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, `${JSON.stringify(dashboard, undefined, 2)}\n`);
  }
  if (argv.length === 0) {
    writeFileSync(DOCUMENT, describeDashboards(readFileSync(DOCUMENT, "utf8"), built));
  }
}

/** Of products that are no more; what else lies in the folder is somebody's own. */
function removeOld(folder: string): void {
  const fleet = path.join(folder, "fleet");
  mkdirSync(fleet, { recursive: true });
  for (const file of readdirSync(fleet)) {
    if (/^device-.*\.json$/.test(file)) rmSync(path.join(fleet, file));
  }
}

// npm changes to the package's folder; paths are meant from where the command was typed.
if (process.env.INIT_CWD !== undefined && process.argv.length > 2) {
  process.chdir(process.env.INIT_CWD);
}
try {
  run(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
