import { tmpdir } from "node:os";
import { join } from "node:path";
import { configDefaults, defineConfig } from "vitest/config";

// Gateways that tests start, as processes or with worker threads, compile the same files over and over.
process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), "voorzorg-compile-cache");

/** Pure code and in-process doubles: nothing that one file leaves behind can reach the next. */
const TOGETHER = [
  "firmware-contracts/test/**/*.test.ts",
  "dashboards/test/**/*.test.ts",
  "gateway/test/config/**/*.test.ts",
  "gateway/test/domain/**/*.test.ts",
  "gateway/test/pipeline/**/*.test.ts",
  "gateway/test/adapters/{answer-links,cron,desk-*,digest-marks,http,influx,metrics}/**/*.test.ts",
  "device-sim/test/{models,scenario}/**/*.test.ts",
];
const NOT_HERE = [...configDefaults.exclude, "**/*.{integration,faults}.test.ts", "**/data/**"];

/** The default suite: needs nothing but what `npm ci` installs. */
export default defineConfig({
  test: {
    pool: "forks",
    // Every core: by itself vitest leaves one idle, which on two cores doubles the time.
    maxWorkers: "100%",
    testTimeout: 10_000,
    hookTimeout: 10_000,
    projects: [
      {
        extends: true,
        test: {
          // Loading the same modules for each file anew takes longer than the tests.
          name: "together",
          include: TOGETHER,
          exclude: NOT_HERE,
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          // A process per file: worker threads and node:sqlite handles of one test never outlive it into the next.
          name: "apart",
          include: ["**/test/**/*.test.ts"],
          exclude: [...NOT_HERE, ...TOGETHER],
        },
      },
    ],
  },
});
