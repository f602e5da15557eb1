import type { Judgement } from "./seen.ts";

export interface ScenarioReport {
  readonly file: string;
  readonly title: string;
  readonly seed: number;
  readonly seconds: number;
  readonly judgements: readonly Judgement[];
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 forbids exactly these.
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

const escaped = (text: string): string =>
  text
    .replace(FORBIDDEN, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");

/** JUnit XML as CI systems read it: a suite per scenario, a test per expectation. */
export function junitXml(reports: readonly ScenarioReport[]): string {
  const suites = reports.map((report) => {
    const failures = report.judgements.filter(({ failure }) => failure !== undefined).length;
    const tests = report.judgements.map(({ title, failure }) => {
      const head = `    <testcase classname="${escaped(report.file)}" name="${escaped(title)}"`;
      if (failure === undefined) return `${head}/>`;
      const first = failure.split("\n", 1)[0] ?? "";
      return `${head}>\n      <failure message="${escaped(first)}">${escaped(failure)}</failure>\n    </testcase>`;
    });
    const counts = `tests="${report.judgements.length}" failures="${failures}"`;
    return [
      `  <testsuite name="${escaped(report.title)}" ${counts} time="${report.seconds.toFixed(3)}">`,
      `    <properties><property name="seed" value="${report.seed}"/></properties>`,
      ...tests,
      "  </testsuite>",
    ].join("\n");
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join("\n")}\n</testsuites>\n`;
}
