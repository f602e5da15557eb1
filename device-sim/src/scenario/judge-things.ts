import { instantMs } from "../gateway-http.ts";
import type { Wanted } from "./expectations.ts";
import type { Court, Judgement, Look } from "./seen.ts";
import { asked, atText, differences, does, lookAt, newestProblem, spanText } from "./seen.ts";

const failureOf = (wrong: readonly string[], more = ""): string | undefined =>
  wrong.length === 0 ? undefined : `${wrong.join("; ")}${more}`;

export function judgeProblem(wanted: Wanted["problem"], { seen }: Court): Judgement {
  const { rule, attribute, value, at } = wanted;
  const common = attribute === undefined ? "" : ` of ${attribute} ${value ?? ""}`;
  const what = asked(wanted, ["status", "children", "openCases"]);
  const title = `there is a problem ${rule}${common} ${atText(at)}: ${what}`;
  const { problems } = lookAt(seen, at);
  const one = newestProblem(problems, wanted);
  if (one === undefined) {
    const others = problems.map((other) => `${other.rule} ${other.attribute} ${other.value}`);
    const found = others.length === 0 ? "no problem" : `only ${others.join(", ")}`;
    return { title, failure: `there is ${found}` };
  }
  const { status, openCases, cases, summary } = one;
  const wrong = differences(wanted, { status, openCases, children: cases.length });
  return { title, failure: failureOf(wrong, `\n${summary}`) };
}

export function judgeNoProblem({ rule, at }: Wanted["noProblem"], { seen }: Court): Judgement {
  const found = lookAt(seen, at).problems.filter((one) => (rule ?? one.rule) === one.rule);
  const title = `there is no problem ${rule ?? ""} ${atText(at)}`;
  return { title, failure: failureOf(found.map(({ summary }) => summary)) };
}

export function judgeFixes(wanted: Wanted["fixes"], { seen }: Court): Judgement {
  const { product, rule, what, at } = wanted;
  const keys = ["tried", "proved", "held", "failed", "harmful", "withdrawn"];
  const title = `${what} of ${rule} ${atText(at)}: ${asked(wanted, keys)}`;
  const found = lookAt(seen, at).fixes.filter(
    (one) => one.product === product && one.rule === rule && does(one.what, what),
  );
  const one = found[0];
  if (one === undefined) return { title, failure: "there is no such fix" };
  if (found.length > 1) {
    return { title, failure: `several fixes do that: ${found.map((fix) => fix.what).join("; ")}` };
  }
  const { tried, proved, held, failed, harmful, withdrawnAt } = one;
  const withdrawn = withdrawnAt !== null;
  const rows = { tried, proved, held, failed, harmful, withdrawn };
  return { title, failure: failureOf(differences(wanted, rows), `\n${JSON.stringify(one)}`) };
}

export function judgeCommand(wanted: Wanted["command"], { seen }: Court): Judgement {
  const { device, name, at } = wanted;
  const what = asked(wanted, ["state", "states", "answers"]);
  const title = `${name} of ${device} ${atText(at)}: ${what}`;
  const now = commandNow(wanted, lookAt(seen, at));
  const wrong: string[] = [];
  if (wanted.state !== undefined && wanted.state !== now?.state) {
    const is =
      now === undefined ? "there is no such command" : `it is ${now.state} (${now.detail})`;
    wrong.push(is);
  }
  const history = seen.commands.findLast((one) => one.device === device && does(one.what, name));
  const states = history?.states ?? [];
  if (wanted.states !== undefined && String(states) !== String(wanted.states)) {
    wrong.push(`its states were ${states.join(", ") || "none"}`);
  }
  const answers = answersOf(wanted, { seen }).map(({ state, was }) =>
    was === undefined ? state : `${state} ${was}`,
  );
  if (wanted.answers !== undefined && String(answers) !== String(wanted.answers)) {
    wrong.push(`the device answered ${answers.join(", ") || "nothing"}`);
  }
  return { title, failure: failureOf(wrong) };
}

/** As the newest case tells that asked for it, else as the device's page does. */
function commandNow(
  { device, name }: Wanted["command"],
  { cases, devices }: Look,
): { readonly state: string; readonly detail: string } | undefined {
  const wanted = cases
    .filter((one) => one.device === device)
    .flatMap(({ actions }) => actions)
    .filter(({ kind, what }) => kind === "command" && does(what, name))
    .toSorted((a, b) => instantMs(a.startedAt) - instantMs(b.startedAt))
    .at(-1);
  return wanted ?? devices.get(device)?.commands.find((one) => one.name === name);
}

const answersOf = (
  { device, name }: { readonly device: string; readonly name?: string | undefined },
  { seen }: Pick<Court, "seen">,
) => seen.answers.filter((one) => one.device === device && (name ?? one.name) === one.name);

/** States of a step that nothing was sent for. */
const UNSENT: ReadonlySet<string> = new Set(["waiting", "expired", "cancelled"]);

export function judgeNoCommand(wanted: Wanted["noCommand"], court: Court): Judgement {
  const { device, name, from, to = court.scenario.until } = wanted;
  const { seen, scenario } = court;
  const startMs = Date.parse(scenario.start);
  const inside = (atMs: number): boolean => atMs >= startMs + from && atMs <= startMs + to;
  const title = `${device} gets no command ${name ?? ""} from ${spanText(from)} to ${spanText(to)}`;
  const arrived = answersOf(wanted, court)
    .filter(({ atMs }) => inside(atMs))
    .map((one) => `${one.name} arrived at ${new Date(one.atMs).toISOString()}`);
  const claimed = seen.commands
    .filter((one) => one.device === device && (name === undefined || does(one.what, name)))
    .filter(({ states, seenMs }) =>
      states.some((state, index) => !UNSENT.has(state) && inside(seenMs[index] ?? 0)),
    )
    .map(({ what, states }) => `${what} is said to be ${states.join(", ")}`);
  return { title, failure: failureOf([...arrived, ...claimed]) };
}

export function judgeSetting(wanted: Wanted["setting"], { seen }: Court): Judgement {
  const { device, name, at } = wanted;
  const title = `${name} of ${device} ${atText(at)}: ${asked(wanted, ["value", "wanted"])}`;
  const page = lookAt(seen, at).devices.get(device);
  if (page === undefined) return { title, failure: "the gateway does not know the device" };
  const value = page.settings[name] ?? null;
  const rows = { value, wanted: page.desired?.settings[name] ?? null };
  const { version = 0 } = page.desired ?? {};
  const more = ` (version ${version}, reported ${page.reportedVersion})`;
  return { title, failure: failureOf(differences(wanted, rows), more) };
}

export function judgeValue(wanted: Wanted["value"], { seen }: Court): Judgement {
  const { product, rule, at, is } = wanted;
  const title = `value of ${rule} ${atText(at)}: ${asked(is, Object.keys(is))}`;
  const value = lookAt(seen, at).value.get(`${product}/${rule}`);
  if (value === undefined) return { title, failure: "there is no such value" };
  const rows = Object.fromEntries(Object.keys(is).map((path) => [path, figureAt(value, path)]));
  return { title, failure: failureOf(differences(is, rows), `\n${JSON.stringify(value)}`) };
}

/** What stands at a place like `verdicts.falseAlarm`; a text if there is nothing. */
function figureAt(value: unknown, path: string): unknown {
  let here = value;
  for (const name of path.split(".")) {
    if (typeof here !== "object" || here === null || !(name in here)) return "nothing";
    here = (here as Readonly<Record<string, unknown>>)[name];
  }
  return here;
}
