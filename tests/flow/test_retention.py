# SPDX-License-Identifier: GPL-2.0-or-later
"""What ends, ends for good: texts and senders are destroyed on the day, in every copy; a trace stays; and nothing is
destroyed because a clock jumped."""
import contextlib
import json
import pathlib
import sqlite3

import flow

DAY = 86400


class Retention(flow.Flow):
    settings = 'retention = { days = 90; queues = "security=20"; drill_days = 7; grace_days = 10; reminder_days = 7; };\n'

    def as_awa(self, *args, expect=0):
        return self.tama(*args, "-c", self.config, "--as", "awa", "--password-file", self.password, expect=expect)

    def prepared(self):
        """Three alerts: one open, one closed as false (30 days), one as confirmed (the queue's days)."""
        self.clock()
        self.start()
        for i, text in enumerate(("A5 12H 9", "A1 12H 20", "A1 13K 30")):
            self.arrive(f"+2231080{i:04d}", text)
        alerts = sorted(self.settle(3), key=lambda a: a["id"])
        self.queue("close", 2, "false", "nobody was there")
        self.queue("close", 3, "confirmed", "seen by the patrol")
        return alerts

    def later(self, days):
        """So many days have gone by, for every clock; the station looks after its house within a minute of them."""
        self.clock(0, days * DAY)

    def audit(self):
        self.alerts()  # a loop that sleeps looks at its clock when somebody asks something
        return [(r["kind"], r["detail"]) for r in json.loads(self.tama("audit", "show", "-c", self.config, "--json"))]

    def expired(self):
        self.alerts()
        with contextlib.closing(sqlite3.connect(f"file:{self.dir}/queue.db?mode=ro", uri=True)) as db:
            return {r[0] for r in db.execute("SELECT id FROM alert WHERE expired = 1")}

    def notices(self):
        return [a for a in self.alerts() if a["handle"] == "STATION"]

    def test_by_outcome_and_a_trace_stays(self):
        self.prepared()
        pads = self.dir / "queue.pads"
        before = {i: pads.read_bytes()[32 * i:32 * i + 32] for i in (1, 2, 3)}
        self.later(31)
        flow.wait_for(lambda: self.expired() == {2}, 20, "the false one, after 30 days")
        shown = next(a for a in self.alerts() if a["id"] == 2)
        self.assertEqual((shown["text"], shown["handle"], shown["state"], shown["outcome"], shown["flags"]),
                         (None, None, "closed", "false", ["expired"]))
        history = json.loads(self.queue("show", 2, "--json"))["history"]
        self.assertEqual([(h["action"], h["note"]) for h in history], [("close", None)])
        self.assertEqual({a["id"] for a in self.alerts() if a["text"]} & {1, 2, 3}, {1, 3})
        self.assertTrue(any(k == "retention-ended" and "alerts=1 first=2" in d for k, d in self.audit()))
        self.later(91)
        flow.wait_for(lambda: 3 in self.expired(), 20, "the confirmed one, after 90")
        self.assertNotIn(1, self.expired())
        self.later(101)
        flow.wait_for(lambda: {1, 2, 3} <= self.expired(), 20, "the open one ten days later")
        now = pads.read_bytes()
        for i in (1, 2, 3):
            self.assertNotEqual(before[i], bytes(32))
            self.assertEqual(now[32 * i:32 * i + 32], bytes(32))
        self.stop()
        for f in self.dir.rglob("*"):
            if f.is_file():
                for i in (1, 2, 3):
                    self.assertNotIn(before[i], f.read_bytes(), f"{f.name} has the key of alert {i}")
        with contextlib.closing(sqlite3.connect(self.dir / "queue.db")) as db:
            for table in ("share", "identity"):
                left = db.execute(f"SELECT count(*) FROM {table} WHERE alert_id <= 3").fetchone()[0]
                self.assertEqual(left, 0, table)
        self.assertTrue(json.loads(self.tama("audit", "verify", "-c", self.config, "--json"))["whole"])

    def test_a_reminder_before(self):
        self.prepared()
        self.later(25)
        flow.wait_for(lambda: self.notices(), 20, "a reminder")
        self.assertIn("within 7 days the retention of 1 alerts", self.notices()[0]["text"])
        self.assertEqual(self.expired(), set())
        self.assertLessEqual(self.notices()[0]["severity"], 2)

    def test_a_clock_that_jumps_destroys_nothing(self):
        self.prepared()
        files = {f.name for f in (self.dir / "keys").iterdir()}
        self.clock(400 * DAY, 2 * 3600)
        flow.wait_for(lambda: self.notices(), 20, "it is said")
        self.assertIn("clock cannot be believed: it jumped", self.notices()[0]["text"])
        flow.wait_for(lambda: any("retention waits" in p["text"] for p in self.status()["processes"]), 10, "status says it")
        self.clock(400 * DAY, 4 * 3600)
        self.assertIn(("clock-doubted", "it jumped (+9600 h)"), self.audit())
        self.assertEqual(self.expired(), set())
        self.assertLessEqual(files, {f.name for f in (self.dir / "keys").iterdir()} | {"station.key"})
        self.as_awa("key", "clock")
        self.clock(400 * DAY, 6 * 3600)
        flow.wait_for(lambda: {1, 2, 3} <= self.expired(), 20, "a supervisor said that it is right")

    def test_a_clock_that_is_wrong_at_the_start(self):
        self.prepared()
        self.clock(0, 3600 + 60)
        flow.wait_for(lambda: self.clock_is_remembered(), 20, "remembered")
        self.stop()
        self.clock(200 * DAY, 7200)
        self.start()
        flow.wait_for(lambda: self.notices(), 20, "it is said")
        self.assertIn("was off for long, or its clock was set forward", self.notices()[0]["text"])
        self.clock(200 * DAY, 5 * 3600)
        self.assertEqual(self.expired(), set())
        self.stop()
        self.clock(-3 * DAY, 7200)
        self.start()
        flow.wait_for(lambda: "earlier than when the station last ran" in str(self.notices()), 20, "and backwards")

    def clock_is_remembered(self):
        with contextlib.closing(sqlite3.connect(f"file:{self.dir}/queue.db?mode=ro", uri=True)) as db:
            return db.execute("SELECT count(*) FROM meta WHERE name = 'clock'").fetchone()[0]

    def test_the_network_says_otherwise_and_agrees_again(self):
        self.prepared()
        for i in range(5):
            self.modem.ask("text", **{"from": f"+2231081{i:04d}", "text": f"A1 12H {i + 40}", "scts": "2031-01-01T00:00:00Z"})
        self.settle(8)
        self.clock(0, 120)
        flow.wait_for(lambda: self.notices(), 20, "it is said")
        self.assertIn("network's time is another", self.notices()[0]["text"])
        for i in range(5):
            self.arrive(f"+2231082{i:04d}", f"A1 12H {i + 50}")
        self.settle(14)
        self.clock(0, 240)
        flow.wait_for(lambda: ("clock-believed", "the network's time agrees") in self.audit(), 20, "believed again")


if __name__ == "__main__":
    flow.main()
