import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import type { DashboardLink } from "@grafana/grafana-foundation-sdk/dashboard";
import { DashboardLinkBuilder, DashboardLinkType } from "@grafana/grafana-foundation-sdk/dashboard";

export interface CellLink {
  readonly title: string;
  readonly url: string;
  readonly targetBlank?: boolean;
}

/** Range, data source and what else is chosen go along. */
const KEPT = "${__url_time_range}&${datasource:queryparam}";

const field = (name: string): string => `\${__data.fields.${name}}`;

/** From a row with the columns `product` and `device`. */
export const toDevice: CellLink = {
  title: "Device",
  url: `/d/vz-device-${field("product")}?${KEPT}&var-device=${field("device")}`,
};

/** From a row with the columns `product` and `rule`. */
export const toRule: CellLink = {
  title: "Rule",
  url: `/d/vz-rule?${KEPT}&var-product=${field("product")}&var-rule=${field("rule")}`,
};

/** From a row with the id of a case. */
export const toCase: CellLink = {
  title: "Open the case in the console",
  url: `\${console}/cases/${field("id")}`,
  targetBlank: true,
};

const link = (title: string, url: string): Builder<DashboardLink> =>
  new DashboardLinkBuilder(title).type(DashboardLinkType.Link).url(url);

/** From a curve or state of one device, grouped by product and device. */
export const fromCurveToDevice = link(
  "Device ${__field.labels.device}",
  `/d/vz-device-\${__field.labels.product}?${KEPT}&var-device=\${__field.labels.device}`,
);

export const toCases = link("Cases", `/d/vz-cases?${KEPT}&\${product:queryparam}`);
/** From the dashboard of a device. */
export const toUseOf = (product: string): Builder<DashboardLink> =>
  link("Use of all", `/d/vz-use?${KEPT}&var-product=${product}`);
