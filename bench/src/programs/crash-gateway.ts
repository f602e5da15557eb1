/**
 * The gateway with its smallest files and its most frequent snapshots, so that a kill finds it at
 * all of its work within seconds. Everything else is as in service. Started by the crash bench.
 */

import { readFileSync } from "node:fs";
import { createPinoLog } from "../../../gateway/src/adapters/pino-log/pino-log.ts";
import {
  isRuleTest,
  readSources,
  SHIPPED_PRODUCTS,
  SHIPPED_RULES,
} from "../../../gateway/src/adapters/source-files/source-files.ts";
import { App } from "../../../gateway/src/app.ts";
import { readConfig } from "../../../gateway/src/config/config.ts";
import { storeConfigOf } from "../../../gateway/src/config/store-settings.ts";
import { BenchError } from "../bench.ts";
import { CRASH_BUILD } from "../crash-proof.ts";

const LIMITS = { segmentBytes: 256 * 1024, snapshotEveryMs: 250 } as const;

const config = readConfig({ path: "", text: "" }, process.env, process.cwd());
const log = createPinoLog(config.logLevel, "main");
const products = await readSources([SHIPPED_PRODUCTS, ...config.productsDirs]);
const rules = await readSources([SHIPPED_RULES, ...config.rulesDirs]);
const missing = [...products.missing, ...rules.missing];
if (missing.length > 0) throw new BenchError(`no such folder: ${missing.join(", ")}`);

const app = new App({
  config,
  log,
  version: CRASH_BUILD,
  pid: process.pid,
  sources: {
    products: products.sources,
    rules: rules.sources.filter((file) => !isRuleTest(file)),
  },
  store: storeConfigOf(config, {}),
  ...(config.webhookSecretFile === undefined
    ? {}
    : { webhookSecret: readFileSync(config.webhookSecretFile, "utf8").trim() }),
  limits: LIMITS,
  ...(config.adminToken === undefined ? {} : { adminToken: config.adminToken }),
  onFailure: (error) => {
    log.error({ reason: error.message, code: error.code }, "the gateway cannot go on");
    process.exit(1);
  },
});
process.once("SIGTERM", () => {
  app[Symbol.asyncDispose]().then(
    () => process.exit(0),
    () => process.exit(1),
  );
});
await app.start();
