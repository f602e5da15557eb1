import type { ProductModel } from "@voorzorg/firmware-contracts";
import { cases } from "./cases.ts";
import type { ClassicDashboard } from "./classic-model.ts";
import { classicDashboard } from "./classic-model.ts";
import { device } from "./device.ts";
import { fleet } from "./fleet.ts";
import { gateway } from "./gateway.ts";
import type { Limit } from "./limits.ts";
import { rule } from "./rule.ts";
import { use } from "./use.ts";

export interface Sources {
  readonly products: readonly ProductModel[];
  /** Limits of rules by product. */
  readonly limits: ReadonlyMap<string, readonly Limit[]>;
  readonly consoleUrl: string;
}

/** Every dashboard by its file, relative to the folder that Grafana reads. */
export function allDashboards(sources: Sources): ReadonlyMap<string, ClassicDashboard> {
  const { products, limits, consoleUrl } = sources;
  const built = new Map([
    ["fleet/fleet.json", fleet()],
    ["fleet/cases.json", cases(consoleUrl)],
    ["fleet/rule.json", rule(consoleUrl)],
    ["fleet/use.json", use()],
    ...products.map(
      (product) =>
        [
          `fleet/device-${product.id}.json`,
          device({ product, limits: limits.get(product.id) ?? [], consoleUrl }),
        ] as const,
    ),
    ["gateway/gateway.json", gateway()],
  ]);
  return new Map([...built].map(([file, one]) => [file, plain(one)]));
}

/** As the file will say it: without methods and absent keys. */
const plain = (built: object): ClassicDashboard =>
  classicDashboard.parse(JSON.parse(JSON.stringify(built)));
