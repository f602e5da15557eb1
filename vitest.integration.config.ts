import { tmpdir } from "node:os";
import { join } from "node:path";
import { configDefaults, defineConfig } from "vitest/config";

// Gateways that tests start compile the same files over and over.
process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), "voorzorg-compile-cache");

/** Tests that need Debian packages (scripts/integration-setup.sh): a browser, a broker, a system-call trace. */
export default defineConfig({
  test: {
    include: ["**/test/**/*.integration.test.ts"],
    exclude: [...configDefaults.exclude, "**/data/**"],
    pool: "forks",
    // One file at a time: they measure time, and they start gateways, brokers and browsers of their own.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
