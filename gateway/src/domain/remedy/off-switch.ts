import type { World } from "#domain/engine/world.ts";
import type { RemedySwitch } from "#domain/remedy/fix.ts";

/** The switch that keeps the playbooks of a product from acting; undefined = they may. */
export const remediesOff = (world: World, product: string): RemedySwitch | undefined =>
  world.service.remedies?.find(
    (one) => !one.enabled && (one.product === "" || one.product === product),
  );

export const offReason = ({ product, by, reason }: RemedySwitch): string => {
  const where = product === "" ? "for the whole fleet" : `for ${product}`;
  return `playbooks are switched off ${where} by ${by} (${reason})`;
};
