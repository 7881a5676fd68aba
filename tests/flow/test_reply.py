# SPDX-License-Identifier: GPL-2.0-or-later
"""An officer answers a handle without ever seeing the number; nobody is called who should not be."""
import json
import os
import re
import signal
import statistics
import time

import flow


class Reply(flow.Flow):
    def as_awa(self, *args, expect=0):
        return self.tama(*args, "-c", self.config, "--as", "awa", "--password-file", self.password, expect=expect)

    def reply(self, alert, text, *more, expect=0):
        return self.as_awa("queue", "reply", alert, text, *more, expect=expect)

    def sent(self, n):
        return flow.wait_for(lambda: (s := self.modem.ask("sent")["sent"]) and len(s) >= n and s, 20, f"{n} sent")

    def arrived(self, sender="+22310700001", text="A5 12H 9"):
        n = self.rows()
        self.arrive(sender, text)
        return max(self.settle(n + 1), key=lambda a: a["id"])["id"]

    def test_an_answer_arrives_and_the_history_has_it(self):
        self.start()
        alert = self.arrived()
        self.reply(alert, "merci, restez chez vous")
        one = self.sent(1)[0]
        self.assertTrue((one["to"], one["text"], one["class"]) == ("+22310700001", "merci, restez chez vous", -1))
        history = json.loads(self.queue("show", alert, "--json"))["history"]
        self.assertEqual([(h["action"], h["note"]) for h in history], [("reply", "merci, restez chez vous")])
        flow.wait_for(lambda: "answer=1 sent" in self.tama("audit", "show", "-c", self.config), 10, "written down")

    def test_alphabets_length_and_flash(self):
        self.start()
        alert = self.arrived()
        texts = ["prix {42} €", "an ni ce, ɛɔŋ", "salt " * 60, "ɛɔ " * 60]
        for t in texts:
            self.reply(alert, t.strip())
        self.reply(alert, "vu", "--flash")
        sent = self.sent(1 + 1 + 2 + 3 + 1)
        self.assertTrue("".join(s["text"] for s in sent) == "".join(t.strip() for t in texts) + "vu")
        self.assertEqual(sent[-1]["class"], 0)

    def test_it_keeps_receiving_while_it_sends(self):
        self.start()
        alert = self.arrived()
        for i in range(5):
            self.reply(alert, f"message numero {i}")
            self.arrive(f"+2231071{i:04d}", f"A1 12H {i + 10}")
        self.settle(6)
        self.assertEqual(len(self.sent(5)), 5)

    def test_who_is_never_answered(self):
        self.start()
        for sender, text in (("36666", "A5 12H 9"), ("ORANGE", "A5 12H 8")):
            self.reply(self.arrived(sender, text), "merci", expect=1)
            self.assertIn("a service", self.complaint)
        self.reply(99, "merci", expect=2)
        self.assertEqual(self.modem.ask("sent")["sent"], [])

    def test_it_names_no_event_and_no_place(self):
        self.start()
        alert = self.arrived()
        for text in ("attaque a Menaka", "A1 12H", "restez loin de Gao"):
            self.reply(alert, text, expect=1)
            self.assertIn("whoever finds the phone", self.complaint)

    def test_limits(self):
        with self.config.open("a") as f:
            f.write("reply = { per_handle_a_day = 2; parts_a_day = 4; };\n")
        self.start()
        first, second = self.arrived(), self.arrived("+22310700002", "A5 12H 8")
        self.reply(first, "un")
        self.reply(first, "deux")
        self.reply(first, "trois", expect=1)
        self.assertIn("a phone that keeps buzzing", self.complaint)
        self.reply(second, "long " * 40, expect=0)
        self.reply(second, "encore", expect=1)
        self.assertIn("airtime", self.complaint)

    def test_no_window_no_number(self):
        with self.config.open("a") as f:
            f.write("reply = { window_h = 0; };\n")
        self.start()
        self.reply(self.arrived(), "merci", expect=1)
        self.assertIn("switched off", self.complaint)
        self.assertFalse(any(f.name.startswith("reply-") for f in (self.dir / "keys").iterdir()))

    def test_the_window_closes(self):
        self.clock()
        self.start()
        alert = self.arrived()
        self.clock(0, 20 * 3600)
        self.reply(alert, "dans la fenetre")
        self.sent(1)
        self.clock(0, 49 * 3600)
        self.reply(alert, "trop tard", expect=1)
        self.assertIn("the reply window of 48 hours is closed", self.complaint)

    def test_a_network_that_refuses_and_triage_that_dies(self):
        self.start()
        alert = self.arrived()
        self.modem.ask("fault", name="send-refused", count=1)
        self.reply(alert, "une fois")
        flow.wait_for(lambda: "not sent" in self.running.log.read_text(), 20, "refused once")
        os.kill(self.pid("triage"), signal.SIGKILL)  # what waits is in the database
        one = self.sent(1)
        self.assertTrue([s["text"] for s in one] == ["une fois"])

    def answering(self, then='reply = "seen";', more=""):
        """The station answers every report by itself; two words of the sheet mean duress."""
        rules, sheet = self.dir / "rules.conf", self.dir / "sheet.conf"
        text = rules.read_text()
        text = re.sub(r"^rules = \(", 'replies = ({ name = "seen"; text = "merci, prix bien noté"; }, '
                      '{ name = "loud"; text = "noté"; flash = true; });\n'
                      'rules = (\n { name = "answer"; when = { min_severity = 1; }; then = { %s }; },%s' % (then, more),
                      text, count=1, flags=re.MULTILINE)
        rules.write_text(text)
        sheet.write_text(sheet.read_text() + '\nduress = ("tantie", "bon marché");\n')

    def test_the_station_answers_by_itself(self):
        self.answering(more=' { name = "villages"; when = { event = "E5"; }; then = { reply = "loud"; }; },'
                            ' { name = "quietly"; when = { event = "B5"; }; then = { reply = "none"; }; },')
        self.start()
        self.arrived("+22310700003", "B5 14M")
        self.arrived("36666", "A1 12H 7")
        self.arrived("+22310700004", "merci, prix bien noté")  # another machine's, or ours
        self.arrived("+22310700001", "A1 12H 40")
        self.arrived("+22310700002", "E5 13K")
        sent = [(s["to"], s["text"], s["class"]) for s in self.sent(2)]
        self.assertTrue(sent == [("+22310700001", "merci, prix bien noté", -1), ("+22310700002", "noté", 0)])
        self.assertEqual({a["event"]: a.get("reply") for a in self.alerts() if a["event"] in ("A1", "E5", "B5")},
                         {"A1": "seen", "E5": "loud", "B5": None})

    def test_it_answers_in_the_language_of_the_words_or_of_the_place(self):
        self.answering()
        rules, sheet = self.dir / "rules.conf", self.dir / "sheet.conf"
        rules.write_text(rules.read_text().replace('"merci, prix bien noté"', '{ ff = "miin yii"; fr = "bien noté"; bm = "an y\'a ye"; }'))
        text = sheet.read_text()
        self.assertIn('name = "Walado";', text)
        sheet.write_text(text.replace('name = "Walado";', 'name = "Walado"; language = "ff";'))
        self.start()
        # words first; of two tongues neither; then what the place or its area speaks; then the first of the sheet
        cases = [("binkanni 12H", "bm"), ("hare 12H 3", "ff"), ("attaque 12H 4", "fr"), ("A1 12H 5", "fr"), ("attack 12H 6", "fr"),
                 ("A1 201M 7", "ff"), ("binkanni 201M 8", "bm"), ("A1 hare binkanni 12H 9", "fr"), ("hare binkanni 201M 10", "ff"),
                 ("binkanni 12H 11 tantie", "bm"), ("bonjour mon frère", "fr")]
        for i, (report, _) in enumerate(cases):
            self.arrived(f"+2231070{i:04d}", report)
        words = {"fr": "bien noté", "bm": "an y'a ye", "ff": "miin yii"}
        sent = {s["to"]: s["text"] for s in self.sent(len(cases))}
        self.assertEqual([next(k for k, v in words.items() if v == sent[f"+2231070{i:04d}"]) for i in range(len(cases))],
                         [language for _, language in cases])
        self.assertEqual([a["reply_language"] for a in sorted(self.alerts(), key=lambda a: a["id"])],
                         [language for _, language in cases])
        self.assertIn("answers by itself: an y'a ye", self.tama("rules", "test", "binkanni 12H", "-c", self.config))

    def test_two_machines_that_answer_each_other_come_to_an_end(self):
        self.answering()
        self.start()
        self.arrived("+22310700001", "A1 12H 9")
        for i in range(12):  # another station, which says something else each time
            sent = self.modem.ask("sent")["sent"]
            self.arrived("+22310700001", f"reçu {i}, merci de votre message")
            if len(sent) == len(flow.wait_for(lambda: self.modem.ask("sent")["sent"], 20, "one answer")):
                time.sleep(0.2)
        self.assertEqual(len(self.modem.ask("sent")["sent"]), 5)  # reply.per_handle_a_day
        self.assertEqual(self.rows(), 13)  # and each of them was read
        self.arrived("+22310700001", "merci, prix bien noté")  # its very words: one of our kind
        self.arrived("+22310700002", "A1 12H 9")
        self.assertTrue([s["to"] for s in self.sent(6)][5:] == ["+22310700002"])

    def test_its_own_answers_have_the_limits_of_all(self):
        self.answering()
        with self.config.open("a") as f:
            f.write("reply = { per_handle_a_day = 2; parts_a_day = 3; };\n")
        self.start()
        for i in range(4):
            self.arrived("+22310700001", f"A1 12H {i + 20}")
        self.reply(1, "encore", expect=1)
        for i in range(3):
            self.arrived(f"+2231070010{i}", f"A1 12H {i + 40}")
        self.assertTrue([s["to"] for s in self.sent(3)] == ["+22310700001"] * 2 + ["+22310700100"])
        self.assertEqual(self.rows(), 7)

    def test_under_duress_the_answer_is_the_same_in_octets_and_time(self):
        self.answering(more=' { name = "duress"; when = { flags = ("duress"); };'
                            ' then = { severity = 5; reply = "loud"; }; },')
        self.start()
        words, took = ("", " tantie", "", " bon marche"), ([], [])
        for i in range(32):
            before = time.monotonic()
            self.arrive(f"+2231070{i:04d}", f"A1 12H {i + 10}{words[i % 4]}")
            while len(self.modem.ask("sent")["sent"]) <= i:
                self.assertLess(time.monotonic() - before, 20)
                time.sleep(0.001)
            took[i % 2].append(time.monotonic() - before)
        sent = self.modem.ask("sent")["sent"]
        self.assertEqual(len({(s["text"], s["class"]) for s in sent}), 1)
        alerts = {a["count"]: a for a in self.settle(32)}
        self.assertEqual([("duress" in alerts[i + 10]["flags"]) for i in range(32)], [i % 2 == 1 for i in range(32)])
        self.assertEqual({a["event"] for a in alerts.values()}, {"A1"})
        self.assertEqual({a["reply"] for a in alerts.values()}, {"seen"})
        plain, watched = (statistics.median(t) for t in took)
        print(f"median from text to answer: plain {plain * 1000:.1f} ms, under duress {watched * 1000:.1f} ms")
        self.assertLess(abs(plain - watched), max(statistics.pstdev(took[0] + took[1]), plain / 4))
        self.reply(alerts[11]["id"], "ou etes vous", expect=1)
        self.assertIn("under duress", self.complaint)
        self.reply(alerts[10]["id"], "ou etes vous")

    def test_answers_that_tell_too_much_are_refused_with_the_rules(self):
        self.answering()
        rules = self.dir / "rules.conf"
        good = rules.read_text()
        for text, said in (("attaque a Menaka", "names an event or a place"), ("é" * 161, "one SMS holds 160 letters"),
                           ("ɛ" * 71, 'reply "seen" is more than one SMS'), ("[" * 81, 'reply "seen" is more than one SMS'),
                           ("jaba do", "names an event or a place"), ("السعر بصل اليوم", "names an event or a place"),
                           ("هجوم الآن", "names an event or a place")):
            rules.write_text(good.replace("merci, prix bien noté", text))
            self.tama("rules", "check", rules, "-c", self.config, expect=1)
            self.assertIn(said, self.complaint)
        for text in ("é" * 160, "ɛ" * 70, "[" * 80):
            rules.write_text(good.replace("merci, prix bien noté", text))
            self.tama("rules", "check", rules, "-c", self.config)
        for text, said in (('{ bm = "aw ni ce"; }', 'expected a text in "fr", the first language'),
                           ('{ fr = "vu"; xx = "?"; }', '"xx"'), ('{ fr = "vu"; bm = "binkanni"; }', "names an event"),
                           ('{ fr = "vu"; bm = "' + "ɛ" * 71 + '"; }', "more than one SMS")):
            rules.write_text(good.replace('"merci, prix bien noté"', text))
            self.tama("rules", "check", rules, "-c", self.config, expect=1)
            self.assertIn(said, self.complaint)
        rules.write_text(good.replace('reply = "seen"', 'reply = "sen"'))
        self.tama("rules", "check", rules, "-c", self.config, expect=1)
        self.assertIn('reply "sen" is not declared in replies; did you mean "seen"?', self.complaint)
        rules.write_text(good)
        self.assertIn("answers by itself: merci", self.tama("rules", "test", "A1 12H", "-c", self.config))


if __name__ == "__main__":
    flow.main()
