-- What is known of projects, runs, differences and alerts. Instants are milliseconds since 1970.
-- No column holds the value of an attribute but `run.report`, which redaction made.

CREATE TABLE project (
    id           INTEGER PRIMARY KEY,
    name         TEXT   NOT NULL UNIQUE,
    -- Grows with each claim: a result that carries an older one is dropped.
    fence        BIGINT NOT NULL DEFAULT 0,
    holder       TEXT,
    lease_until  BIGINT NOT NULL DEFAULT 0,
    next_due     BIGINT,
    known_since  BIGINT NOT NULL,
    last_run     BIGINT,
    last_success BIGINT,
    -- Looks in a row that were not whole.
    failures     BIGINT NOT NULL DEFAULT 0,
    last_failure TEXT,
    -- Why there was no look the last time that one was due.
    skipped      TEXT,
    skipped_at   BIGINT,
    -- The most memory that the programs of the last look held, in bytes.
    peak_memory  BIGINT
);

CREATE TABLE run (
    id       INTEGER PRIMARY KEY,
    project  BIGINT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    started  BIGINT NOT NULL,
    ended    BIGINT NOT NULL,
    outcome  TEXT   NOT NULL,
    failure  TEXT,
    managed  BIGINT NOT NULL,
    found    BIGINT NOT NULL,
    -- The whole report as JSON; only the newest ones keep theirs.
    report   TEXT
);
CREATE INDEX run_by_project ON run (project, id);
CREATE INDEX run_by_end ON run (ended);

CREATE TABLE condition (
    id           INTEGER PRIMARY KEY,
    project      BIGINT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    key          TEXT   NOT NULL,
    fingerprint  TEXT   NOT NULL,
    topic        TEXT   NOT NULL,
    change       TEXT   NOT NULL,
    address      TEXT   NOT NULL,
    severity     BIGINT NOT NULL,
    -- Lists of texts as JSON: paths of attributes, owners, workloads.
    paths        TEXT   NOT NULL,
    owners       TEXT   NOT NULL,
    workloads    TEXT   NOT NULL,
    note         TEXT,
    first_seen   BIGINT NOT NULL,
    last_seen    BIGINT NOT NULL,
    first_run    BIGINT,
    last_run     BIGINT,
    closed_at    BIGINT,
    closed_run   BIGINT,
    closed_as    TEXT,
    ack_at       BIGINT,
    ack_by       TEXT,
    ack_why      TEXT,
    ack_until    BIGINT
);
CREATE UNIQUE INDEX condition_open ON condition (project, key) WHERE closed_at IS NULL;
CREATE INDEX condition_by_project ON condition (project, first_seen);
CREATE INDEX condition_by_time ON condition (first_seen);
CREATE INDEX condition_by_close ON condition (closed_at) WHERE closed_at IS NOT NULL;

CREATE TABLE alert (
    id        INTEGER PRIMARY KEY,
    sink      TEXT   NOT NULL,
    -- What the sink knows it by; the same again when the same thing comes back.
    key       TEXT   NOT NULL,
    digest    BIGINT NOT NULL DEFAULT 0,
    state     TEXT   NOT NULL,
    opened_at BIGINT NOT NULL,
    closed_at BIGINT,
    sequence  BIGINT NOT NULL DEFAULT 0,
    -- What the sink answered when it was opened: a time stamp of a message, a number of an issue.
    reference TEXT
);
CREATE INDEX alert_by_sink ON alert (sink, opened_at);

CREATE TABLE alert_member (
    alert     BIGINT NOT NULL REFERENCES alert (id) ON DELETE CASCADE,
    condition BIGINT NOT NULL REFERENCES condition (id) ON DELETE CASCADE,
    PRIMARY KEY (alert, condition)
);
CREATE INDEX alert_of_condition ON alert_member (condition);

CREATE TABLE outbox (
    id            INTEGER PRIMARY KEY,
    dedupe_key    TEXT   NOT NULL UNIQUE,
    sink          TEXT   NOT NULL,
    alert         BIGINT NOT NULL REFERENCES alert (id) ON DELETE CASCADE,
    alert_key     TEXT   NOT NULL,
    event         TEXT   NOT NULL,
    payload       TEXT   NOT NULL,
    state         TEXT   NOT NULL,
    created_at    BIGINT NOT NULL,
    not_before    BIGINT NOT NULL,
    attempts      BIGINT NOT NULL DEFAULT 0,
    first_attempt BIGINT,
    settled_at    BIGINT,
    error         TEXT
);
CREATE INDEX outbox_pending ON outbox (sink, not_before) WHERE state = 'pending';
CREATE INDEX outbox_in_order ON outbox (sink, alert_key, id) WHERE state = 'pending';
CREATE INDEX outbox_of_alert ON outbox (alert);
CREATE INDEX outbox_dead ON outbox (settled_at) WHERE state = 'dead';

CREATE TABLE sink (
    name          TEXT   PRIMARY KEY,
    -- Nothing is sent before: what a `Retry-After` said, or a pause after failures in a row.
    blocked_until BIGINT NOT NULL DEFAULT 0,
    failures      BIGINT NOT NULL DEFAULT 0,
    last_sent     BIGINT,
    last_error    TEXT
);
