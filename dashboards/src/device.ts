import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import type { ProductModel } from "@voorzorg/firmware-contracts";
import type { Mark } from "./annotations.ts";
import { mark } from "./annotations.ts";
import { dashboard } from "./dashboard.ts";
import { caseSteps, deviceNow, deviceStates, deviceUse } from "./device-service.ts";
import { Column, equals, is, Select, tagValues } from "./influxql.ts";
import type { Limit } from "./limits.ts";
import { signalPanel } from "./signal-panel.ts";
import * as variables from "./variables.ts";

export interface DeviceOptions {
  readonly product: ProductModel;
  readonly limits: readonly Limit[];
  readonly consoleUrl: string;
}

/** One dashboard per product, since signals, units and limits are its own. */
export const device = ({ product, limits, consoleUrl }: DeviceOptions): Dashboard =>
  dashboard({
    uid: `vz-device-${product.id}`,
    title: `Device: ${product.title}`,
    description: `One ${product.title}: its signals with the limits of its rules, its cases, its use.`,
    range: "7d",
    refresh: "1m",
    variables: [
      variables.datasource(),
      variables.consoleAt(consoleUrl),
      variables.one({
        name: "device",
        label: "Device",
        description: `A device of the product ${product.title}.`,
        query: tagValues("device", {
          from: "vz.device",
          where: [is("product", product.id)],
        }),
      }),
    ],
    annotations: marks(product.id).map(mark),
    sections: [
      { title: "Now", panels: deviceNow(product) },
      { title: "Presence, firmware and cases", panels: [...deviceStates(), caseSteps(product)] },
      {
        title: "Signals",
        panels: Object.entries(product.signals).map(([id, signal]) =>
          signalPanel({
            product: product.id,
            id,
            signal,
            limits: limits.filter((limit) => limit.signal === id),
          }),
        ),
      },
      ...(product.use === undefined ? [] : [{ title: "Use", panels: deviceUse(product.use) }]),
    ],
  });

const marks = (product: string): readonly Mark[] => {
  const own = [is("device", "$device"), is("product", product)];
  const columns = (...names: readonly string[]) => names.map(Column.field);
  return [
    {
      name: "Alerts that ended",
      color: "orange",
      select: new Select(columns("text_s", "end_ms", "rule", "level"), {
        from: "vz.alert_span",
        where: own,
      }),
      text: "text_s",
      tags: ["rule", "level"],
      end: "end_ms",
    },
    {
      name: "Alerts that began",
      color: "red",
      select: new Select(columns("text_s", "rule", "level", "fired"), {
        from: "vz.alert",
        where: [...own, equals("fired", 1)],
      }),
      text: "text_s",
      tags: ["rule", "level"],
    },
    {
      name: "Steps of cases",
      color: "purple",
      select: new Select(columns("text_s", "title_s", "event", "rule"), {
        from: "vz.case",
        where: own,
      }),
      text: "text_s",
      tags: ["event", "rule"],
      shown: false,
    },
  ];
};
