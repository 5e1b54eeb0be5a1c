-- What people and commands did beside runs and links. Added to in the transaction of what it tells.
CREATE TABLE audit (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    who     TEXT NOT NULL,
    host    TEXT NOT NULL,
    version TEXT NOT NULL,
    deed    TEXT NOT NULL,
    details TEXT NOT NULL
) STRICT;

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN SELECT raise(ABORT, 'audit is only added to'); END;
-- Only pruning by age may shorten it.
CREATE TRIGGER audit_is_kept_90_days BEFORE DELETE ON audit
WHEN old.at > (unixepoch() - 90 * 86400) * 1000
BEGIN SELECT raise(ABORT, 'audit is kept for 90 days'); END;

ALTER TABLE link_history ADD COLUMN host TEXT;
ALTER TABLE link_history ADD COLUMN version TEXT;

-- What a run was, what was about to be written, and what came of it, stand as they were recorded.
CREATE TRIGGER run_is_not_changed
BEFORE UPDATE OF id, kind, policy_set_id, started, who, host, version ON run
BEGIN SELECT raise(ABORT, 'a run is only added to'); END;
CREATE TRIGGER run_ends_once BEFORE UPDATE ON run WHEN old.finished IS NOT NULL
BEGIN SELECT raise(ABORT, 'a run ends once'); END;
CREATE TRIGGER intent_is_not_changed
BEFORE UPDATE OF id, run_id, device_id, device_name, organization_id, policy_id, kind,
    configuration_id, changes, serial, mac, attempted_at ON intent
BEGIN SELECT raise(ABORT, 'an intent is only added to'); END;
CREATE TRIGGER intent_is_settled_once BEFORE UPDATE ON intent
WHEN old.outcome IS NOT NULL AND old.outcome <> 'lost'
BEGIN SELECT raise(ABORT, 'an intent is settled once'); END;
