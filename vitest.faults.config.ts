import { configDefaults, defineConfig } from "vitest/config";

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
