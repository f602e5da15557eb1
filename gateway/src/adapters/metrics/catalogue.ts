export interface MetricSpec {
  /** Without the prefix `voorzorg_`. */
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds in seconds, for a histogram. */
  readonly buckets?: readonly number[];
}

const FAST = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10] as const;
const REACTION = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60, 300] as const;

const counter = (name: string, help: string, labels: readonly string[] = []): MetricSpec => ({
  name,
  type: "counter",
  help,
  labels,
});
const gauge = (name: string, help: string, labels: readonly string[] = []): MetricSpec => ({
  name,
  type: "gauge",
  help,
  labels,
});
const histogram = (
  name: string,
  help: string,
  shape: { readonly buckets: readonly number[]; readonly labels?: readonly string[] },
): MetricSpec => ({ name, type: "histogram", help, labels: [], ...shape });

/**
 * Every metric there is. Closed, so that a typing error fails loudly instead of growing a second
 * series. No label may carry anything a device can choose (id, topic, client id): series are bounded.
 */
export const CATALOGUE: readonly MetricSpec[] = [
  counter("messages_received_total", "Messages taken from devices and made durable.", [
    "class",
    "qos",
  ]),
  counter("messages_refused_total", "Publishes refused by the broker.", ["code"]),
  counter("messages_quarantined_total", "Messages acknowledged but not understood.", ["code"]),
  counter("messages_duplicate_total", "Messages received again and ignored."),
  counter("messages_late_total", "Messages that came after their place in the order was given up."),
  counter(
    "boot_regressed_total",
    "Messages whose boot counter went backward; accepted and flagged.",
  ),
  counter(
    "clock_suspect_total",
    "Messages whose device clock is implausible; the service clock is used.",
  ),
  counter("samples_written_total", "Values stored for the first time."),
  counter(
    "samples_overwritten_total",
    "Values that replaced one of the same device, signal and time.",
  ),
  counter("store_rejected_total", "Samples that a store will never take; they are in quarantine.", [
    "store",
  ]),
  counter("store_failures_total", "Attempts to store samples that failed and are made again.", [
    "store",
    "problem",
  ]),
  counter(
    "points_written_total",
    "Fields stored for dashboards: decisions and samples of the fleet.",
  ),
  counter("points_rejected_total", "Points for dashboards that the store will never take."),
  counter("points_dropped_total", "Samples of the fleet given up for newer ones; no decisions."),
  gauge("points_waiting", "Points for dashboards that are not yet stored."),
  counter("samples_late_total", "Values stored and flagged late; they decide nothing."),
  counter("alerts_total", "Alerts that began to fire.", ["kind", "level"]),
  counter("cases_opened_total", "Cases opened.", ["kind", "severity"]),
  counter("cases_reopened_total", "Cases opened again within their window.", ["kind"]),
  counter("cases_resolved_total", "Cases resolved.", ["resolution"]),
  counter("cases_escalated_total", "Cases handed to a person."),
  counter("problems_opened_total", "Problems found: like cases that are more than chance.", [
    "kind",
  ]),
  counter("fixes_verified_total", "Steps of a playbook that telemetry proved.", ["kind"]),
  counter("fixes_held_total", "Proved steps that lasted through their settle time in use.", [
    "kind",
  ]),
  counter("fixes_not_held_total", "Proved steps after which the problem came back.", ["kind"]),
  counter("fixes_harmful_total", "Steps after which another fault began: a suspicion of harm.", [
    "kind",
  ]),
  counter("fixes_withdrawn_total", "Steps withdrawn because they failed or harmed too often.", [
    "product",
    "rule",
  ]),
  counter("remedies_switched_total", "Turns of the off switch of playbooks.", ["state"]),
  counter("alerts_historic_total", "Alerts of the past that backfill showed; no case was opened.", [
    "kind",
  ]),
  counter("verdicts_total", "Agents' verdicts on cases.", ["verdict"]),
  counter("gaps_given_up_total", "Gaps in a device's sequence that were not filled in time."),
  counter("clock_steps_back_total", "Device clocks that were set back by over a day and believed."),
  counter("rules_stopped_total", "Rules that failed on a record and were stopped.", [
    "product",
    "rule",
  ]),
  counter("rulesets_refused_total", "Rulesets in the journal that this build cannot read."),
  counter("commands_created_total", "Commands put into the outbox."),
  counter("commands_sent_total", "Commands handed to a device."),
  counter("command_results_total", "Ends of commands, by the state reported or reached.", [
    "state",
  ]),
  counter("advice_sent_total", "Advice shown to a user."),
  counter("webhooks_total", "Attempts to deliver a webhook.", ["outcome"]),
  counter("mails_total", "Attempts to send a mail.", ["about", "outcome"]),
  counter("desk_calls_total", "Calls of help desks, by what was asked and what came of it.", [
    "desk",
    "call",
    "outcome",
  ]),
  counter("desk_tickets_created_total", "Tickets made in help desks.", ["desk"]),
  counter("desk_comments_total", "Comments sent to tickets.", ["desk", "outcome"]),
  counter("desk_changes_total", "Changes read from help desks, by whose they are.", [
    "desk",
    "kind",
    "by",
  ]),
  counter("desk_actions_total", "What agents did in a help desk, passed on to cases.", [
    "desk",
    "action",
    "outcome",
  ]),
  counter("desk_orphans_rejected_total", "Tickets made twice by accident and put away.", ["desk"]),
  counter("desk_lookups_short_total", "Look-ups that found fewer tickets than are known.", [
    "desk",
  ]),
  counter("desk_dead_letters_total", "Cases that could not be brought into a help desk.", ["desk"]),
  gauge("desk_lanes_owed", "Cases whose ticket is not yet as it should be.", ["desk"]),
  gauge("desk_oldest_owed_seconds", "Age of the oldest of them.", ["desk"]),
  gauge("desk_dead_letters", "Cases that wait for a person to bring them into a help desk.", [
    "desk",
  ]),
  counter("journal_commits_total", "Commits of the journal."),
  counter("journal_commit_failures_total", "Commits of the journal that failed."),
  gauge("connections", "Devices connected now."),
  counter("connections_paused_total", "Times that a connection was not read for a while.", [
    "cause",
  ]),
  counter("messages_shed_total", "QoS 0 messages dropped under overload."),
  counter(
    "message_appends_failed_total",
    "Messages that could not be made durable; not acknowledged.",
  ),
  counter("auth_failures_total", "Connects that were refused.", ["reason"]),
  counter("subscriptions_refused_total", "Subscriptions that were refused."),
  counter("takeovers_total", "Connections ended because the same device connected again."),
  counter("takeover_storms_total", "Devices taken over so often that their id may be cloned."),
  counter("connections_closed_total", "Connections closed.", ["reason"]),
  gauge("unacknowledged_bytes", "Bytes received from devices and not yet acknowledged."),
  counter("journal_segments_sealed_total", "Ended segments of the journal that were compressed."),
  counter("journal_bytes_total", "Bytes of records made durable."),
  histogram(
    "journal_append_seconds",
    "Time from the arrival of a commit's oldest record until it is durable.",
    {
      buckets: FAST,
    },
  ),
  gauge("decide_lag_records", "Journal records not yet decided."),
  gauge("store_lag_records", "Journal records whose samples are not yet stored."),
  gauge("outbox_due", "Effects owed to the outside that could be delivered now."),
  histogram("reading_to_case_seconds", "Time from the append of the telling reading to its case.", {
    buckets: REACTION,
  }),
  counter("http_requests_total", "HTTP requests answered, by route pattern and status.", [
    "route",
    "status",
  ]),
  histogram("http_request_seconds", "Time to answer an HTTP request, by route pattern.", {
    buckets: FAST,
    labels: ["route"],
  }),
  gauge("http_event_streams", "Open live streams of the console and API."),
  counter("sign_ins_total", "Attempts to sign in.", ["outcome"]),
];

export const METRIC_PREFIX = "voorzorg_";
