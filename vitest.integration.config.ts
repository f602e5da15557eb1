import { configDefaults, defineConfig } from "vitest/config";

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
