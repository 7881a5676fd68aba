# SPDX-License-Identifier: GPL-2.0-or-later
"""Exercises: while a drill runs, what says that it is one is one, and a real text is never taken for it, nor it for a
real one."""
import json
import time

import flow


class Drill(flow.Flow):
    def as_awa(self, *args, expect=0):
        return self.tama(*args, "-c", self.config, "--as", "awa", "--password-file", self.password, expect=expect)

    def report(self, *args):
        return json.loads(self.as_awa("drill", "report", *args, "--json"))

    def arrived(self, sender, text):
        n = self.rows()
        self.arrive(sender, text)
        return max(self.settle(n + 1), key=lambda a: a["id"])

    def test_exercises_and_real_texts_never_mix(self):
        self.start()
        real = self.arrived("+22310900001", "A1 12H 40 exercice")  # no drill runs: a person looks at it
        self.assertEqual((real["severity"], real["queue"], real["flags"]), (5, "protection", ["ambiguous"]))
        self.as_awa("drill", "start", "--area", "12H", "--note", "night watch")
        self.as_awa("drill", "start", expect=1)
        self.assertIn("runs already", self.complaint)
        rows = (  # text, is it an exercise, event, flags
            ("exercice A1 12H 41", True, "A1", ["drill"]),
            ("A1 12H 42 T1", True, "A1", ["drill"]),
            ("T1 A5 41R 43", True, "A5", ["drill"]),
            ("A1 12H 44 Essai", True, "A1", ["drill"]),
            ("T1 12H", True, "T1", ["drill"]),
            ("exercice attaque Koro 45", True, "A1", ["drill"]),
            ("exercice A9 12H", True, None, ["ambiguous", "undecoded", "drill"]),
            ("A1 12H 46", False, "A1", []),
            ("A1 12H 47 pas un exercice", False, "A1", ["ambiguous"]),
            ("A1 12H 48 exercise", False, "A1", ["mended", "ambiguous"]),  # one slip away from it
        )
        for i, (text, drill, event, flags) in enumerate(rows):
            a = self.arrived(f"+223109001{i:02d}", text)
            self.assertEqual((a["event"], a["flags"]), (event, flags), f"text {i}")
            self.assertEqual((a["severity"], a["queue"]), (1, "drill") if drill else (5, "protection"), f"text {i}")
        of = {}
        for a in self.alerts():
            of.setdefault(a["incident"], set()).add(a["queue"])
        self.assertTrue(all(len(queues) == 1 for queues in of.values()))
        counts = {a["count"]: a["reporters"] for a in self.alerts()}
        self.assertEqual((counts[41], counts[46]), (3, 4))  # three who exercise there, four who do not
        self.as_awa("drill", "stop")
        self.assertEqual(self.arrived("+22310900002", "exercice A1 12H 49")["queue"], "protection")
        self.as_awa("drill", "stop", expect=2)

    def test_the_report(self):
        self.start()
        self.as_awa("drill", "report", expect=2)
        self.as_awa("drill", "start", "--area", "ML0507", "--minutes", "60")
        self.assertTrue(json.loads(self.as_awa("drill", "status", "--json"))["running"])
        first = self.arrived("+22310900001", "exercice A1 201M 40")
        self.arrived("+22310900002", "exercice A5 201M 3")
        self.arrived("+22310900002", "T1 204T")
        self.arrived("+22310900003", "A1 201M 40")
        time.sleep(2)
        self.queue("ack", first["id"])
        self.as_awa("drill", "stop")
        self.arrived("+22310900004", "exercice A1 202P 40")
        r = self.report()
        self.assertEqual((r["texts"], r["handles"], r["acknowledged"], r["unacknowledged"], r["real"]), (3, 2, 1, 2, 1))
        self.assertTrue(2 <= r["ack_median_s"] == r["ack_max_s"] <= 30 * flow.SLOW)
        self.assertEqual({p["place"]: p["texts"] for p in r["places"]}, {"201M": 2, "204T": 1})
        self.assertEqual({p["place"] for p in r["silent"]}, {"202P", "205V"})
        self.assertEqual((r["running"], r["area"], r["officer"]), (False, "ML0507", "awa"))
        text = self.as_awa("drill", "report", "1")
        self.assertIn("places that were silent (2): 202P Kubaye Peulh, 205V Sinkoro Peulh", text)
        self.as_awa("drill", "report", "9", expect=2)
        self.assertIn("no drill runs", self.as_awa("drill", "status"))

    def test_a_forgotten_drill_ends_by_itself_and_a_crash_does_not_end_it(self):
        self.clock()
        self.start()
        self.as_awa("drill", "start", "--minutes", "30")
        flow.os.kill(self.pid("triage"), flow.signal.SIGKILL)
        flow.wait_for(self.ready, 20, "triage is back")
        self.assertEqual(self.arrived("+22310900001", "exercice A1 12H 40")["flags"], ["drill"])
        self.clock(0, 31 * 60)
        self.assertEqual(self.arrived("+22310900002", "exercice A1 12H 41")["flags"], ["ambiguous"])
        self.assertIn("no drill runs", self.as_awa("drill", "status"))

    def test_what_came_before_it_began_is_real_though_it_is_read_later(self):
        self.start()
        self.tama("lock", "-c", self.config)
        self.arrive("+22310900001", "exercice A1 12H 40")
        flow.wait_for(lambda: self.modem.stats()["slots_used"] == 0 and self.status()["spool_depth"] == 1, 20, "it is sealed")
        self.as_awa("drill", "start", expect=3)
        self.unlock()
        self.as_awa("drill", "start")
        self.settle(1)
        time.sleep(1.1)
        self.assertEqual(self.arrived("+22310900002", "exercice A1 12H 41")["flags"], ["drill"])
        self.assertEqual({a["count"]: a["flags"] for a in self.alerts()}, {40: ["ambiguous"], 41: ["drill"]})

    def test_who_may_and_what_is_written_down(self):
        self.start()
        new = self.where / "password-moussa"
        new.write_text("password of moussa\n")
        self.as_awa("user", "add", "moussa", "--new-password-file", new)
        moussa = ("-c", self.config, "--as", "moussa", "--password-file", new)
        self.tama("drill", "start", *moussa, expect=1)
        self.as_awa("drill", "start", "--area", "Paris", expect=2)
        self.as_awa("drill", "start", "--area", "ML05", "--note", "without a warning")
        self.assertIn("drill 1 runs until", self.tama("drill", "status", *moussa))
        self.tama("drill", "stop", *moussa, expect=1)
        audit = [(r["kind"], r["actor"], r["detail"]) for r in json.loads(self.tama("audit", "show", "-c", self.config, "--json"))]
        self.assertIn(("drill-start", "awa", "drill=1 minutes=240"), audit)
        for f in self.dir.glob("queue.db*"):
            self.assertNotIn(b"ML05", f.read_bytes())
            self.assertNotIn(b"without a warning", f.read_bytes())


if __name__ == "__main__":
    flow.main()
