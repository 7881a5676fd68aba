# SPDX-License-Identifier: GPL-2.0-or-later
"""The sending half of the modem process: real libGammu on a simulated modem, driven over the wire that triage uses."""
import alone
import flow
import station

NUMBER = "+22310000007"
BASIC = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklm"
EXTENSION = "nopqrstuvwxyzäöñüà {marché} [mil] 250€ ~^|\\"


class Send(alone.Alone):
    def setUp(self):
        super().setUp()
        self.begin()

    def send_one(self, text, flags=0, number=NUMBER, reply=1):
        self.reply(reply, number, text, flags)
        self.assertEqual(self.answered(reply), [alone.OK])
        return self.sent()

    def test_an_ordinary_text_is_one_part_of_gsm7(self):
        sent = self.send_one("merci, on vous rappelle")
        self.assertEqual([(s["to"], s["text"], s["coding"], s["class"], s["parts"]) for s in sent],
                         [(NUMBER, "merci, on vous rappelle", "gsm7", -1, 0)])

    def test_the_whole_alphabet_of_gsm7_and_its_extension(self):
        for i, text in enumerate((BASIC, EXTENSION)):
            sent = self.send_one(text, reply=i + 1)[-1]
            self.assertEqual((sent["coding"], sent["parts"]), ("gsm7", 0))
            self.assertTrue(sent["text"] == text, "the text is not what was given")

    def test_other_letters_are_ucs2(self):
        text = "Ténenkou ɛɔŋ ߞߐ سلام"
        sent = self.send_one(text)
        self.assertEqual([(s["coding"], s["text"]) for s in sent], [("ucs2", text)])

    def test_flash_is_class_0(self):
        self.assertEqual(self.send_one("mil 250", flags=alone.FLASH)[0]["class"], 0)
        self.assertEqual(self.send_one("ɛ 250", flags=alone.FLASH, reply=2)[1]["class"], 0)

    def test_a_national_number_and_a_short_code(self):
        self.send_one("mil 250", number="10000007")
        self.assertEqual([s["to"] for s in self.send_one("mil 250", number="36000", reply=2)], ["10000007", "36000"])

    def test_long_texts_are_parts_with_one_reference(self):
        for reply, (text, coding) in enumerate((("les gens du marché {€} " * 20, "gsm7"), ("ɛɔŋ du marché " * 20, "ucs2"))):
            sent = self.send_one(text, reply=reply)
            parts = [s for s in sent if s["reference"] == reply]
            self.assertEqual({s["coding"] for s in parts}, {coding})
            self.assertEqual([s["part"] for s in parts], list(range(1, len(parts) + 1)))
            self.assertEqual({s["parts"] for s in parts}, {len(parts)})
            self.assertTrue("".join(s["text"] for s in parts) == text, "the parts are not the text")

    def test_the_longest_text_of_the_wire(self):
        for reply, text in ((1, "a" * 639), (2, "a" * 637 + "ɛ")):
            before = len(self.sent())
            sent = self.send_one(text, reply=reply)[before:]
            self.assertTrue("".join(s["text"] for s in sent) == text, "the parts are not the text")
        self.assertEqual(self.counters["sent"], 2)

    def test_the_answer_comes_after_the_networks(self):
        self.modem.ask("network", send_ms=1500)
        start = flow.time.monotonic()
        self.send_one("mil 250")
        self.assertGreaterEqual(flow.time.monotonic() - start, 1.5)

    def test_receiving_goes_on_between_the_parts(self):
        """A text that arrives during a message of five parts waits for the command that runs, not for the others."""
        self.modem.ask("network", send_ms=800)
        self.reply(1, NUMBER, "a" * 639)
        self.wait(lambda: len(self.sent()) == 2, 10, "the second part is on its way")
        start = flow.time.monotonic()
        self.arrive("+22310000001", "A1 12H")
        self.wait(lambda: self.parts, 10, "the text is read")
        self.assertNotIn(1, self.answers)
        waited = self.part_times[0] - start
        print(f"a text waited {waited:.2f} s beside parts of 0.8 s")
        self.assertLess(waited, 1.6 * flow.SLOW)
        self.assertEqual(self.answered(1), [alone.OK])
        self.wait(lambda: self.modem.stats()["slots_used"] == 0, 10, "the text is deleted")

    def test_a_temporary_refusal_is_tried_again(self):
        for code in (42, 331, 500):
            self.modem.ask("fault", name="send-refused", code=code, count=2)
            before = len(self.sent())
            self.assertEqual(len(self.send_one("mil 250", reply=code)), before + 1)

    def test_only_the_refused_part_is_sent_again(self):
        self.modem.ask("network", send_ms=300)
        self.reply(1, NUMBER, "a" * 400)
        self.wait(lambda: len(self.sent()) == 1, 10, "the first part is sent")
        self.modem.ask("fault", name="send-refused", code=41, count=1)
        self.assertEqual(self.answered(1), [alone.OK])
        self.assertEqual([s["part"] for s in self.sent()], [1, 2, 3])

    def test_one_that_waits_does_not_hold_up_the_others(self):
        self.modem.ask("fault", name="send-refused", code=42, count=1)
        self.reply(1, NUMBER, "mil 250")
        self.reply(2, NUMBER, "mil 260")
        self.answered(1)
        self.assertEqual([s["text"] for s in self.sent()], ["mil 260", "mil 250"])

    def test_a_lasting_congestion_is_told(self):
        self.modem.ask("fault", name="send-refused", code=42, count=100)
        start = flow.time.monotonic()
        self.reply(1, NUMBER, "mil 250")
        self.assertEqual(self.answered(1, 60), [alone.TIMEOUT])
        print(f"given up after {flow.time.monotonic() - start:.1f} s")

    def test_a_permanent_refusal_is_told_at_once(self):
        self.modem.ask("fault", name="send-refused", code=21, count=1)
        self.reply(1, NUMBER, "mil 250")
        self.assertEqual(self.answered(1), [alone.REFUSED])
        self.assertEqual(self.sent(), [])
        self.assertEqual(len(self.send_one("mil 250", reply=2)), 1)

    def test_what_cannot_be_sent_is_told(self):
        for reply, (number, text) in enumerate((("", "a"), ("MARCHE", "a"), ("+", "a"), (NUMBER, ""), ("1" * 21, "a"))):
            self.reply(reply, number, text)
            self.assertEqual(self.answered(reply), [alone.ARGUMENT])
        self.assertEqual(self.sent(), [])

    def test_more_than_the_queue_holds_is_told(self):
        self.modem.ask("network", send_ms=200)
        for i in range(40):
            self.reply(i, NUMBER, "mil 250")
        self.wait(lambda: len(self.answers) == 40, 30, "all are answered")
        taken = [i for i, a in self.answers.items() if a == [alone.OK]]
        self.assertEqual(len(self.sent()), len(taken))
        self.assertIn(len(taken), range(16, 20))
        self.assertEqual({a[0] for a in self.answers.values()}, {alone.OK, alone.FULL})
        self.assertEqual({len(a) for a in self.answers.values()}, {1})

    def test_triage_that_vanishes_takes_what_waits_with_it(self):
        self.modem.ask("network", send_ms=500)
        for i in range(10):
            self.reply(i, NUMBER, "mil 250")
        self.wait(self.sent, 10, "the first is on its way")
        self.triage.close()
        self.triage = None
        self.arrive("+22310000001", "A1 12H")
        self.wait(lambda: self.parts, 10, "the text is read")
        flow.time.sleep(1.5)
        self.assertLess(len(self.sent()), 4)
        self.triage = self.join(alone.TRIAGE)
        self.assertEqual(self.send_one("mil 260", reply=50)[-1]["text"], "mil 260")
        self.assertIsNone(self.process.poll())

    def test_a_triage_that_talks_nonsense_is_dropped(self):
        alone.send(self.triage, alone.SEND, b"\xff" * 693)
        self.wait(lambda: self.triage is None, 10, "it is dropped")
        self.triage = self.join(alone.TRIAGE)
        self.send_one("mil 250")

    def test_nothing_of_it_is_logged(self):
        self.modem.ask("fault", name="send-refused", code=42, count=1)
        self.send_one("mil 250 le sac")
        self.reply(2, NUMBER, "")
        self.answered(2)
        said = (self.where / "modem.log").read_text()
        self.assertIn("answer=1", said)
        self.assertFalse("mil" in said or NUMBER[4:] in said, "a log shows a number or a text")


