import { mkdirSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { join, resolve } from "node:path";

/**
 * `npm start`. Keeps what Node makes of the sources, so that the next start and each worker thread
 * need not compile them again: a third of the time until the gateway is ready. In the data folder,
 * which nobody else may write to: what is kept there is run.
 */
const dataDir = resolve(process.env.INIT_CWD ?? ".", process.env.VOORZORG_DATA_DIR ?? "data");
try {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  // Worker threads read it from here.
  process.env.NODE_COMPILE_CACHE ??= join(dataDir, "compile-cache");
  enableCompileCache(process.env.NODE_COMPILE_CACHE);
} catch {
  // The start that follows says what is wrong with the folder.
}
await import("./run.ts");
