import { QUERIES } from "./query-defects.ts";
import type { Plant } from "./spoil.ts";
import { inPanel } from "./spoil.ts";

const linkTo = (url: string) =>
  inPanel(({ fieldConfig }) => {
    fieldConfig.defaults.links = [{ title: "x", url }];
  });

const PANELS: readonly Plant[] = [
  [
    "a title",
    /has no title/,
    inPanel((panel) => {
      panel.title = " ";
    }),
  ],
  [
    "a description",
    /has no description/,
    inPanel((panel) => {
      panel.description = "";
    }),
  ],
  [
    "a unit on charts",
    /has no unit/,
    inPanel((panel) => {
      delete panel.fieldConfig.defaults.unit;
    }),
  ],
  [
    "a unit on numbers",
    /has no unit/,
    inPanel((panel) => {
      delete panel.fieldConfig.defaults.unit;
    }, "stat"),
  ],
  [
    "a unit that Grafana knows",
    /no unit of Grafana/,
    inPanel((panel) => {
      panel.fieldConfig.defaults.unit = "celsus";
    }),
  ],
  [
    "a unit that Grafana knows in a column",
    /no unit of Grafana/,
    inPanel((panel) => {
      panel.fieldConfig.overrides.push({
        matcher: { id: "byName", options: "x" },
        properties: [{ id: "unit", value: "furlong" }],
      });
    }, "table"),
  ],
  [
    "a query",
    /asks nothing/,
    inPanel((panel) => {
      panel.targets = [];
    }),
  ],
  [
    "refIds of their own",
    /two queries of one refId/,
    inPanel((panel) => {
      panel.targets.push(...structuredClone(panel.targets));
    }),
  ],
  [
    "a text with each colour",
    /colour without a text/,
    inPanel((panel) => {
      panel.fieldConfig.defaults.mappings = [
        { type: "value", options: { 1: { text: "", color: "#0072B2", index: 0 } } },
      ];
    }),
  ],
  [
    "a text with each coloured curve",
    /coloured curve without a text/,
    inPanel((panel) => {
      panel.fieldConfig.overrides.push({
        matcher: { id: "byName", options: "x" },
        properties: [{ id: "color", value: { fixedColor: "#0072B2" } }],
      });
    }),
  ],
  [
    "colours of the palette",
    /green is not in the palette/,
    inPanel((panel) => {
      panel.fieldConfig.defaults.thresholds = {
        mode: "absolute",
        steps: [{ value: null, color: "green" }],
      };
    }),
  ],
  [
    "a title of each row",
    /row \d+: has no title/,
    ({ panels }) => {
      for (const panel of panels) if (panel.type === "row") panel.title = "";
    },
  ],
  [
    "ids of their own",
    /panel id 1 is there twice/,
    inPanel((panel) => {
      panel.id = 1;
    }),
  ],
  [
    "a place of their own",
    /lies over/,
    inPanel((panel) => {
      panel.gridPos.y -= 1;
    }),
  ],
  [
    "a place within the columns",
    /beyond the 24 columns/,
    inPanel((panel) => {
      panel.gridPos.w = 24;
      panel.gridPos.x = 1;
    }),
  ],
];

const WHOLE: readonly Plant[] = [
  [
    "a data source variable",
    /needs a data source variable/,
    ({ templating }) => {
      templating.list[0] = { ...templating.list[0], type: "datasource", name: "source" };
    },
  ],
  [
    "its label",
    /label "Data source"/,
    ({ templating }) => {
      templating.list[0] = { type: "datasource", name: "datasource", label: "DS" };
    },
  ],
  [
    "no variable without use",
    /variable spare: nothing uses it/,
    ({ templating }) => {
      templating.list.push({
        type: "query",
        name: "spare",
        label: "Spare",
        query: "SHOW MEASUREMENTS",
        refresh: 2,
      });
    },
  ],
  [
    "no use without a variable",
    /\$gone: there is no such variable/,
    inPanel((panel) => {
      panel.title = "of $gone";
    }),
  ],
  [
    "variables that are asked again",
    /not asked again/,
    ({ templating }) => {
      for (const one of templating.list) if (one.type === "query") one.refresh = 1;
    },
  ],
  [
    "labels of variables",
    /has no label/,
    ({ templating }) => {
      for (const one of templating.list) if (one.type === "query") one.label = "";
    },
  ],
  [
    "variables once",
    /variable product is there twice/,
    ({ templating }) => {
      templating.list.push(...structuredClone(templating.list));
    },
  ],
  [
    "no changes by hand",
    /is editable/,
    (dashboard) => {
      dashboard.editable = true;
    },
  ],
  [
    "a shared cross-hair",
    /cross-hair/,
    (dashboard) => {
      dashboard.graphTooltip = 0;
    },
  ],
  [
    "a calm refresh",
    /at least 30s/,
    (dashboard) => {
      dashboard.refresh = "5s";
    },
  ],
  [
    "the tag",
    /has no tag/,
    (dashboard) => {
      dashboard.tags = [];
    },
  ],
  [
    "a link onward that keeps the range",
    /keeps the time range and the variables/,
    (dashboard) => {
      for (const link of dashboard.links) link.keepTime = false;
    },
  ],
  [
    "a uid of its own",
    /uid vz-cases is there twice/,
    (dashboard) => {
      dashboard.uid = "vz-cases";
    },
  ],
  [
    "a title of its own",
    /title Cases is there twice/,
    (dashboard) => {
      dashboard.title = "Cases";
    },
  ],
];

const KEPT = "${__url_time_range}&${datasource:queryparam}&var-device=x";
const LINKS: readonly Plant[] = [
  ["lead to a dashboard", /no dashboard vz-site/, linkTo(`/d/vz-site?${KEPT}`)],
  [
    "lead to a dashboard, by a value of the row",
    /no dashboard vz-machine/,
    linkTo(`/d/vz-machine-\${__data.fields.product}?${KEPT}`),
  ],
  [
    "keep the range",
    /does not keep the time range/,
    linkTo("/d/vz-use?${datasource:queryparam}&var-device=x"),
  ],
  [
    "keep the data source",
    /does not keep the data source/,
    linkTo("/d/vz-use?${__url_time_range}&var-device=x"),
  ],
  [
    "hand over what was clicked",
    /hands no variable over/,
    linkTo("/d/vz-use?${__url_time_range}&${datasource:queryparam}"),
  ],
  ["lead nowhere else", /neither to a dashboard nor to the console/, linkTo("https://example.org")],
];

export const DEFECTS: readonly Plant[] = [...PANELS, ...QUERIES, ...WHOLE, ...LINKS];