class Cap(alone.Alone):
    def test_no_more_than_a_days_airtime(self):
        text = self.config.read_text()
        self.config.write_text(text.replace('connection = "at115200";', 'connection = "at115200"; sends_a_day = 4;'))
        self.begin()
        for reply, (words, answer) in enumerate((("a", alone.OK), ("b" * 400, alone.OK), ("c", alone.FULL))):
            self.reply(reply, NUMBER, words)
            self.assertEqual(self.answered(reply), [answer])
        self.assertEqual(len(self.sent()), 4)


class FailOver(flow.Flow):
    """Two modems in one station, each a process of its own."""

    def setUp(self):
        super().setUp()
        folder = self.where / "second"
        folder.mkdir()
        self.second = station.Modem(flow.BUILD, folder)
        self.addCleanup(self.second.end)
        text = self.config.read_text()
        first = 'connection = "at115200"; }'
        self.config.write_text(text.replace(
            first, f'{first}, {{ name = "gsm1"; device = "{self.second.device}"; sends_a_day = 2; }}'))
        self.start()
        flow.wait_for(lambda: [m["state"] for m in self.status()["modems"]] == ["running"] * 2, 30, "both run")

    def reply(self, text):
        self.tama("queue", "reply", self.alert, text, "-c", self.config, "--as", "awa", "--password-file", self.password)

    def sent(self, modem):
        return len(modem.ask("sent")["sent"])

    def test_what_one_cannot_send_the_other_does(self):
        self.arrive("+22310000001", "A1 12H 1")
        self.alert = self.settle(1)[0]["id"]
        self.modem.ask("fault", name="send-refused", code=21, count=100)
        start = flow.time.monotonic()
        self.reply("mil 250")
        self.reply("mil 260")
        flow.wait_for(lambda: self.sent(self.second) == 2, 90, "both are sent by the second")
        print(f"fail-over after {flow.time.monotonic() - start:.0f} s")
        self.modem.ask("fault", name="send-refused", count=0)  # and the second has sent what it may in a day
        self.reply("mil 270")
        self.reply("mil 280")
        flow.wait_for(lambda: self.sent(self.modem) == 2, 90, "the first sends the rest")
        self.assertEqual(self.sent(self.second), 2)

    def test_texts_come_through_both_while_one_is_unplugged(self):
        self.modem.ask("fault", name="unplug")
        for i in range(5):
            self.second.ask("text", **{"from": "+22310000001", "text": f"A1 12H {i + 1}"})
        flow.wait_for(lambda: self.rows() == 5, 30, "the second receives")
        self.assertEqual(next(m for m in self.status()["modems"] if m["name"] == "gsm0")["state"], "no-device")
        self.modem.ask("fault", name="plug")
        start = flow.time.monotonic()
        self.arrive("+22310000001", "A1 12H 6")
        self.assertEqual(len(self.settle(6)), 6)
        print(f"plugged in again, read and decoded after {flow.time.monotonic() - start:.1f} s")


class Blocked(alone.Alone):
    options = ("--pin", "4321")

    def test_a_sim_that_wants_its_pin_sends_nothing(self):
        self.begin()
        self.reply(1, NUMBER, "mil 250")
        self.assertEqual(self.answered(1), [alone.LOCKED])


if __name__ == "__main__":
    flow.main()
