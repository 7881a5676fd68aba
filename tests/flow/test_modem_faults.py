# SPDX-License-Identifier: GPL-2.0-or-later
"""What may go wrong with a modem, one fault a test: nothing is lost, and the time until all is well again is measured
(the table in tama.conf(5)). Run alone, it prints the times."""
import time

import alone
import flow

SENDER = "+22310000001"
TEXT = 1  # enum part_kind
NUMBER = "2213000000F1"  # the same as a SIM keeps it


class Faults(alone.Alone):
    poll_s = 1

    def setUp(self):
        super().setUp()
        self.set(f"poll_s = {self.poll_s};")

    def set(self, settings):
        text = self.config.read_text()
        self.config.write_text(text.replace('connection = "at115200";', f'connection = "at115200"; {settings}'))

    def fault(self, name, **fields):
        self.modem.ask("fault", name=name, **fields)

    def quiet(self):
        """Long enough that the modem's last answer no longer says that it is well."""
        for _ in range(80):
            self.pump()

    def texts(self, first, last):
        self.sent_at = time.monotonic()
        for i in range(first, last + 1):
            self.arrive(SENDER, f"A5 12H {i}")

    def read(self):
        """How many different texts have been read: one may come twice, and once of them as a raw PDU."""
        return len({self.text_of(p) for p in self.parts})

    @staticmethod
    def text_of(part):
        """Of a part after gateway/part.h: text, or a DELIVER of GSM-7 without header (TS 23.040 §9.2.2.1)."""
        content = part[76:396]
        length = int.from_bytes(part[396:398], "little")
        if part[0] == TEXT:
            return content[:2 * length].decode("utf-16-le")
        at = content[0] + 2                                # behind the SMSC and the first octet
        at += 2 + (content[at] + 1) // 2 + 2 + 7           # TP-OA, PID, DCS, SCTS
        bits = int.from_bytes(content[at + 1:length], "little")
        return bytes(bits >> 7 * i & 0x7f for i in range(content[at])).decode()

    def all_read(self, n, timeout_s, what):
        """Waits until n messages are read and deleted; says how long that took."""
        self.supervise(lambda: self.read() >= n and not self.modem.stats()["waiting"] and
                       not self.modem.stats()["slots_used"], timeout_s, f"{what}: {n} texts are read")
        took = time.monotonic() - self.sent_at
        print(f"    {what}: {took:.2f} s, {self.starts - 1} restarts")
        self.assertEqual(self.read(), n)
        return took

    def shows(self, state, words, timeout_s=10):
        start = time.monotonic()
        self.supervise(lambda: self.state == state and words in self.text, timeout_s, f"it says {words}")
        print(f"    said after {time.monotonic() - start:.1f} s: {self.text}")


class Line(Faults):
    """The line between Tama and the modem."""

    poll_s = 30

    def test_a_modem_that_was_left_in_the_middle_of_a_message(self):
        self.begin()
        self.quiet()
        self.fault("half-sent")
        self.texts(1, 3)
        self.all_read(3, 40, "half-sent message")
        self.assertEqual(self.starts, 1)

    def test_a_wedged_modem_is_restarted_by_at(self):
        self.begin()
        self.quiet()
        self.fault("silent", value=-1)
        self.texts(1, 3)
        self.all_read(3, 40, "wedged until AT+CFUN=1,1")

    def test_a_modem_that_falls_silent_in_the_middle_of_a_listing(self):
        self.begin()
        self.fault("silent", value=-1)
        self.texts(1, 3)
        self.all_read(3, 60, "silent in a listing")

    def test_a_wedged_modem_is_opened_again(self):
        self.begin()
        self.quiet()
        self.fault("silent", value=25000)
        self.texts(1, 3)
        self.shows("no-device", "does not answer", 30)
        self.all_read(3, 60, "deaf for 25 s")
        self.assertGreater(self.starts, 1)

    def test_unplugged_and_plugged(self):
        self.begin()
        self.fault("unplug")
        self.shows("no-device", "plug it in")
        time.sleep(1)
        self.fault("plug")
        self.texts(1, 3)
        self.all_read(3, 30, "plugged in again")

    def test_another_speed_is_said_and_a_right_one_found(self):
        self.fault("garbled", value=1)
        self.begin(wait=False)
        self.supervise(lambda: "speed" in self.text, 40, "it says that the speed may be wrong")
        self.fault("garbled", value=0)
        self.texts(1, 3)
        self.all_read(3, 60, "wrong speed, then the right one")

    def test_noise_on_the_line(self):
        self.begin()
        self.fault("noise", count=200)
        self.texts(1, 20)
        self.all_read(20, 60, "noise before 200 answers")

    def test_an_unsolicited_line_in_the_middle_of_an_answer(self):
        for i, line in enumerate(("+CGREG: 0", "RING", "^RSSI:20", "+CMTI: \"SM\",3", "+CUSD: 0", "NO CARRIER", "+ZPASR: \"EDGE\"")):
            self.begin()
            self.fault("unsolicited", line=line, count=6)
            self.texts(i * 3 + 1, i * 3 + 3)
            self.all_read((i + 1) * 3, 60, f"{line[:6]} six times")


