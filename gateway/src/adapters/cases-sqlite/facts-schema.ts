/**
 * What is counted of a case, in columns: figures over 100,000 cases must not read their JSON. Filled from the
 * views that are there; builds before knew neither settle times nor targets.
 */
export const FACTS_SCHEMA = `
  CREATE TABLE problem_view (id TEXT PRIMARY KEY, product TEXT NOT NULL, rule TEXT NOT NULL,
    status TEXT NOT NULL, opened_at INTEGER NOT NULL, json TEXT NOT NULL);
  CREATE INDEX problem_view_newest ON problem_view (opened_at, id);
  CREATE INDEX problem_view_status ON problem_view (status, opened_at, id);

  CREATE TABLE fix_view (product TEXT NOT NULL, rule TEXT NOT NULL, step TEXT NOT NULL,
    json TEXT NOT NULL, PRIMARY KEY (product, rule, step)) WITHOUT ROWID;

  CREATE TABLE remedy_switch (product TEXT PRIMARY KEY, json TEXT NOT NULL);

  CREATE TABLE case_fact (id TEXT PRIMARY KEY, product TEXT NOT NULL, device TEXT NOT NULL,
    rule TEXT NOT NULL, kind TEXT NOT NULL, severity TEXT NOT NULL, onset_at INTEGER NOT NULL,
    opened_at INTEGER NOT NULL, resolved_at INTEGER, resolution TEXT NOT NULL, verdict TEXT NOT NULL,
    escalated_at INTEGER, first_step_at INTEGER, tried INTEGER NOT NULL, proved_at INTEGER,
    fix TEXT NOT NULL, owner_called_at INTEGER, found_before INTEGER NOT NULL,
    reopened INTEGER NOT NULL, disputed INTEGER NOT NULL, follows TEXT NOT NULL,
    problem TEXT NOT NULL, team TEXT NOT NULL, level TEXT NOT NULL, response_due_at INTEGER,
    response_met_at INTEGER, response_breached_at INTEGER, solution_due_at INTEGER,
    solution_met_at INTEGER, solution_breached_at INTEGER);
  CREATE INDEX case_fact_opened ON case_fact (opened_at);
  CREATE INDEX case_fact_problem ON case_fact (problem, opened_at) WHERE problem != '';

  INSERT INTO case_fact
  WITH step AS MATERIALIZED (
    SELECT c.id AS case_id, a.key AS place, a.value ->> 'startedAt' AS at,
      a.value ->> 'state' NOT IN ('waiting', 'cancelled') AS tried, a.value ->> 'proof' AS proof,
      a.value ->> 'state' IN ('failed', 'rejected', 'expired') AS failed
    FROM case_view AS c, json_each(c.json, '$.actions') AS a
    WHERE a.value ->> 'kind' = 'command' OR a.value ->> 'kind' = 'advice' AND NOT (
      a.value ->> 'proof' = 'none' AND EXISTS (
        SELECT 1 FROM json_each(c.json, '$.actions') AS e WHERE e.value ->> 'kind' = 'escalation'
          AND e.value ->> 'step' = a.value ->> 'step'))),
  newest AS (SELECT case_id, proof, failed, max(place) FROM step WHERE tried GROUP BY case_id),
  counted AS (
    SELECT case_id, min(at) AS first_step_at, max(tried) AS tried FROM step GROUP BY case_id)
  SELECT c.id, coalesce(c.json ->> 'product', ''), c.device, c.rule, c.kind,
    coalesce(c.json ->> 'severity', ''), coalesce(c.json ->> 'onsetAt', c.opened_at), c.opened_at,
    c.json ->> 'resolvedAt', coalesce(c.json ->> 'resolution', ''), coalesce(c.json ->> 'verdict', ''),
    (SELECT min(a.value ->> 'startedAt') FROM json_each(c.json, '$.actions') AS a
     WHERE a.value ->> 'kind' = 'escalation'),
    counted.first_step_at, coalesce(counted.tried, 0),
    (SELECT max(at) FROM case_event WHERE case_id = c.id AND kind = 'proved'),
    CASE WHEN coalesce(counted.tried, 0) = 0 THEN ''
      WHEN newest.proof = 'not_proved' OR newest.proof != 'proved' AND newest.failed THEN 'failed'
      WHEN newest.proof != 'pending' AND c.json ->> 'resolution' = 'fixed' THEN 'verified'
      WHEN c.stage IN ('acting', 'verifying', 'watching') THEN 'pending'
      ELSE 'failed' END,
    NULL, 1,
    (SELECT count(*) FROM case_event WHERE case_id = c.id AND kind = 'reopened'), 0,
    '', '', '', '', NULL, NULL, NULL, NULL, NULL, NULL
  FROM case_view AS c LEFT JOIN counted ON counted.case_id = c.id
    LEFT JOIN newest ON newest.case_id = c.id;`;
