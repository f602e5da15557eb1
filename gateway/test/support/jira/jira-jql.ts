import type { Issue } from "./jira-world.ts";
import { BOT } from "./jira-world.ts";

/** Only the searches that a desk of ours asks with; text is found by its words, as Jira does it. */
export function matches(issue: Issue, jql: string): boolean {
  const reference = String(issue.fields.get("customfield_1") ?? "");
  const byReference = /^cf\[1\] ~ "\\"([\w-]+)\\"" OR labels = "([\w-]+)" ORDER BY id ASC$/.exec(
    jql,
  );
  if (byReference !== null) {
    const [, text = "", label = ""] = byReference;
    const words = reference.split("-");
    return text.split("-").every((word) => words.includes(word)) || issue.labels.includes(label);
  }
  const recent = /^updated >= -(\d+)m ORDER BY updated ASC, id ASC$/.exec(jql)?.[1];
  if (recent !== undefined) {
    return issue.indexed === issue.updated && issue.updated >= Date.now() - Number(recent) * 60_000;
  }
  if (/^reporter = currentUser\(\) AND cf\[1\] is EMPTY AND statusCategory != Done /.test(jql)) {
    return issue.reporter === BOT && reference === "" && issue.status !== "Resolved";
  }
  throw new Error(`no such search: ${jql}`);
}