class Sim(Faults):
    """The SIM and its slots."""

    def test_a_full_sim_empties_and_the_network_delivers_the_rest(self):
        self.texts(1, 40)
        self.assertEqual(self.modem.stats()["waiting"], 10)
        self.begin()
        self.all_read(40, 30, "a full SIM and ten more")

    def test_a_listing_cut_short(self):
        self.texts(1, 20)
        self.begin()
        self.fault("list-cut", count=5)
        self.texts(21, 25)
        self.all_read(25, 60, "five listings cut short")

    def test_a_slot_that_cannot_be_read_hides_no_other(self):
        self.fault("bad-slot", value=3)
        self.texts(1, 10)
        self.begin()
        self.wait(lambda: self.read() == 9 and self.modem.stats()["slots_used"] == 1, 60, "the nine others are read")
        self.texts(11, 15)
        start = time.monotonic()
        self.wait(lambda: self.read() == 14 and self.modem.stats()["slots_used"] == 1, 60, "and what comes later")
        print(f"    beside a bad slot: {time.monotonic() - start:.1f} s")
        self.fault("bad-slot", value=0)
        self.all_read(15, 60, "the slot can be read again")

    def test_a_deletion_answered_ok_but_not_done(self):
        self.begin()
        self.fault("delete-lies", count=3)
        self.texts(1, 3)
        self.all_read(3, 60, "three lost deletions")

    def test_a_sim_that_deletes_nothing_is_said_and_not_worn_out(self):
        self.begin()
        self.fault("delete-never", value=1)
        self.texts(1, 3)
        self.shows("running", "does not delete", 30)
        self.modem.ask("reset-stats")
        time.sleep(3)
        self.assertLess(self.modem.stats()["commands"], 60)
        self.texts(4, 5)
        self.wait(lambda: self.read() == 5, 20, "later texts are read all the same")
        self.fault("delete-never", value=0)
        self.all_read(5, 60, "it deletes again")

    def test_cms_errors(self):
        self.begin()
        self.fault("cms-error", count=6)
        self.texts(1, 5)
        self.all_read(5, 60, "six +CMS ERROR")

    def test_a_sim_that_wants_its_puk(self):
        self.set('pin = "4321";')
        self.fault("puk", value=1)
        self.texts(1, 3)
        self.begin()
        self.shows("no-sim", "PUK")
        self.assertNotIn("+CPIN=", self.modem.stats()["by_command"])
        self.fault("puk", value=0)
        self.all_read(3, 30, "the PUK was entered")

    def test_a_sim_that_is_blocked_while_it_runs(self):
        self.begin()
        self.fault("puk", value=1)
        self.shows("no-sim", "PUK")
        self.texts(1, 3)
        self.fault("puk", value=0)
        self.all_read(3, 30, "the SIM is back")


