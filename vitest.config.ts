import { tmpdir } from "node:os";
import { join } from "node:path";
import { configDefaults, defineConfig } from "vitest/config";

// Gateways that tests start, as processes or with worker threads, compile the same files over and over.
process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), "voorzorg-compile-cache");

/** The default suite: needs nothing but what `npm ci` installs. */
export default defineConfig({
  test: {
    include: ["**/test/**/*.test.ts"],
    exclude: [...configDefaults.exclude, "**/*.{integration,faults}.test.ts", "**/data/**"],
    // A process per file: worker threads and node:sqlite handles of one test never outlive it into the next.
    pool: "forks",
    // Every core: by itself vitest leaves one idle, which on two cores doubles the time.
    maxWorkers: "100%",
    testTimeout: 10_000,
    hookTimeout: 10_000,
  },
});
