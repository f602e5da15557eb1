import type { ProductModel } from "@voorzorg/firmware-contracts";
import type { CaseView } from "#domain/case/case.ts";
import type { DeviceView } from "#domain/device-view.ts";
import type { RuleView } from "#domain/rules/rule.ts";
import { DAY_MS, HOUR_MS } from "#domain/units.ts";
import { toText } from "#pipeline/document/text.ts";
import type { DossierStyle } from "#pipeline/dossier/deps.ts";
import { createDossierSource } from "#pipeline/dossier/dossier-source.ts";
import type { ChartPicture } from "#ports/chart-drawer.ts";
import type { SeriesPoint } from "#ports/series-store.ts";
import { FakeCases, FakeSeries, HandClock } from "../../support/http-fakes.ts";
import {
  boilerSeries,
  caseEvents,
  caseView,
  deviceView,
  espresso,
  heaterSeries,
  NOW,
  overheats,
} from "../../support/http-samples.ts";

const ONSET = caseView("x").evidence.onsetAt;

/** Two weeks of a boiler that keeps its temperature, an hour apart. */
function quietWeeks(): SeriesPoint[] {
  return Array.from({ length: 14 * 24 }, (_, i) => ({
    at: ONSET - 14 * DAY_MS + i * HOUR_MS,
    value: 92 + (i % 5),
  }));
}

/** A desk's reader, its samples and its drawer in memory; what they hold can be changed. */
export function dossierBench(
  changes: {
    readonly view?: Partial<CaseView>;
    readonly device?: Partial<DeviceView>;
    readonly style?: DossierStyle;
    readonly publicUrl?: string;
    readonly brokenPen?: boolean;
    readonly rules?: readonly RuleView[];
  } = {},
) {
  const cases = new FakeCases();
  const series = new FakeSeries();
  const drawn: ChartPicture[] = [];
  const clock = new HandClock(NOW);
  let products: readonly ProductModel[] = [espresso];
  cases.caseList = [caseView("case-1", changes.view)];
  cases.events = caseEvents("case-1");
  cases.deviceList = [
    deviceView("esp-0017", {
      attrs: {
        city: "Utrecht",
        room: "kitchen",
        serial: "NL-2210-0017",
        contract: "gold",
        language: "nl",
        region: "west",
      },
      ...changes.device,
    }),
  ];
  series.points.set("esp-0017 boiler_temp", [...quietWeeks(), ...boilerSeries()]);
  series.points.set("esp-0017 heater", heaterSeries());
  const style = changes.style ?? {
    timeZone: "Europe/Amsterdam",
    templates: { subject: "{title}: {device} ({product})" },
  };
  const source = createDossierSource({
    cases,
    series,
    catalogue: () => ({ products, rules: changes.rules ?? [overheats] }),
    charts: {
      async draw(picture) {
        drawn.push(picture);
        if (changes.brokenPen === true) throw new Error("unreachable");
        return picture.plots.length === 0 ? undefined : new Uint8Array([1, 2, 3]);
      },
    },
    signAnswer: (id, expiresAt) => `token-${id}-${(expiresAt - NOW) / DAY_MS}d`,
    publicUrl: changes.publicUrl ?? "https://care.example.com",
    desk: (name) => (name === "rt" ? style : undefined),
    clock,
  });
  return {
    cases,
    series,
    drawn,
    clock,
    source,
    forgetProducts: () => {
      products = [];
    },
    dossier: async (id = "case-1", charts = true) => {
      const found = await source.ofCase(id, { charts, desk: "rt" });
      if (found === undefined) throw new Error(`no dossier of ${id}`);
      return { ...found, bodyText: toText(found.body), evidenceText: toText(found.evidence) };
    },
  };
}
