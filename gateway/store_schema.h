// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// The tables, portable SQL. What is in clear here is what a thief of the disk sees.

// Version 2, as it was: a new database begins there and is brought forward like an old one, so that both are the same.
static const char store_schema[] =
	"CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL);"
	"CREATE TABLE alert (id INTEGER PRIMARY KEY, day INTEGER NOT NULL, queue TEXT NOT NULL, oversight TEXT NOT NULL,"
	" state TEXT NOT NULL, assignee TEXT NOT NULL, severity INTEGER NOT NULL, incident INTEGER NOT NULL,"
	" key_id INTEGER NOT NULL, oversight_key_id INTEGER NOT NULL, body BLOB NOT NULL, oversight_wrap BLOB,"
	" outcome TEXT NOT NULL DEFAULT '', closed_day INTEGER NOT NULL DEFAULT 0, expired INTEGER NOT NULL DEFAULT 0);"
	"CREATE INDEX alert_order ON alert (queue, state, severity DESC, id);"
	"CREATE INDEX alert_incident ON alert (incident);"
	"CREATE INDEX alert_kept ON alert (expired, day);"
	"CREATE INDEX alert_key ON alert (key_id, expired);"
	"CREATE INDEX alert_oversight ON alert (oversight_key_id, expired);"
	"CREATE TABLE step (id INTEGER PRIMARY KEY, alert_id INTEGER NOT NULL, at INTEGER NOT NULL, officer TEXT NOT NULL,"
	" action TEXT NOT NULL, detail TEXT NOT NULL, body BLOB NOT NULL, signature BLOB NOT NULL UNIQUE);"
	"CREATE INDEX step_alert ON step (alert_id);"
	"CREATE TABLE content_key (id INTEGER PRIMARY KEY, queue TEXT NOT NULL, day INTEGER NOT NULL);"
	"CREATE TABLE content_seal (key_id INTEGER NOT NULL, officer TEXT NOT NULL, sealed BLOB NOT NULL,"
	" PRIMARY KEY (key_id, officer));"
	"CREATE TABLE alert_grant (alert_id INTEGER NOT NULL, officer TEXT NOT NULL, sealed BLOB NOT NULL,"
	" PRIMARY KEY (alert_id, officer));"
	"CREATE TABLE officer (name TEXT PRIMARY KEY, role TEXT NOT NULL, record BLOB NOT NULL,"
	" duress BLOB NOT NULL, revoked INTEGER NOT NULL DEFAULT 0);"
	"CREATE TABLE officer_queue (officer TEXT NOT NULL, queue TEXT NOT NULL, PRIMARY KEY (officer, queue));"
	"CREATE TABLE custodian (id INTEGER PRIMARY KEY, public BLOB NOT NULL,"
	" revoked INTEGER NOT NULL DEFAULT 0);"
	"CREATE TABLE identity (alert_id INTEGER PRIMARY KEY, expires_at INTEGER NOT NULL, outer_day INTEGER NOT NULL,"
	" record BLOB NOT NULL);"
	"CREATE TABLE share (alert_id INTEGER NOT NULL, custodian INTEGER NOT NULL, sealed BLOB NOT NULL,"
	" PRIMARY KEY (alert_id, custodian));"
	"CREATE TABLE seen (tag BLOB PRIMARY KEY, day INTEGER NOT NULL);"
	"CREATE TABLE part (tag BLOB NOT NULL, idx INTEGER NOT NULL, total INTEGER NOT NULL, first_at INTEGER NOT NULL,"
	" body BLOB NOT NULL, PRIMARY KEY (tag, idx));"
	"CREATE TABLE incident (id INTEGER PRIMARY KEY, tag BLOB NOT NULL, last_at INTEGER NOT NULL,"
	" reporters INTEGER NOT NULL);"
	"CREATE INDEX incident_tag ON incident (tag, last_at);"
	"CREATE TABLE reporter (incident INTEGER NOT NULL, tag BLOB NOT NULL, PRIMARY KEY (incident, tag));"
	// who and number of an alert's sender, each wrapped by triage: for replies and for counting alerts of one handle
	"CREATE TABLE origin (alert_id INTEGER PRIMARY KEY, day INTEGER NOT NULL, who BLOB NOT NULL, number BLOB);"
	"CREATE INDEX origin_day ON origin (day);"
	"CREATE TABLE outbox (id INTEGER PRIMARY KEY, alert_id INTEGER NOT NULL, at INTEGER NOT NULL, flags INTEGER NOT NULL,"
	" state TEXT NOT NULL, who BLOB NOT NULL, parts INTEGER NOT NULL, body BLOB NOT NULL);"
	"CREATE TABLE reveal (id INTEGER PRIMARY KEY, alert_id INTEGER NOT NULL, officer TEXT NOT NULL, at INTEGER NOT NULL,"
	" opens_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, emergency INTEGER NOT NULL, state TEXT NOT NULL,"
	" session BLOB NOT NULL, public BLOB NOT NULL);"
	"CREATE TABLE audit (seq INTEGER PRIMARY KEY, record BLOB NOT NULL);"
	"CREATE TABLE one_time (tag BLOB PRIMARY KEY);"
	"INSERT INTO incident (id, tag, last_at, reporters) VALUES (0, x'00', 0, 0);";

