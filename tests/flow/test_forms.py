# SPDX-License-Identifier: GPL-2.0-or-later
"""What a villager can send besides an alert, each through the modem and with what its sender expects: a missed call, all
quiet, cancel, correct, a test, a word for duress."""
import json
import re
import statistics
import time

import flow

ONE, TWO = "+22310600001", "+22310600002"


class Forms(flow.Flow):
    def setUp(self):
        super().setUp()
        rules, sheet = self.dir / "rules.conf", self.dir / "sheet.conf"
        rules.write_text(re.sub(
            r"^rules = \(", 'replies = ({ name = "seen"; text = "merci, prix bien noté"; }, { name = "loud"; text = "!"; });\n'
            'rules = (\n { name = "answer"; when = { min_severity = 1; }; then = { reply = "seen"; }; },\n'
            ' { name = "watched"; when = { flags = ("duress"); }; then = { severity = 5; reply = "loud"; }; },\n'
            ' { name = "believed"; when = { event = "E3"; reporter_grade_min = "B"; }; then = { severity = 5; }; },',
            rules.read_text(), count=1, flags=re.MULTILINE))
        sheet.write_text(sheet.read_text() + '\nduress = ("tantie", "bon marché");\n')

    def as_awa(self, *args):
        return self.tama(*args, "-c", self.config, "--as", "awa", "--password-file", self.password)

    def code(self):
        return json.loads(self.as_awa("reporter", "issue", "--json"))[0]["code"].replace("-", "")

    def arrived(self, sender, text):
        n = self.rows()
        self.arrive(sender, text)
        return max(self.settle(n + 1), key=lambda a: a["id"])

    def answered(self, number, text):
        """How long after a text its answer was there."""
        sent = len(self.modem.ask("sent")["sent"])
        before = time.monotonic()
        self.arrive(number, text)
        while len(self.modem.ask("sent")["sent"]) <= sent:
            self.assertLess(time.monotonic() - before, 20 * flow.SLOW)
            time.sleep(0.001)
        return time.monotonic() - before

    def test_nobody_sees_from_an_answer_that_there_was_duress(self):
        """With a reporter code in it, and in a text of several SMS with the word in the last."""
        self.start()
        code = self.code()
        long = "les hommes sont au puits et la foule attend " * 5
        took = ([], [])
        for i in range(24):
            plain = (f"A1 12H {i + 10} {code}", f"A1 12H {i + 10} {long}")[i // 2 % 2]
            took[i % 2].append(self.answered(f"+2231060{i:04d}", plain + (" tantie" if i % 2 else "")))
        sent = self.modem.ask("sent")["sent"]
        self.assertEqual({(s["text"], s["class"]) for s in sent}, {("merci, prix bien noté", -1)})
        self.assertEqual(len(sent), 24)
        alerts = {a["count"]: a for a in self.settle(24)}
        self.assertEqual([("duress" in alerts[i + 10]["flags"]) for i in range(24)], [i % 2 == 1 for i in range(24)])
        self.assertEqual({a["source"]["state"] for i, a in alerts.items() if (i - 10) // 2 % 2 == 0}, {"known"})
        plain, watched = (statistics.median(t) for t in took)
        print(f"median from text to answer: plain {plain * 1000:.1f} ms, under duress {watched * 1000:.1f} ms")
        self.assertLess(abs(plain - watched), max(statistics.pstdev(took[0] + took[1]), plain / 4))
        self.queue("reply", alerts[11]["id"], "merci", expect=1)
        self.assertIn("under duress", self.complaint)

    def test_a_missed_call_is_answered_and_can_be(self):
        self.start()
        self.modem.ask("call", **{"from": ONE})
        beep = self.settle(1)[0]
        self.assertEqual((beep["flags"], beep["severity"], beep["event"], beep["incident"], beep["queue"]),
                         (["beep"], 3, None, None, "protection"))
        self.queue("reply", beep["id"], "merci")
        flow.wait_for(lambda: len(self.modem.ask("sent")["sent"]) == 2, 20, "both answers")
        self.assertEqual({s["to"] for s in self.modem.ask("sent")["sent"]}, {ONE})
        self.assertEqual(self.arrived(ONE, "A1 12H 40")["handle"], beep["handle"])  # one handle, called or written

    def test_all_quiet_is_a_report_of_its_own(self):
        self.start()
        said = {"H1 12H": "12H", "calme Koro": "41R", "tout calme 37A": "37A", "jam tan 41R": "41R", "sucre 14N": "14N"}
        for i, (text, place) in enumerate(said.items()):
            a = self.arrived(f"+223106001{i:02d}", text)
            self.assertEqual((a["event"], a["place"], a["severity"], a["flags"], a["incident"], a["oversight"], a["reply"]),
                             ("H1", place, 1, [], None, None, "seen"))
        doubtful = self.arrived(ONE, "pas calme Koro")
        self.assertEqual((doubtful["severity"], doubtful["flags"]), (3, ["ambiguous"]))
        alert = self.arrived(ONE, "A1 12H 40")
        self.arrived(ONE, "H1 12H")  # what was told before it stays
        self.assertEqual(next(a["state"] for a in self.alerts() if a["id"] == alert["id"]), "new")

    def test_cancel_ends_nothing_and_correct_stands_beside(self):
        self.start()
        alert = self.arrived(ONE, "A1 12H 40")
        cancel = self.arrived(ONE, "annuler svp")
        correct = self.arrived(ONE, "X3 A1 12H 60")
        self.assertEqual((cancel["refers_to"], cancel["refers_as"], cancel["incident"]), (alert["id"], "cancel", alert["incident"]))
        self.assertEqual((correct["refers_to"], correct["refers_as"], correct["count"]), (cancel["id"], "correct", 60))
        self.assertEqual({a["state"] for a in self.alerts()}, {"new"})
        self.assertEqual({a["reporters"] for a in self.alerts()}, {1})

    def test_ones_own_last_alert_is_ones_own_also_from_another_telephone(self):
        self.start()
        code = self.code()
        alert = self.arrived(ONE, f"A1 12H 40 {code}")
        self.assertEqual(self.arrived(TWO, f"X1 {code}")["refers_to"], alert["id"])
        self.assertNotIn("refers_to", self.arrived("+22310600003", "X1"))

    def test_who_is_made_to_open_the_queue_does_not_see_what_was_cancelled(self):
        duress, new = self.where / "duress", self.where / "new"
        duress.write_text("under threat\n")
        new.write_text("password of moussa\n")
        self.start()
        self.as_awa("user", "add", "moussa", "--new-password-file", new, "--duress-password-file", duress)
        self.as_awa("user", "grant", "moussa", "protection")
        self.arrived(ONE, "A1 12H 40")
        self.arrived(ONE, "X1")
        quiet = self.arrived(TWO, "H1 12H")
        shown = json.loads(self.tama("queue", "list", "--json", "-c", self.config, "--as", "moussa", "--password-file", duress))
        self.assertEqual([a["id"] for a in shown], [quiet["id"]])

    def test_a_test_goes_the_whole_way_and_to_nobody_who_acts(self):
        self.start()
        for i, text in enumerate(("T1", "essai 41R", "T1 12H", "savon")):
            a = self.arrived(f"+223106002{i:02d}", text)
            self.assertEqual((a["event"], a["flags"], a["severity"], a["queue"], a["oversight"], a["incident"], a["reply"]),
                             ("T1", ["drill"], 1, "drill", None, None, "seen"))
        self.assertEqual(self.arrived(ONE, "T1 A1 12H")["queue"], "protection")

    def test_rules_may_ask_for_a_grade(self):
        self.start()
        code = self.code()
        self.assertEqual(self.arrived(ONE, f"E3 12H 3 {code}")["severity"], 3)
        self.as_awa("reporter", "grade", "1", "B", "known for years")
        self.assertEqual(self.arrived(ONE, f"E3 12H 4 {code}")["severity"], 5)
        self.as_awa("reporter", "grade", "1", "C", "less so")
        self.assertEqual(self.arrived(ONE, f"E3 12H 5 {code}")["severity"], 3)
        trace = self.tama("rules", "test", "E3 12H 3", "--grade", "A", "-c", self.config)
        self.assertIn("+ believed", trace)
        self.assertIn("- believed: lower reporter grade", self.tama("rules", "test", "E3 12H 3", "-c", self.config))
        rules = self.dir / "rules.conf"
        rules.write_text(rules.read_text().replace('reporter_grade_min = "B"', 'reporter_grade_min = "F"'))
        self.tama("rules", "check", rules, "-c", self.config, expect=1)
        self.assertIn('reporter_grade_min "F": expected a grade', self.complaint)


if __name__ == "__main__":
    flow.main()
