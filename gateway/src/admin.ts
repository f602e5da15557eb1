import { readFileSync } from "node:fs";
import { SystemClock } from "./adapters/system-clock/system-clock.ts";
import { adminCli } from "./admin/commands.ts";

/** Parts of a long command that a log shows; a terminal shows each step. */
const LOGGED_STEPS = 10;
const CLEAR_LINE = "\r\u001b[K";

const { stdout, stderr } = process;
const clock = new SystemClock();
let shown = "";
let loggedStep = 0;

/** Progress is for people: it must not end up among the lines that a program reads. */
function progress(part: number, what: string): void {
  const percent = `${Math.floor(part * 100)} %`.padStart(5);
  if (stderr.isTTY) {
    shown = `${percent}  ${what}`.slice(0, Math.max(20, stderr.columns - 1));
    stderr.write(`${CLEAR_LINE}${shown}`);
    return;
  }
  const step = Math.floor(part * LOGGED_STEPS);
  if (step > loggedStep) stderr.write(`${percent}  ${what}\n`);
  loggedStep = step;
}

function clearProgress(): void {
  if (shown !== "") stderr.write(CLEAR_LINE);
  shown = "";
}

async function out(line: string): Promise<void> {
  clearProgress();
  if (stdout.write(`${line}\n`)) return;
  await new Promise((resume) => stdout.once("drain", resume));
}

const { version } = JSON.parse(
  readFileSync(new URL("../package.json", import.meta.url), "utf8"),
) as { version: string };

process.exitCode = await adminCli(
  {
    args: process.argv.slice(2),
    folder: process.env.INIT_CWD ?? ".",
    ...(process.env.VOORZORG_DESKS_DIR !== undefined && {
      desksDir: process.env.VOORZORG_DESKS_DIR,
    }),
    env: process.env,
    clock,
    err: (text) => {
      clearProgress();
      stderr.write(text);
    },
  },
  { out, progress, now: () => clock.now(), build: version },
);