// What each version adds to the one before. A released line is never changed: a new version is a new line.
#define STORE_VERSION_FIRST 2
static const char *const store_versions[] = {
	// 3: what the queue opens with
	"ALTER TABLE alert ADD COLUMN notify TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE alert ADD COLUMN deadline_at INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE alert ADD COLUMN ack_s INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE alert ADD COLUMN escalate_at INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE alert ADD COLUMN escalated INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE alert ADD COLUMN escalated_at INTEGER NOT NULL DEFAULT 0;"
	"CREATE INDEX alert_late ON alert (escalate_at) WHERE state = 'new' AND escalate_at > 0;"
	// reporter codes: blind tags and sealed records; who of an incident's reporters are one person; what was counted
	"CREATE TABLE reporter_code (id INTEGER PRIMARY KEY, tag BLOB NOT NULL UNIQUE, body BLOB NOT NULL);"
	"CREATE TABLE drill (id INTEGER PRIMARY KEY, from_at INTEGER NOT NULL, to_at INTEGER NOT NULL, officer TEXT NOT NULL, body BLOB NOT NULL);"
	"CREATE TABLE incident_at (tag BLOB PRIMARY KEY, incident INTEGER NOT NULL, last_at INTEGER NOT NULL);"
	"CREATE TABLE judged (tag BLOB PRIMARY KEY);"
	"ALTER TABLE reporter ADD COLUMN person BLOB;"
	"ALTER TABLE incident ADD COLUMN verdict INTEGER NOT NULL DEFAULT 0;"
	"CREATE INDEX alert_escalated ON alert (escalated) WHERE state = 'new' AND escalated > 0;"
	// early warning: which place and event it is, and its days, only triage can read
	"CREATE TABLE series (tag BLOB PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;"
	"CREATE INDEX alert_over ON alert (oversight, state, severity DESC, id) WHERE oversight <> '';"
	"CREATE INDEX grant_officer ON alert_grant (officer);"
	"CREATE TABLE alert_tally (queue TEXT NOT NULL, oversight TEXT NOT NULL, state TEXT NOT NULL, severity INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (queue, oversight, state, severity));"
	"INSERT INTO alert_tally SELECT queue, oversight, state, severity, count(*) FROM alert GROUP BY queue, oversight, state, severity;"
	"CREATE TRIGGER alert_counted AFTER INSERT ON alert BEGIN INSERT INTO alert_tally VALUES (NEW.queue, NEW.oversight, NEW.state, NEW.severity, 1) ON CONFLICT (queue, oversight, state, severity) DO UPDATE SET n = n + 1; END;"
	"CREATE TRIGGER alert_uncounted AFTER DELETE ON alert BEGIN UPDATE alert_tally SET n = n - 1 WHERE queue = OLD.queue AND oversight = OLD.oversight AND state = OLD.state AND severity = OLD.severity; END;"
	"CREATE TRIGGER alert_recounted AFTER UPDATE OF queue, oversight, state, severity ON alert BEGIN UPDATE alert_tally SET n = n - 1 WHERE queue = OLD.queue AND oversight = OLD.oversight AND state = OLD.state AND severity = OLD.severity; INSERT INTO alert_tally VALUES (NEW.queue, NEW.oversight, NEW.state, NEW.severity, 1) ON CONFLICT (queue, oversight, state, severity) DO UPDATE SET n = n + 1; END;"
	// versions of rules (what 1) and sheets (2): text and comment wrapped, names and signatures as in step
	"CREATE TABLE ruleset (what INTEGER NOT NULL, version INTEGER NOT NULL, state TEXT NOT NULL, hash BLOB NOT NULL,"
	" size INTEGER NOT NULL, proposed_by TEXT NOT NULL, proposed_at INTEGER NOT NULL, proposed_sig BLOB NOT NULL,"
	" approved_by TEXT NOT NULL DEFAULT '', approved_at INTEGER NOT NULL DEFAULT 0, approved_sig BLOB NOT NULL DEFAULT x'',"
	" rolled_by TEXT NOT NULL DEFAULT '', rolled_at INTEGER NOT NULL DEFAULT 0, rolled_sig BLOB NOT NULL DEFAULT x'',"
	" comment BLOB NOT NULL, body BLOB NOT NULL, PRIMARY KEY (what, version));"
	"CREATE TABLE guard (alert_id INTEGER PRIMARY KEY, sealed BLOB NOT NULL);"
};
#define STORE_VERSION (STORE_VERSION_FIRST + (int)ARRAY_LENGTH(store_versions))
