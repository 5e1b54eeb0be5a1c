-- Times are milliseconds since 1970, UTC. Words are those of the types' `word`. No column holds a secret.

-- The accounts this state belongs to.
CREATE TABLE account (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What was learned about the services, such as whether bulk creation works.
CREATE TABLE capability (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The last complete sweep of Addigy, replaced as a whole.
CREATE TABLE sweep (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    at   INTEGER NOT NULL
) STRICT;

CREATE TABLE policy (
    id                TEXT PRIMARY KEY,
    name              TEXT NOT NULL,
    parent            TEXT,
    itglue_account_id INTEGER
) STRICT, WITHOUT ROWID;

-- The columns that end in `_key` are folded for searching.
CREATE TABLE device (
    id            TEXT PRIMARY KEY,
    name          TEXT,
    hostname      TEXT,
    local_ip      TEXT,
    ethernet_mac  TEXT,
    serial_number TEXT,
    model         TEXT,
    last_online   INTEGER,
    location      TEXT,
    listed        TEXT NOT NULL,
    unreadable    TEXT,
    id_key        TEXT NOT NULL,
    name_key      TEXT,
    hostname_key  TEXT,
    serial_key    TEXT,
    mac_key       TEXT,
    ip_key        TEXT
) STRICT, WITHOUT ROWID;

-- A policy's own entry; without an organization it is the mark that keeps it unlinked.
CREATE TABLE link (
    policy_id         TEXT PRIMARY KEY,
    organization_id   INTEGER,
    organization_name TEXT,
    with_children     INTEGER NOT NULL DEFAULT 0,
    CHECK ((organization_id IS NULL) = (organization_name IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE link_history (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    at                INTEGER NOT NULL,
    who               TEXT NOT NULL,
    policy_id         TEXT NOT NULL,
    what              TEXT NOT NULL CHECK (what IN ('linked', 'kept_unlinked', 'removed')),
    organization_id   INTEGER,
    organization_name TEXT,
    with_children     INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TRIGGER link_history_is_not_changed BEFORE UPDATE ON link_history
BEGIN SELECT raise(ABORT, 'link_history is only added to'); END;
CREATE TRIGGER link_history_is_not_shortened BEFORE DELETE ON link_history
BEGIN SELECT raise(ABORT, 'link_history is only added to'); END;

CREATE TABLE binding (
    device_id        TEXT NOT NULL,
    organization_id  INTEGER NOT NULL,
    policy_id        TEXT NOT NULL,
    configuration_id INTEGER NOT NULL,
    state            TEXT NOT NULL,
    matched_by       TEXT,
    serial_seen      TEXT,
    written          TEXT NOT NULL,
    psa_refused      INTEGER,
    held_by          INTEGER,
    PRIMARY KEY (organization_id, device_id)
) STRICT, WITHOUT ROWID;

-- A configuration has one holder.
CREATE UNIQUE INDEX binding_holder ON binding (configuration_id) WHERE state = 'bound';

-- Many runs ask for the same policies: `sync --all` every quarter of an hour names a thousand.
CREATE TABLE policy_set (
    id       INTEGER PRIMARY KEY,
    policies TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE run (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    kind          TEXT NOT NULL,
    policy_set_id INTEGER NOT NULL REFERENCES policy_set (id),
    started       INTEGER NOT NULL,
    finished      INTEGER,
    who           TEXT NOT NULL,
    host          TEXT NOT NULL,
    version       TEXT NOT NULL,
    outcome       TEXT,
    counts        TEXT NOT NULL
) STRICT;

-- The last sync that came to its end, so that nobody walks through years of runs for it.
CREATE TABLE last_sync (
    policy_id TEXT PRIMARY KEY,
    run_id    INTEGER NOT NULL REFERENCES run (id),
    finished  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The journal: written before a request leaves, settled after its answer.
CREATE TABLE intent (
    id                       INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id                   INTEGER NOT NULL REFERENCES run (id),
    device_id                TEXT NOT NULL,
    device_name              TEXT NOT NULL,
    organization_id          INTEGER NOT NULL,
    policy_id                TEXT NOT NULL,
    kind                     TEXT NOT NULL,
    configuration_id         INTEGER,
    changes                  TEXT NOT NULL,
    serial                   TEXT,
    mac                      TEXT,
    attempted_at             INTEGER NOT NULL,
    outcome                  TEXT CHECK (outcome IN ('done', 'refused', 'not_sent', 'lost', 'not_done')),
    settled_at               INTEGER,
    settled_configuration_id INTEGER,
    stored                   TEXT,
    message                  TEXT
) STRICT;

CREATE INDEX intent_of_run ON intent (run_id);
-- An answer that got lost leaves the intent open: what came of it must be looked up.
CREATE INDEX intent_open ON intent (organization_id) WHERE outcome IS NULL OR outcome = 'lost';

-- Changes that an undo has put back.
CREATE TABLE undone (
    intent_id INTEGER NOT NULL REFERENCES intent (id),
    attribute TEXT NOT NULL,
    run_id    INTEGER NOT NULL REFERENCES run (id),
    PRIMARY KEY (intent_id, attribute)
) STRICT, WITHOUT ROWID;

-- How each device of a policy stands, as last known.
CREATE TABLE report (
    policy_id        TEXT NOT NULL,
    device_id        TEXT NOT NULL,
    run_id           INTEGER NOT NULL REFERENCES run (id),
    name             TEXT NOT NULL,
    serial_number    TEXT,
    state            TEXT NOT NULL,
    reason           TEXT,
    message          TEXT,
    superseded       INTEGER NOT NULL DEFAULT 0,
    configuration_id INTEGER,
    at               INTEGER NOT NULL,
    PRIMARY KEY (policy_id, device_id),
    CHECK ((reason IS NULL) = (message IS NULL))
) STRICT, WITHOUT ROWID;
