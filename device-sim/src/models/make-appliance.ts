import { UsageError } from "../errors.ts";
import type { Random } from "../random.ts";
import type { Appliance, Owner } from "./appliance.ts";
import { EBike } from "./e-bike.ts";
import { EspressoPro } from "./espresso.ts";
import { HeatPump } from "./heat-pump.ts";
import { PumpRig } from "./pump-rig.ts";

export const PRODUCTS = ["espresso-pro", "heat-pump", "e-bike", "water-pump-testbed"] as const;
export type ProductId = (typeof PRODUCTS)[number];

export function parseProductId(text: string): ProductId {
  const product = PRODUCTS.find((id) => id === text);
  if (product !== undefined) return product;
  throw new UsageError(`there is no model of product "${text}"; there are ${PRODUCTS.join(", ")}`);
}

export function makeAppliance(product: ProductId, random: Random, owner: Owner): Appliance {
  switch (product) {
    case "espresso-pro":
      return new EspressoPro(random, owner);
    case "heat-pump":
      return new HeatPump(random, owner);
    case "e-bike":
      return new EBike(random, owner);
    case "water-pump-testbed":
      return new PumpRig(random, owner);
  }
}
