# SPDX-License-Identifier: GPL-2.0-or-later
"""An administrator tries other rules on what came before giving them to the station."""
import json

import flow
from flow import TAMA


class Replay(flow.Flow):
    def replay(self, *more, expect=0):
        return self.tama("rules", "replay", *more, "-c", self.config, "--as", "awa", "--password-file", self.password,
                         expect=expect)

    def other(self, *changes):
        text = next(self.where.rglob("rules*.conf")).read_text()
        for old, new in changes:
            self.assertIn(old, text)
            text = text.replace(old, new)
        path = self.where / "other.conf"
        path.write_text(text)
        return path

    def test_each_difference_is_named_and_nothing_else(self):
        self.start()
        for i, text in enumerate(["A1 12H 3", "E3 13K 9", "A5 12H 30", "bonjour mon frere", "T1"]):
            self.arrive(f"+2231000000{i}", text)
        self.settle(5)
        before = self.alerts()
        ids = {a["text"]: a["id"] for a in before}
        same = json.loads(self.replay(self.other(), "--json"))
        self.assertEqual((same["replayed"], same["changes"]), (5, []))
        other = self.other(('level = "area"; }); }; },\n  { name = "test', 'level = "place"; }); }; },\n  { name = "test'),
                           ("count_min = 20", "count_min = 40"),
                           ("severity = 1; queue = \"drill\"", "severity = 1; queue = \"protection\""))
        found = json.loads(self.replay(other, "--json"))
        changes = {c["id"]: c for c in found["changes"]}
        self.assertEqual(set(changes), {ids["E3 13K 9"], ids["A5 12H 30"], ids["T1"]})
        self.assertEqual(changes[ids["E3 13K 9"]]["shares"], ["civil-affairs (area)", "civil-affairs (place)"])
        severity = changes[ids["A5 12H 30"]]["severity"]
        self.assertEqual(severity[0] - severity[1], 1)
        self.assertEqual(changes[ids["T1"]]["queue"], ["drill", "protection"])
        self.assertEqual((found["milder"], found["severer"], found["moved"]), (1, 0, 1))
        people = self.replay(other)
        self.assertIn("5 alerts replayed, 3 would differ: 1 less severe, 0 more severe, 1 in another queue", people)
        self.assertNotIn("bonjour", people)
        self.assertEqual(self.alerts(), before)  # nothing was changed

    def test_bad_files_and_days(self):
        self.start()
        self.arrive("+22310000001", "A1 12H 3")
        self.settle(1)
        self.replay(self.other(("raise = 1", "raise = 9")), expect=2)
        self.assertIn("raise", self.complaint)
        self.replay(self.where / "nothing.conf", expect=2)
        self.replay(self.other(), "--since", "yesterday", expect=2)
        self.assertIn("--since", self.complaint)
        self.assertEqual(json.loads(self.replay(self.other(), "--since", "2100-01-01", "--json"))["replayed"], 0)


if __name__ == "__main__":
    flow.main()
