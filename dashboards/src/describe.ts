import type { ClassicDashboard } from "./classic-model.ts";
import { queryPanels } from "./classic-model.ts";

const BEGIN = "<!-- From here on generated from the dashboards; edit their source. -->";

/** The document with its generated part made anew: what each panel shows. */
export function describeDashboards(
  document: string,
  dashboards: ReadonlyMap<string, ClassicDashboard>,
): string {
  const [written, generated] = document.split(BEGIN);
  if (written === undefined || generated === undefined) {
    throw new Error(`docs/dashboards.md has no line "${BEGIN}"; put it back`);
  }
  const parts = [...dashboards].map(([file, dashboard]) => describe(file, dashboard));
  return `${written}${BEGIN}\n\n${parts.join("\n")}`;
}

function describe(file: string, dashboard: ClassicDashboard): string {
  const { title, description, time, templating, annotations, refresh } = dashboard;
  const chosen = templating.list
    .filter(({ type }) => type === "query")
    .map(({ name, multi }) => `\`${name}\`${multi === true ? " (any number)" : ""}`);
  const marks = annotations.list.map((one) => one.name.toLowerCase());
  return [
    `## ${title}`,
    "",
    `${description} \`json/${file}\`; looks back ${time.from.replace("now-", "")} at first, asks every ${refresh}.`,
    chosen.length === 0 ? "Nothing to choose." : `To choose: ${chosen.join(", ")}.`,
    ...(marks.length === 0 ? [] : [`Marks in every chart: ${marks.join(", ")}.`]),
    "",
    "| panel | shows |",
    "|---|---|",
    ...queryPanels(dashboard).map(
      (panel) => `| ${cell(panel.title)} | ${cell(panel.description)} |`,
    ),
    "",
  ].join("\n");
}

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");
