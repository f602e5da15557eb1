import type { ClassicDashboard } from "./classic-model.ts";
import { queryPanels } from "./classic-model.ts";

interface Link {
  readonly panel: number;
  readonly url: string;
}

const TIME = "${__url_time_range}";
const DATA_SOURCE = "${datasource:queryparam}";

/** Links to dashboards lead to one that exists, with the time range, the data source and what was clicked. */
export function lintLinks(dashboard: ClassicDashboard, uids: readonly string[]): readonly string[] {
  return linksOf(dashboard).flatMap(({ panel, url }) => {
    const found = /^\/d\/([^?]*)\?(.*)$/.exec(url);
    if (found === null) return consoleProblems(panel, url);
    const [, uid = "", query = ""] = found;
    const given = query.split("&");
    return [
      ...(leadsTo(uid, uids) ? [] : [`panel ${panel}: ${url}: there is no dashboard ${uid}`]),
      ...(given.includes(TIME) ? [] : [`panel ${panel}: ${url}: does not keep the time range`]),
      ...(given.includes(DATA_SOURCE)
        ? []
        : [`panel ${panel}: ${url}: does not keep the data source`]),
      ...(given.some((part) =>
        /^var-[a-z]+=\S|^\$\{(?!__|datasource)[a-z]+:queryparam\}$/.test(part),
      )
        ? []
        : [`panel ${panel}: ${url}: hands no variable over`]),
    ];
  });
}

const consoleProblems = (panel: number, url: string): readonly string[] =>
  url.startsWith("${console}/")
    ? []
    : [`panel ${panel}: ${url}: leads neither to a dashboard nor to the console`];

/** A uid that ends in a value of the row must at least begin one. */
function leadsTo(uid: string, uids: readonly string[]): boolean {
  const [fixed = ""] = uid.split("${");
  return fixed === uid ? uids.includes(uid) : uids.some((one) => one.startsWith(fixed));
}

function linksOf(dashboard: ClassicDashboard): readonly Link[] {
  return queryPanels(dashboard).flatMap(({ id, fieldConfig }) => {
    const { defaults, overrides } = fieldConfig;
    const others = overrides
      .flatMap(({ properties }) => properties)
      .filter((property) => property.id === "links")
      .flatMap(({ value }) => (Array.isArray(value) ? value : []));
    return [...(defaults.links ?? []), ...others].map((link) => ({
      panel: id,
      url: String(link.url),
    }));
  });
}
