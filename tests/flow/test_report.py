# SPDX-License-Identifier: GPL-2.0-or-later
"""`tama report`: the figures that a mission must report, from a station whose days are played."""
import json
import time

import flow

DAY = 86400


class Report(flow.Flow):
    def report(self, *args, expect=0):
        return self.tama("report", *args, "-c", self.config, "--as", "awa", "--password-file", self.password, expect=expect)

    def send(self, *texts):
        n = self.rows()
        for i, text in enumerate(texts):
            self.arrive(f"+2231060{n + i:04d}", text)
        return self.settle(n + len(texts))

    def test_figures(self):
        self.clock()
        self.start()
        self.send(*[f"A5 12H {i + 10}" for i in range(6)], "A5 10D 9", "A5 11F 8", "T1")
        ids = {a["text"]: a["id"] for a in self.alerts()}
        self.clock(gone_on_s=1800)  # half an hour goes by before anybody looks
        for i in range(3):
            self.queue("ack", ids[f"A5 12H {i + 10}"])
        self.clock(gone_on_s=7200)
        self.queue("respond", ids["A5 12H 10"], "patrol")
        self.queue("close", ids["A5 12H 10"], "confirmed", "seen by the patrol")
        self.queue("close", ids["A5 12H 11"], "false", "no")
        out = json.loads(self.report("--json"))
        self.assertEqual([a["area"] for a in out["areas"]], ["ML0103", None], "two alerts in two cercles are not broken out")
        kayes, small = out["areas"]
        self.assertEqual((kayes["name"], kayes["alerts"], kayes["acknowledged"], kayes["responded"], kayes["closed"]),
                         ("Kayes", 6, 3, 1, 2))
        self.assertEqual((small["alerts"], small["acknowledged"], small["median_ack_s"]), (2, 0, None))
        self.assertAlmostEqual(kayes["median_ack_s"], 1800, delta=60)
        self.assertAlmostEqual(kayes["p90_ack_s"], 1800, delta=60)
        self.assertAlmostEqual(kayes["median_respond_s"], 7200, delta=60)
        self.assertEqual(out["totals"]["alerts"], 8, "a drill is not counted")
        self.assertAlmostEqual(out["totals"]["response_rate"], 1 / 8)
        self.assertEqual(out["outcomes"], {"confirmed": 1, "false": 1})
        self.assertEqual((out["exposure"]["texts"], out["exposure"]["handles"]), (9, 9))
        text = self.report()
        self.assertIn("Kayes", text)
        self.assertNotIn("Bafoulabé", text, "not broken out on paper either")
        self.assertEqual(json.loads(self.report("--json", "--from", "2015-01-01", "--to", "2015-01-08"))["totals"]["alerts"], 0)
        self.report("--from", "2015-01-08", "--to", "2015-01-01", expect=2)
        self.report("--from", "soon", expect=2)

    def test_the_map(self):
        self.start()
        self.send("C3 12H 10", "C3 12H 11", "A1 13K 20", "T1")
        closed = next(a["id"] for a in self.alerts() if a["text"] == "C3 12H 10")
        self.queue("close", closed, "false", "no")
        shown = json.loads(self.report("--map", "3"))
        places = {p["pcode"]: p for p in shown["places"]}
        self.assertEqual({k: (p["open"], p["severity"]) for k, p in places.items()}, {"ML0103": (1, 3), "ML0104": (1, 5)})
        self.assertEqual({p["silent_days"] for p in shown["places"]}, {None}, "nothing is usual yet")
        self.assertEqual(sorted((i["pcode"], i["alerts"], i["reporters"], i["severity"]) for i in shown["incidents"]),
                         [("ML0103", 2, 2, 3), ("ML0104", 1, 1, 5)])
        self.assertEqual([d["by_severity"] for d in shown["timeline"]], [[0] * 5, [0] * 5, [0, 0, 2, 0, 1]])
        self.report("--map", "many", expect=2)

    def test_what_others_may_read_is_not_counted(self):
        self.start()
        self.send("A5 12H 9")
        new = self.where / "password-new"
        new.write_text("password of new\n")
        self.tama("user", "add", "new", "--new-password-file", new, "-c", self.config, "--as", "awa", "--password-file", self.password)
        out = json.loads(self.tama("report", "--json", "-c", self.config, "--as", "new", "--password-file", new))
        self.assertEqual((out["totals"]["alerts"], out["sealed"]), (0, 1))


if __name__ == "__main__":
    flow.main()
