import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { siteConfig } from "./rt-config.ts";

const run = promisify(execFile);
const SEED = join(import.meta.dirname, "seed.pl");

/** What the seed printed. */
export interface RtSeed {
  readonly tokens: Readonly<Record<string, string>>;
  readonly queues: Readonly<Record<string, number>>;
  readonly fields: Readonly<Record<string, number>>;
}

export interface RtTemplate {
  readonly database: string;
  readonly seed: RtSeed;
  /** Compiled pages, shared by all desks of this machine. */
  readonly pages: string;
}

export const rtEnvironment = (folder: string): Readonly<Record<string, string>> => ({
  RT_SITE_CONFIG: join(folder, "RT_SiteConfig.pm"),
  RT_SITE_CONFIG_DIR: join(folder, "site.d"),
});

/** A filled database to copy; made once per machine and version of the seed, which takes some 5 s. */
export async function rtTemplate(): Promise<RtTemplate> {
  const { stdout: version } = await run("dpkg-query", ["-W", "request-tracker5"]).catch(
    (cause: unknown) => {
      throw new Error(
        "Request Tracker is not installed; scripts/integration-setup.sh installs it",
        {
          cause,
        },
      );
    },
  );
  const hash = createHash("sha256").update(version).update(readFileSync(SEED));
  const name = hash
    .update(siteConfig({ folder: "", port: 0 }))
    .digest("hex")
    .slice(0, 16);
  const folder = join(tmpdir(), `voorzorg-rt-${name}`);
  if (!existsSync(folder)) await makeTemplate(folder);
  const seed = JSON.parse(readFileSync(join(folder, "seed.json"), "utf8")) as RtSeed;
  return { database: join(folder, "rt.sqlite3"), seed, pages: join(folder, "mason") };
}

async function makeTemplate(folder: string): Promise<void> {
  const draft = mkdtempSync(`${folder}-`);
  try {
    writeFileSync(join(draft, "RT_SiteConfig.pm"), siteConfig({ folder: draft, port: 1 }));
    for (const name of ["site.d", "mason", "session"]) mkdirSync(join(draft, name));
    writeFileSync(join(draft, "root"), "password-of-root");
    const env = { ...process.env, ...rtEnvironment(draft) };
    const setup = ["--action", "init", "--dba", "root", "--dba-password", ""];
    const root = ["--root-password-file", join(draft, "root")];
    await run("/usr/sbin/rt-setup-database-5", [...setup, ...root], { env });
    const { stdout } = await run("perl", [SEED], { env });
    writeFileSync(join(draft, "seed.json"), stdout);
    try {
      renameSync(draft, folder);
    } catch (error) {
      // Another maker was faster; this one is thrown away.
      if (!existsSync(folder)) throw error;
    }
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}
