import { defineConfig } from "vitest/config";

/** Where the suite finds the server; scripts/test-influx2.ts hands it over. */
export interface Influx2Target {
  readonly url: string;
  readonly token: string;
  readonly org: string;
  /** Beginning of the names of the buckets that are created for the tests. */
  readonly bucket: string;
}

declare module "vitest" {
  interface ProvidedContext {
    influx2: Influx2Target;
  }
}

const given = (name: string): string => process.env[`INFLUX2_${name}`] ?? "";

/** Only by `npm run test:influx2`, against an InfluxDB 2.x of yours. */
export default defineConfig({
  test: {
    include: ["gateway/test/adapters/influx/real-influx2.suite.ts"],
    provide: {
      influx2: {
        url: given("URL"),
        token: given("TOKEN"),
        org: given("ORG"),
        bucket: given("BUCKET"),
      },
    },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
