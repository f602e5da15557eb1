import { resolve } from "node:path";
import type { Scenario } from "./scenario.ts";

/** What a scenario brings along, as settings of its gateway. */
export function ownSettings(
  { rules, products, service }: Scenario,
  folder: string,
): Readonly<Record<string, string>> {
  return {
    ...(rules === undefined ? {} : { VOORZORG_RULES_DIR: resolve(folder, rules) }),
    ...(products === undefined ? {} : { VOORZORG_PRODUCTS_DIR: resolve(folder, products) }),
    ...(service === undefined ? {} : { VOORZORG_SERVICE_FILE: resolve(folder, service) }),
  };
}
