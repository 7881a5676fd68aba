# SPDX-License-Identifier: GPL-2.0-or-later
"""What nobody acknowledges in time is escalated: after the time of its severity or of its rule, again and again, across
restarts and locks; and a clock that is set makes nothing late."""
import contextlib
import datetime
import json
import sqlite3

import flow

DAY = 86400


def seconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class Deadline(flow.Flow):
    settings = 'deadline = { severity_5_s = 100; severity_4_s = 200; severity_3_s = 4000; again_s = 50; times = 3; };\n'

    def setUp(self):
        super().setUp()
        rules = self.dir / "rules.conf"  # the times of this test are the settings'
        rules.write_text("\n".join(l.replace("escalate_after_s = 300", "escalate_after_s = 70").replace(
            "escalate_after_s = 3600", "escalate_after_s = 604800") for l in rules.read_text().split("\n")))
        self.clock()

    def gone(self, s, set_forward=0):
        self.clock(set_forward, s)

    def of(self, alert):
        return next(a for a in self.alerts() if a["id"] == alert)

    def escalated(self, alert, times):
        def done():
            a = self.of(alert)  # asking wakes a loop that sleeps by its own clock
            self.wake()
            return a["escalated"] == times and a
        return flow.wait_for(done, 20, f"alert {alert} is escalated {times} times")

    def wake(self):
        """A loop that sleeps looks at its clock when somebody asks something."""
        self.queue("ack", 9999, expect=2)

    def not_escalated(self, *alerts):
        for _ in range(3):
            self.wake()
            flow.time.sleep(0.1)
        for a in alerts:
            self.assertEqual(self.of(a)["escalated"], 0)

    def audit(self):
        return [(r["kind"], r["detail"]) for r in json.loads(self.tama("audit", "show", "-c", self.config, "--json"))]

    def test_by_severity_or_by_rule_whichever_is_sooner(self):
        self.start()
        for i, text in enumerate(("A1 12H 40", "E1 13K", "bonjour")):
            self.arrive(f"+2231070{i:04d}", text)
            self.settle(i + 1)
        alerts = {a["id"]: a for a in self.alerts()}
        waits = {i: round(seconds(a["deadline_at"]) - seconds(a["received_at"])) for i, a in alerts.items()}
        self.assertEqual({a["severity"]: waits[i] // 10 * 10 for i, a in alerts.items()}, {5: 70, 4: 200, 3: 4000})
        self.assertEqual({(a["overdue"], a["escalated"], a["escalated_at"]) for a in alerts.values()}, {(False, 0, None)})

    def test_again_and_again_until_somebody_acknowledges(self):
        self.start()
        self.arrive("+22310700001", "A1 12H 40")
        self.arrive("+22310700002", "A1 13K 20")
        self.settle(2)
        severity, queue = self.of(1)["severity"], self.of(1)["queue"]
        self.queue("ack", 2)
        self.gone(75)
        late = self.escalated(1, 1)
        self.assertTrue(late["overdue"])
        self.assertEqual((late["severity"], late["queue"], late["state"]), (severity, queue, "new"))
        self.assertGreaterEqual(late["escalated_at"], late["deadline_at"])
        self.assertIn("OVERDUE, escalated 1×", self.queue("list"))
        self.assertIn("OVERDUE, escalated 1×", self.queue("show", 1))
        self.gone(130)
        self.escalated(1, 2)
        self.queue("ack", 1)
        self.gone(2000)
        self.wake()
        flow.time.sleep(0.3)
        self.assertEqual((self.of(1)["escalated"], self.of(2)["escalated"]), (2, 0))
        self.assertEqual((self.of(1)["overdue"], self.of(2)["overdue"]), (False, False))
        self.assertEqual([d for k, d in self.audit() if k == "escalated"],
                         ["alert=1 severity=5 time=1", "alert=1 severity=5 time=2"])

    def test_not_more_often_than_said(self):
        self.start()
        self.arrive("+22310700001", "A1 12H 40")
        self.settle(1)
        for i, gone in enumerate((75, 130, 190)):
            self.gone(gone)
            self.escalated(1, i + 1)
        self.gone(5000)
        for _ in range(3):
            self.wake()
        self.assertEqual(self.of(1)["escalated"], 3)

    def test_through_a_restart_and_a_lock(self):
        self.start()
        self.arrive("+22310700001", "A1 12H 40")
        self.settle(1)
        self.kill_all()
        self.start(unlock=False)
        self.gone(75)
        self.wake()
        flow.time.sleep(0.3)
        self.assertEqual(self.of(1)["escalated"], 0)  # nothing can be written into the chain
        self.assertTrue(self.of(1)["overdue"])
        self.unlock()
        self.escalated(1, 1)

    def test_a_clock_that_jumps_makes_nothing_late(self):
        self.start()
        for i, text in enumerate(("A1 12H 40", "E1 13K", "bonjour")):
            self.arrive(f"+2231070{i:04d}", text)
        before = {a["id"]: a["deadline_at"] for a in self.settle(3)}
        self.gone(61, 400 * DAY)
        self.not_escalated(*before)
        self.assertIn(("deadlines-moved", f"the clock was set by +{400 * DAY} s"), self.audit())
        after = {i: self.of(i)["deadline_at"] for i in before}
        self.assertEqual({round((seconds(after[i]) - seconds(before[i])) / DAY) for i in before}, {400})
        self.gone(62, -400 * DAY)
        self.not_escalated(*before)
        self.gone(80, -400 * DAY)
        self.escalated(self.severe(), 1)

    def severe(self):
        return next(a["id"] for a in self.alerts() if a["severity"] == 5 and a["handle"] != "STATION")

    def test_a_clock_that_is_wrong_at_the_start(self):
        self.start()
        self.arrive("+22310700001", "A1 12H 40")
        self.settle(1)
        self.gone(3700)
        flow.wait_for(lambda: self.escalated(1, 1) and self.remembered(), 20, "remembered")
        self.arrive("+22310700002", "A1 13K 20")
        self.settle(2)
        self.stop()
        self.gone(3700, 400 * DAY)
        self.start()
        self.not_escalated(2)
        self.gone(3700 + 105, 400 * DAY)
        self.escalated(2, 1)

    def remembered(self):
        with contextlib.closing(sqlite3.connect(f"file:{self.dir}/queue.db?mode=ro", uri=True)) as db:
            return db.execute("SELECT count(*) FROM meta WHERE name = 'clock'").fetchone()[0]


if __name__ == "__main__":
    flow.main()
