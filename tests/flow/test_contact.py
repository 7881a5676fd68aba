# SPDX-License-Identifier: GPL-2.0-or-later
"""Who writes "do not write to me" is never written to again, in any epoch, until the phone itself says that one may. The
alerts of that phone still arrive."""
import contextlib
import re
import sqlite3

import flow

ONE, TWO = "+22310700001", "+22310700002"


class Contact(flow.Flow):
    def setUp(self):
        super().setUp()
        rules = self.dir / "rules.conf"
        text = re.sub(r"^rules = \(", 'replies = ({ name = "seen"; text = "merci"; });\n'
                      'rules = (\n { name = "answer"; when = { min_severity = 1; }; then = { reply = "seen"; }; },',
                      rules.read_text(), count=1, flags=re.MULTILINE)
        rules.write_text(text)
        sheet = self.dir / "sheet.conf"
        sheet.write_text(sheet.read_text() + '\nduress = ("tantie");\n')

    def arrived(self, sender, text):
        n = self.rows()
        self.arrive(sender, text)
        return max(self.settle(n + 1), key=lambda a: a["id"])

    def reply(self, alert, text, expect=0):
        return self.queue("reply", alert["id"], text, expect=expect)

    def sent(self):
        """How many messages each phone has got, once nothing waits."""
        def idle():
            with contextlib.closing(sqlite3.connect(f"file:{self.dir}/queue.db?mode=ro", uri=True)) as db:
                return db.execute("SELECT count(*) FROM outbox WHERE state = 'waiting'").fetchone()[0] == 0
        flow.wait_for(idle, 20, "nothing waits")
        to = [s["to"] for s in self.modem.ask("sent")["sent"]]
        return to.count(ONE), to.count(TWO)

    def test_after_stop_nothing_goes_there_and_alerts_still_come(self):
        self.start()
        first = self.arrived(ONE, "A1 12H 40")
        self.assertEqual(self.sent(), (1, 0))
        stop = self.arrived(ONE, "stop")
        self.assertEqual((stop["event"], stop["flags"], stop["no_contact"]), ("P1", [], True))
        later = self.arrived(ONE, "A1 12H 41")
        self.modem.ask("call", **{"from": ONE})
        self.settle(4)
        self.assertEqual((later["event"], later["severity"], later["no_contact"], later.get("reply")), ("A1", 5, True, None))
        for alert in (first, stop, later):
            self.reply(alert, "merci", expect=1)
            self.assertIn("its sender asked that nobody writes to this phone", self.complaint)
        self.assertIn("the sender wants no contact", self.queue("show", later["id"]))
        other = self.arrived(TWO, "A1 12H 42")
        self.reply(other, "bien reçu. STOP pour ne plus recevoir de message")
        self.assertNotIn("no_contact", other)
        self.reply(other, "merci")
        self.assertEqual(self.sent(), (1, 3))

    def test_in_every_language_and_by_code(self):
        self.start()
        words = ("P1", "p1", "STOP", "ne répondez plus", "unsubscribe", "kana sɛbɛn", "pati winndande", "khalas", "kɔgɔ", "sel")
        for i, word in enumerate(words):
            self.assertTrue(self.arrived(f"+2231070010{i}", word).get("no_contact"), f"word {i}")
        self.assertTrue(self.arrived(ONE, "A1 12H 40 stop")["no_contact"])  # in whatever reading
        self.assertEqual(self.modem.ask("sent")["sent"], [])

    def test_consent_must_be_plain_and_free(self):
        self.start()
        self.arrived(ONE, "P1")
        for text in ("P3 tantie", "A1 12H 40 P3", "pas P3"):  # under threat, in passing, turned round
            self.assertTrue(self.arrived(ONE, text)["no_contact"])
        self.assertEqual(self.sent(), (0, 0))
        yes = self.arrived(ONE, "P3")
        self.assertNotIn("no_contact", yes)
        self.reply(self.arrived(ONE, "A1 12H 43"), "merci")
        self.assertEqual(self.sent(), (3, 0))

    def test_it_outlives_the_epoch_the_lock_and_a_crash(self):
        self.clock()
        self.start()
        self.arrived(ONE, "P1")
        handle = self.alerts()[0]["handle"]
        flow.os.kill(self.pid("triage"), flow.signal.SIGKILL)
        flow.wait_for(self.ready, 20, "triage is back")
        self.assertTrue(self.arrived(ONE, "A1 12H 50")["no_contact"])
        self.stop()
        self.clock(0, 40 * 86400)
        self.start()
        later = self.arrived(ONE, "A1 12H 51")
        self.assertTrue(later["no_contact"])
        self.assertNotEqual(later["handle"], handle)
        self.reply(later, "merci", expect=1)
        self.assertEqual(self.sent(), (0, 0))

    def test_an_answer_that_waits_is_stopped(self):
        self.start()
        self.modem.ask("fault", name="send-refused", count=1)  # is tried again after half a minute
        self.arrived(ONE, "A1 12H 40")
        flow.wait_for(lambda: "not sent" in self.running.log.read_text(), 20, "refused once")
        self.arrived(ONE, "P1")
        flow.os.kill(self.pid("triage"), flow.signal.SIGKILL)  # and is tried at once when triage comes back
        flow.wait_for(self.ready, 20, "triage is back")
        self.assertEqual(self.sent(), (0, 0))
        self.assertIn("answer=1 stopped", self.tama("audit", "show", "-c", self.config))

    def test_after_a_seizure_nobody_is_written_to_who_does_not_ask_for_it(self):
        self.start()
        self.arrived(ONE, "P1")
        self.tama("seize", "-c", self.config)
        self.unlock()
        self.assertTrue(self.arrived(ONE, "A1 12H 40")["no_contact"])
        self.assertTrue(self.arrived(TWO, "A1 12H 41")["no_contact"])
        self.assertNotIn("no_contact", self.arrived(TWO, "P3"))
        self.assertTrue(self.arrived(ONE, "A1 12H 42")["no_contact"])
        self.assertEqual(self.sent(), (0, 1))

    def test_the_disk_shows_not_even_how_many(self):
        self.start()
        def size():
            with contextlib.closing(sqlite3.connect(f"file:{self.dir}/queue.db?mode=ro", uri=True)) as db:
                return db.execute("SELECT length(value) FROM meta WHERE name = 'stop_list'").fetchone()[0]
        self.arrived(ONE, "P1")
        one = size()
        for i in range(20):
            self.arrive(f"+223107002{i:02d}", "P1")
        self.settle(21)
        self.assertEqual(size(), one)


if __name__ == "__main__":
    flow.main()