class Freed(Faults):
    """What was deleted is overwritten in the SIM's memory."""

    poll_s = 30

    def raw(self):
        return self.modem.ask("slots")["slots"]

    def holds(self, what):
        """In how many slots, used or free, octets of the message still are."""
        return sum(what in s["hex"] for s in self.raw())

    def test_freed_slots_are_overwritten_when_idle(self):
        self.begin()
        self.texts(1, 10)
        self.wait(lambda: self.read() == 10, 10, "ten texts are read")
        self.assertEqual(self.holds(NUMBER), 10)
        self.wait(lambda: self.holds(NUMBER) == 0 and not self.modem.stats()["slots_used"], 20, "they are overwritten")
        print(f"    ten slots overwritten: {time.monotonic() - self.sent_at:.1f} s")
        self.texts(11, 12)
        self.all_read(12, 10, "and texts come as before")

    def test_every_slot_of_a_sim_that_was_full(self):
        self.texts(1, 30)
        self.assertEqual(self.holds(NUMBER), 30)
        self.begin()
        self.wait(lambda: self.read() == 30, 10, "thirty texts are read")
        self.wait(lambda: not self.holds(NUMBER) and not self.modem.stats()["slots_used"], 20, "overwritten")

    def test_switched_off(self):
        self.set("overwrite = false;")
        self.begin()
        self.texts(1, 2)
        self.all_read(2, 10, "two texts")
        time.sleep(3)
        self.assertEqual(self.holds(NUMBER), 2)
        self.assertNotIn("+CMGW", self.modem.stats()["by_command"])

    def test_a_text_that_arrives_meanwhile_is_read_at_once(self):
        self.texts(1, 30)
        self.begin()
        self.wait(lambda: self.modem.stats()["by_command"].get("+CMGW", 0) > 3, 20, "it overwrites")
        self.texts(31, 33)
        self.wait(lambda: self.read() == 33, 20, "the texts are read")
        print(f"    a text beside overwriting: {time.monotonic() - self.sent_at:.2f} s")
        self.wait(lambda: not self.holds(NUMBER) and not self.modem.stats()["slots_used"], 30, "all overwritten")

    def test_dummies_left_by_a_killed_process_are_deleted(self):
        self.texts(1, 30)
        self.begin()
        self.wait(lambda: self.modem.stats()["by_command"].get("+CMGW", 0) > 3, 20, "it overwrites")
        self.process.kill()
        self.process.wait()
        self.assertGreater(self.modem.stats()["slots_used"], 0)
        self.begin()
        self.wait(lambda: not self.modem.stats()["slots_used"], 20, "the dummies are gone")
        self.assertEqual(self.read(), 30)


class Network(Faults):
    def test_no_network_is_said(self):
        self.begin()
        for stat, words in ((2, "looking"), (3, "refuses"), (0, "not registered")):
            self.modem.ask("network", registered=stat)
            self.shows("no-network", words)
        self.modem.ask("network", registered=5)
        self.shows("running", "")
        self.texts(1, 3)
        self.all_read(3, 20, "roaming")

    def when(self, ahead_s):
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + ahead_s))

    def test_a_network_clock_that_is_ahead_is_said(self):
        self.begin()
        self.modem.ask("text", **{"from": SENDER, "text": "A1 12H", "scts": self.when(3 * 3600)})
        self.shows("running", "ahead")
        self.assertEqual(self.read(), 1)
        for i in range(8):
            self.modem.ask("text", **{"from": SENDER, "text": f"A1 12H {i}", "scts": self.when(0)})
        self.wait(lambda: self.read() == 9 and not self.text, 10, "it is right again")

    def test_a_network_clock_that_is_behind_is_said_one_late_text_is_not(self):
        self.begin()
        for i in range(16):
            self.modem.ask("text", **{"from": SENDER, "text": f"A1 12H {i}", "scts": self.when(-7200 if i else 0)})
            if i == 7:
                self.wait(lambda: self.read() == 8, 10, "eight are read")
                self.quiet()
                self.assertEqual(self.text, "")
        self.shows("running", "texts come")

    def test_a_lost_signal_is_said(self):
        self.begin()
        self.modem.ask("network", signal=99)
        self.shows("running", "antenna")
        self.assertEqual(self.counters["signal"], 0)
        self.modem.ask("network", signal=31)
        self.wait(lambda: self.counters["signal"] == 100 and not self.text, 10, "the signal is back")


if __name__ == "__main__":
    flow.main()
