import type { ProductId } from "./make-appliance.ts";

/** A firmware that brings a trouble to every device that runs it, some hours after the start. */
interface FirmwareDefect {
  readonly product: ProductId;
  readonly firmware: string;
  readonly trouble: string;
}

const FIRMWARE_DEFECTS: readonly FirmwareDefect[] = [
  { product: "espresso-pro", firmware: "2.5.0", trouble: "firmware_runs_hot" },
];

/** Troubles that a firmware brings. */
export const defectsOf = (product: ProductId, firmware: string): readonly string[] =>
  FIRMWARE_DEFECTS.filter((one) => one.product === product && one.firmware === firmware).map(
    ({ trouble }) => trouble,
  );

/** Troubles that only other firmware brings, so that changing to this one ends them. */
export const defectsWithout = (product: ProductId, firmware: string): readonly string[] =>
  FIRMWARE_DEFECTS.filter((one) => one.product === product && one.firmware !== firmware).map(
    ({ trouble }) => trouble,
  );
