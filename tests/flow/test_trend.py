# SPDX-License-Identifier: GPL-2.0-or-later
"""Early warning in a station: weeks of reports, then more than usual, a neighbour, and silence. What is learned can be
read by nobody else, and does not outlive its key."""
import contextlib
import json
import sqlite3
import time

import flow

DAY = 86400
RULES = '''
queues = ("protection", "restricted", "oversight", "drill");
default_queue = "protection";
floor = { min_severity = 5; queue = "oversight"; };
rules = (
  { name = "more than usual"; when = { trend = ("more", "rising"); }; then = { severity = 4; }; },
  { name = "it spreads"; when = { trend = "spreading"; }; then = { severity = 5; queue = "restricted"; }; },
  { name = "a place is silent"; when = { trend = "silent"; }; then = { severity = 2; queue = "restricted"; }; },
  { name = "drill"; when = { flags = ("drill"); }; then = { severity = 1; queue = "drill"; }; }
);
'''


class Trend(flow.Flow):
    settings = "rules = \"rules-trend.conf\";\n"
    slots = 60

    def setUp(self):
        super().setUp()
        text = self.config.read_text().replace(self.settings, "")
        lines = [line for line in text.splitlines() if not line.startswith("rules")]
        rules = self.where / "rules-trend.conf"
        rules.write_text(RULES)
        self.config.write_text("\n".join(lines) + f'\nrules = "{rules}";\n')
        self.sent, self.day = 0, 0
        self.zero = time.time()

    def report(self, text, sender=None):
        """A text of a new sender, unless one is named, with the network's time that the station has."""
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + self.day * DAY))
        self.sent += 1
        self.modem.ask("text", **{"from": sender or f"+22310{self.sent:06d}", "text": text, "scts": at})

    def days(self, n, *texts):
        """So many days, each with these texts."""
        for _ in range(n):
            self.day += 1
            self.clock(0, self.day * DAY)
            for text in texts:
                self.report(text)
            self.wait()

    def nothing(self, days):
        for _ in range(days):
            self.day += 1
            self.clock(0, self.day * DAY)
            self.alerts()  # a loop that sleeps looks at its clock when somebody asks something

    def wait(self):
        flow.wait_for(lambda: self.rows() >= self.sent, 30, f"{self.sent} alerts")

    def newest(self):
        return max(self.alerts(), key=lambda a: a["id"])

    def station(self):
        return [a for a in self.alerts() if a["handle"] == "STATION" and "trend" in a]

    def learned(self):
        self.clock()
        self.start()
        self.days(60, "A5 12H 9", "H1 14N")

    def series(self):
        with contextlib.closing(sqlite3.connect(f"file:{self.dir}/queue.db?mode=ro", uri=True)) as db:
            return db.execute("SELECT tag, body FROM series ORDER BY tag").fetchall()

    def test_weeks_then_a_burst_a_neighbour_and_silence(self):
        self.learned()
        self.assertEqual([a["trend"] for a in self.alerts() if "trend" in a], [])
        # one person who repeats himself, tests and what could be two things are not more
        self.days(1, "A5 12H 9")
        for i in range(8):
            self.report(f"A5 12H {10 + i}", "+22310999999")
            self.report("A5 12H 11 test")
        self.wait()
        self.assertNotIn("trend", self.newest())
        for _ in range(14):
            self.report("A5 12H 12")
        self.wait()
        a = self.newest()
        self.assertRegex(a["trend"], r"^\d+ reports today; 1\.\d a day are usual here \(a day like this comes .*once in")
        self.assertEqual((a["trend_signs"], a["severity"], a["rules"]), (["more"], 4, ["more than usual"]))
        shown = self.queue("show", a["id"])
        self.assertIn(f"  trend       {a['trend']}", shown)
        self.assertIn("<more>", self.queue("list"))
        # another cercle of that region, which never had one
        self.days(1)
        self.report("A5 13K 5")
        self.wait()
        a = self.newest()
        self.assertRegex(a["trend"], "^It spreads: 1 today")
        self.assertEqual((a["severity"], a["queue"]), (5, "restricted"))
        self.report("A5 42T 5")  # far away, it is only a report
        self.wait()
        self.assertNotIn("trend", self.newest())
        # and what is learned outlives a restart, not a key
        before = self.series()
        self.stop()
        self.start()
        self.report("A5 12H 13")
        self.report("A5 13K 13")
        self.wait()
        self.assertEqual(len(self.series()), len(before))
        # silence of two places: the station says it, the rules decide
        self.nothing(14)
        flow.wait_for(lambda: len(self.station()) >= 2, 30, "it is said")
        silent = sorted(self.station(), key=lambda a: a["place"])
        self.assertEqual([a["place"] for a in silent], ["12H", "14N"])
        for a in silent:
            self.assertRegex(a["trend"], r"^Nothing for \d+ days from a place that talks; ")
            self.assertEqual((a["event"], a["queue"], a["severity"], a["trend_signs"], a["rules"]),
                             (None, "restricted", 2, ["silent"], ["a place is silent"]))
        self.nothing(3)
        self.assertEqual(len(self.station()), 2)  # once

    def test_nobody_else_reads_what_is_learned_and_its_key_ends(self):
        self.clock()
        self.start()
        self.days(2, "A5 12H 9", "B1 13K 2")
        rows = self.series()
        self.assertEqual(len(rows), 5)  # all, each place, each place and event
        self.assertEqual({(len(tag), len(body)) for tag, body in rows}, {(16, 201)})
        for tag, body in rows:
            for word in (b"ML0103", b"ML0104", b"12H", b"A5", b"B1"):
                self.assertNotIn(word, bytes(tag) + bytes(body))
        self.assertEqual(len(self.keys()), 1)
        old = self.keys()
        self.days(1, "A5 12H 9")
        changed = set(self.series()) - set(rows)
        self.assertEqual(len(changed), 3)
        # a body that stands beside another tag does not open: those two begin anew, the rest goes on
        self.stop()
        with contextlib.closing(sqlite3.connect(self.dir / "queue.db")) as db, db:
            (a, x), (b, y) = sorted(changed)[:2]
            db.execute("UPDATE series SET body = ? WHERE tag = ?", (y, a))
            db.execute("UPDATE series SET body = ? WHERE tag = ?", (x, b))
        self.start()
        self.days(1, "B1 13K 2")
        self.assertIn("series=2 do not open", self.running.log.read_text())
        # with the epoch the key is another, the rows are too, and the old key is gone
        before = {tag for tag, _ in self.series()}
        self.nothing(8)
        flow.wait_for(lambda: self.alerts() and self.keys() and not self.keys() & old, 20, "another key")
        self.assertEqual(before & {tag for tag, _ in self.series()}, set())
        self.tama("seize", "-c", self.config)
        self.assertEqual((self.series(), self.keys()), ([], set()))

    def test_a_clock_that_jumped_teaches_nothing(self):
        self.clock()
        self.start()
        self.days(2, "A5 12H 9")
        before = self.series()
        self.clock(400 * DAY, self.day * DAY)  # set forward, and nobody waited for the station to look at its clock
        self.report("A5 12H 7")
        flow.wait_for(lambda: self.rows() >= self.sent + 1, 20, "the report, and the doubt of the clock")
        self.assertIn("clock cannot be believed", str(self.alerts()))
        self.assertEqual(self.series(), before)
        self.clock(0, self.day * DAY)
        rows = self.rows()
        self.report("A5 12H 8")  # back again is a jump as well
        flow.wait_for(lambda: self.rows() > rows, 20, "it arrives")
        self.assertEqual(self.series(), before)
        self.tama("key", "clock", "-c", self.config, "--as", "awa", "--password-file", self.password)
        self.report("A5 12H 6")
        flow.wait_for(lambda: self.series() != before, 20, "it learns again")

    def keys(self):
        return {f.name for f in (self.dir / "keys").iterdir() if f.name.startswith("series-")}


if __name__ == "__main__":
    flow.main()
