import { tmpdir } from "node:os";
import { join } from "node:path";
import { configDefaults, defineConfig } from "vitest/config";

// Gateways that tests start compile the same files over and over.
process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), "voorzorg-compile-cache");

/** Real faults on real files, processes and sockets; the simulated ones are run by scripts/faults.ts itself. */
export default defineConfig({
  test: {
    include: ["**/test/**/*.faults.test.ts"],
    exclude: [...configDefaults.exclude, "**/data/**"],
    pool: "forks",
    // One file at a time: they fill disks, kill processes and open thousands of sockets.
    fileParallelism: false,
    passWithNoTests: false,
    testTimeout: 600_000,
    hookTimeout: 120_000,
  },
});
