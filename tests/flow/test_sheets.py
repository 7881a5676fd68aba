# SPDX-License-Identifier: GPL-2.0-or-later
"""Cards change, pockets do not: an older sheet beside the current one is still read, marked, and ends on its day."""
import datetime
import json
import signal

import flow

ONE, TWO, THREE = "+22310000001", "+22310000002", "+22310000003"


class Sheets(flow.Flow):
    def setUp(self):
        super().setUp()
        self.new = (self.dir / "sheet.conf").read_text()
        self.today = datetime.datetime.now(datetime.timezone.utc).date()
        self.file = self.dir / "sheets/older.conf"

    def older(self, days, more=("", "")):
        """The sheet of before: attack was K9, C1 was the attack that is expected; good for so many days from now on."""
        until = self.today + datetime.timedelta(days)
        text = self.new.replace('name = "Mali";', f'name = "Mali before"; valid = {{ until = "{until}"; }};')
        for a, b in (('version = "ML-1"', 'version = "ML-0"'), ('code = "A1"', 'code = "K9"'), ('code = "C1"', 'code = "Z9"'),
                     ('code = "A3"', 'code = "C1"'), more):
            self.assertIn(a, text)
            text = text.replace(a, b, 1)
        self.file.parent.mkdir(exist_ok=True)
        self.file.write_text(text)
        return until

    def send(self, *texts):
        n = self.rows()
        for i, (sender, text) in enumerate(texts):
            self.arrive(sender, text)
            self.settle(n + i + 1)
        return sorted(self.alerts(), key=lambda a: a["id"])[-len(texts):]

    def test_an_old_code_is_read_marked_and_shown_and_ends(self):
        until = self.older(1)
        self.start()
        old, both, new = self.send((ONE, "K9 12H 40"), (TWO, "C1 201M"), (THREE, "A1 13K 20"))
        self.assertEqual((old["event"], old["place"], old["count"], old["severity"], old["flags"], old["mends"]),
                         ("A1", "12H", 40, 5, ["mended"], ["old-sheet"]))
        self.assertEqual([(s["sheet"], s["version"], s["until"], [r["event"] for r in s["readings"]])
                          for s in old["other_sheets"]], [("Mali before", "ML-0", str(until), ["K9"])])
        self.assertIn(f"old sheet   Mali before ML-0 (until {until}): K9 Attaque en cours; place 12H", self.queue("show", old["id"]))
        self.assertEqual({r["event"] for r in both["readings"]}, {"A3", "C1"})
        self.assertEqual((both["flags"], both["mends"]), (["mended", "ambiguous"], ["old-sheet"]))
        self.assertEqual((new["event"], new["flags"], new["mends"]), ("A1", [], []))
        self.assertNotIn("other_sheets", new)
        # a sheet that ended yesterday is read no more, from the next reload on
        self.older(-1)
        self.running.process.send_signal(signal.SIGHUP)
        flow.wait_for(lambda: self.running.log.read_text().count("older=1") >= 2, 20, "reloaded")
        gone, = self.send((ONE, "K9 41R 3"))
        self.assertEqual((gone["event"], gone["unknown"]), (None, ["k9"]))

    def test_a_mistake_in_an_old_one_leaves_what_runs(self):
        self.older(9)
        self.start()
        self.older(9, ('code = "B5"; name = "', 'code = "B5"; names = { en = "Other"; }; name = "Other '))
        self.file.write_text(self.file.read_text().replace("restricted = true;", "restricted = maybe;", 1))
        self.running.process.send_signal(signal.SIGHUP)
        flow.wait_for(lambda: "the old ones go on" in self.running.log.read_text(), 20, "refused")
        old, = self.send((ONE, "K9 12H 40"))
        self.assertEqual(old["event"], "A1")

    def test_check_and_decode_look_at_all_of_them(self):
        until = self.older(9)
        said = self.tama("sheet", "check", "-c", self.config)
        self.assertIn(f'{self.file}: "Mali before" ML-0 is valid until {until}', said)
        self.assertIn(f'{self.dir}/sheet.conf: "Mali" ML-1 is valid without end', said)
        self.assertRegex(self.complaint, r"older\.conf:\d+: warning: C1 means \"Attaque attendue\" here and \"Incendie ou pillage\" in "
                                         rf".*sheet\.conf: both are shown until {until}")
        shown = json.loads(self.tama("sheet", "decode", "K9 12H", "-c", self.config, "--json"))
        self.assertEqual((shown["sheet"], [s["sheet"] for s in shown["other_sheets"]], shown["readings"][0]["event"]),
                         ("Mali", ["Mali before"], "A1"))
        self.assertIn("old sheet: Mali before ML-0\n  event K9", self.tama("sheet", "decode", "K9 12H", "-c", self.config))
        # only a sheet that is named: nothing else is looked at
        shown = json.loads(self.tama("sheet", "decode", "K9 12H", self.dir / "sheet.conf", "--json"))
        self.assertEqual(shown["other_sheets"], [])


if __name__ == "__main__":
    flow.main()
