# SPDX-License-Identifier: GPL-2.0-or-later
"""An officer answers a handle without ever seeing the number; nobody is called who should not be."""
import json
import os
import signal

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


if __name__ == "__main__":
    flow.main()
