import type { Plant } from "./spoil.ts";
import { inPanel, inQuery } from "./spoil.ts";

export const QUERIES: readonly Plant[] = [
  [
    "the range",
    /needs \$timeFilter/,
    inQuery((query) => query.replace(" AND $timeFilter", "").replace("WHERE $timeFilter", "")),
  ],
  ["$__interval", /takes \$__interval/, inQuery((query) => query.replaceAll("$__interval", "5m"))],
  ["fill()", /needs fill\(\)/, inQuery((query) => query.replaceAll(/fill\([^)]*\)/g, ""))],
  [
    "a least interval",
    /needs a least interval/,
    inPanel((panel) => {
      delete panel.interval;
    }),
  ],
  ["no SLIMIT", /SLIMIT is not in every/, inQuery((query) => `${query} SLIMIT 10`)],
  [
    "no other functions",
    /holt_winters\(\) is not|HOLT_WINTERS is not/i,
    inQuery((query) => query.replace("last(", "holt_winters(")),
  ],
  ["no top()", /top\(\) is not in every/, inQuery((query) => query.replace("last(", "top("))],
  [
    "one subquery at most",
    /at most one deep/,
    inQuery((query) => `SELECT x FROM (${query}) WHERE $timeFilter`),
  ],
  [
    "no low percentile alone",
    /low percentile needs a column/,
    inQuery((query) =>
      query.replaceAll(/last\("(\w+)"\)|sum\("(\w+)"\)/g, 'percentile("$1$2", 5)'),
    ),
  ],
  [
    "patterns for several values",
    /several values/,
    inQuery((query) => query.replace("=~ /^$product$/", "= '$product'")),
  ],
];
