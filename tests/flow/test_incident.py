# SPDX-License-Identifier: GPL-2.0-or-later
"""What an officer does with incidents: two that are one, one that is two. Whoever reported to both counts once."""
import json

import flow

ONE, TWO, THREE = "+22310000001", "+22310000002", "+22310000003"


class Incident(flow.Flow):
    def send(self, *reports):
        n = self.rows()
        for i, (sender, text) in enumerate(reports):
            self.arrive(sender, text)
            self.settle(n + i + 1)

    def incidents(self):
        """{texts of one incident, in order: (reporters, grade)}"""
        of = {}
        for a in sorted(self.alerts("--all"), key=lambda a: a["id"]):
            of.setdefault(a["incident"] or -a["id"], []).append(a)
        for group in of.values():
            self.assertEqual(len({(a["reporters"], a["grade"]) for a in group}), 1)
        return {tuple(a["text"] for a in g): (g[0]["reporters"], g[0]["grade"]) for g in of.values()}

    def two_of_one_attack(self):
        self.start()
        self.send((ONE, "A1 12H 40"), (TWO, "A1 12H 41"), (ONE, "A1 41R 42"), (THREE, "A1 41R 43"))
        self.assertEqual(self.incidents(), {("A1 12H 40", "A1 12H 41"): (2, "F3"), ("A1 41R 42", "A1 41R 43"): (2, "F3")})

    def test_merged_incidents_count_each_person_once_and_stay_one(self):
        self.two_of_one_attack()
        self.queue("merge", 3, 1, "même colonne")
        four = ("A1 12H 40", "A1 12H 41", "A1 41R 42", "A1 41R 43")
        self.assertEqual(self.incidents(), {four: (3, "F2")})
        self.send((TWO, "A1 41R 44"), (ONE, "A1 12H 45"))
        self.assertEqual(self.incidents(), {four + ("A1 41R 44", "A1 12H 45"): (3, "F2")})
        history = json.loads(self.queue("show", 3, "--json"))["history"]
        self.assertEqual([(h["action"], h["detail"], h["note"]) for h in history], [("merge", "1", "même colonne")])
        steps = [(r["actor"], r["detail"].split(" signature")[0]) for r in
                 json.loads(self.tama("audit", "show", "-c", self.config, "--json")) if r["kind"] == "step"]
        self.assertEqual(steps, [("awa", "alert=3 step=merge to=1")])
        self.queue("merge", 4, 2, expect=1)
        self.assertIn("one incident already", self.complaint)

    def test_a_merge_of_a_merge_is_followed(self):
        self.two_of_one_attack()
        self.send((THREE, "A1 201M 50"))
        self.queue("merge", 3, 1)
        self.queue("merge", 1, 5)
        self.send((TWO, "A1 41R 44"))
        self.assertEqual(list(self.incidents().values()), [(3, "F2")])
        flow.os.kill(self.pid("triage"), flow.signal.SIGKILL)
        flow.wait_for(self.ready, 20, "triage is back")
        self.send((ONE, "A1 12H 46"))
        self.assertEqual(list(self.incidents().values()), [(3, "F2")])

    def test_an_alert_that_was_split_off_is_alone_and_stays_so(self):
        self.two_of_one_attack()
        self.queue("split", 2, "un autre village")
        self.assertEqual(self.incidents(), {("A1 12H 40",): (1, "F6"), ("A1 12H 41",): (1, "F6"),
                                            ("A1 41R 42", "A1 41R 43"): (2, "F3")})
        self.send((TWO, "A1 12H 47"))
        self.assertEqual(self.incidents()[("A1 12H 40", "A1 12H 47")], (2, "F3"))
        self.queue("split", 2, expect=1)
        self.assertIn("of its own already", self.complaint)

    def test_an_undecoded_text_is_put_to_the_incident_it_speaks_of(self):
        self.start()
        self.send((ONE, "A1 12H 40"), (TWO, "bonjour mon frère"), (THREE, "un mot"))
        self.queue("merge", 2, 1)
        self.assertEqual(self.incidents()[("A1 12H 40", "bonjour mon frère")], (2, "F3"))
        self.queue("merge", 1, 3)
        self.assertEqual(list(self.incidents().values()), [(3, "F2")])

    def test_refused(self):
        self.two_of_one_attack()
        self.send((THREE, "B5 14M"))
        for other in ("1", "0", "x", "-3", "3x", ""):
            self.queue("merge", 1, other, expect=2)
        self.queue("merge", 1, 99, expect=2)
        password = self.where / "password-moussa"
        password.write_text("password of moussa\n")
        self.tama("user", "add", "moussa", "--role", "officer", "--new-password-file", password, "-c", self.config,
                  "--as", "awa", "--password-file", self.password)
        self.tama("user", "grant", "moussa", "protection", "-c", self.config, "--as", "awa", "--password-file",
                  self.password)
        self.assertEqual({a["queue"] for a in self.alerts() if a["id"] == 5}, {"restricted"})
        self.tama("queue", "merge", "1", "5", "-c", self.config, "--as", "moussa", "--password-file", password, expect=1)
        self.assertIn("moussa has no right in queue restricted", self.complaint)
        before = self.incidents()
        self.tama("lock", "-c", self.config)
        self.queue("merge", 1, 3, expect=3)
        self.assertIn("the station is locked", self.complaint)
        self.queue("split", 1, expect=3)
        self.assertEqual(self.incidents(), before)
        self.assertEqual(len(before), 3)


if __name__ == "__main__":
    flow.main()
