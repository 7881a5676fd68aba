// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// The tables, portable SQL. What is in clear here is what a thief of the disk sees.

#define STORE_VERSION 1
static const char store_schema[] =
	"CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL);"
	"CREATE TABLE alert (id INTEGER PRIMARY KEY, day INTEGER NOT NULL, queue TEXT NOT NULL, oversight TEXT NOT NULL,"
	" state TEXT NOT NULL, assignee TEXT NOT NULL, severity INTEGER NOT NULL, incident INTEGER NOT NULL,"
	" key_id INTEGER NOT NULL, oversight_key_id INTEGER NOT NULL, body BLOB NOT NULL, oversight_wrap BLOB);"
	"CREATE INDEX alert_order ON alert (queue, state, severity DESC, id);"
	"CREATE TABLE step (id INTEGER PRIMARY KEY, alert_id INTEGER NOT NULL, at INTEGER NOT NULL, officer TEXT NOT NULL,"
	" action TEXT NOT NULL, detail TEXT NOT NULL, body BLOB NOT NULL, signature BLOB NOT NULL UNIQUE);"
	"CREATE INDEX step_alert ON step (alert_id);"
	"CREATE TABLE content_key (id INTEGER PRIMARY KEY, queue TEXT NOT NULL, day INTEGER NOT NULL);"
	"CREATE TABLE content_seal (key_id INTEGER NOT NULL, officer TEXT NOT NULL, sealed BLOB NOT NULL,"
	" PRIMARY KEY (key_id, officer));"
	"CREATE TABLE alert_grant (alert_id INTEGER NOT NULL, officer TEXT NOT NULL, sealed BLOB NOT NULL,"
	" PRIMARY KEY (alert_id, officer));"
	"CREATE TABLE officer (name TEXT PRIMARY KEY, role TEXT NOT NULL, record BLOB NOT NULL);"
	"CREATE TABLE officer_queue (officer TEXT NOT NULL, queue TEXT NOT NULL, PRIMARY KEY (officer, queue));"
	"CREATE TABLE custodian (id INTEGER PRIMARY KEY, public BLOB NOT NULL);"
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
	"INSERT INTO incident (id, tag, last_at, reporters) VALUES (0, x'00', 0, 0);";
