# SPDX-License-Identifier: GPL-2.0-or-later
"""The modem process: what it asks of a modem, and that nothing leaves the SIM before it is on the disk."""
import os
import signal

import flow


class Modem(flow.Flow):
    def ask_twice_a_second(self):
        text = self.config.read_text()
        self.config.write_text(text.replace('connection = "at115200";', 'connection = "at115200"; poll_s = 1;'))

    def test_one_listing_a_batch_and_no_message_read_twice(self):
        for i in range(90):
            self.arrive("+22310000001", f"A5 12H {i + 1}")
        self.modem.ask("reset-stats")
        self.start()
        self.settle(90)
        commands = self.modem.stats()["by_command"]
        self.assertNotIn("+CMGR", commands)
        self.assertLessEqual(commands["+CMGL"], 8)
        self.assertLessEqual(commands["+CMGD"], 91)

    def test_nothing_is_deleted_before_it_is_durable(self):
        self.start()
        flow.wait_for(lambda: self.status()["modems"][0]["state"] == "running", 20, "the modem runs")
        intake = self.pid("intake")
        os.kill(intake, signal.SIGSTOP)
        self.arrive("+22310000001", "A1 12H")
        flow.time.sleep(1)
        self.assertEqual(self.modem.stats()["slots_used"], 1)
        os.kill(intake, signal.SIGCONT)
        self.assertEqual(len(self.settle(1)), 1)

    def test_a_failed_sync_ends_intake_and_loses_nothing(self):
        """What a failed fsync leaves on the disk is unknown: the process ends, the SIM still has the text."""
        fault = self.dir / "spool/fault"  # where intake may take it away
        if not flow.FAIL_SYNC or flow.SLOW > 1:
            self.skipTest("a sanitizer wants to be preloaded first")
        self.environment = {"LD_PRELOAD": flow.FAIL_SYNC, "TAMA_FAIL_SYNC": str(fault)}
        self.start()
        self.arrive("+22310000001", "A1 12H 1")
        self.settle(1)
        for i in range(2, 5):
            fault.touch()
            self.arrive("+22310000001", f"A1 12H {i}")
            flow.wait_for(lambda: not fault.exists(), 10, "a sync failed")
            self.assertEqual(sorted(a["count"] for a in self.settle(i)), list(range(1, i + 1)))
        intake = next(p for p in self.status()["processes"] if p["name"] == "intake")
        self.assertEqual(intake["restarts"], 3)

    def test_a_restart_beside_it_stops_no_reading(self):
        """A fresh channel while the SIM is being read: what is left is read at once, not at the next poll."""
        self.config.write_text(self.config.read_text().replace('connection = "at115200";', 'connection = "at115200"; poll_s = 600;'))
        self.start()
        for round_ in range(3):
            for i in range(40):
                self.arrive(f"+2231012{round_}{i:03d}", f"A1 12H {i + 10}")
            os.kill(self.pid("triage"), signal.SIGKILL)
            flow.wait_for(lambda: (m := self.modem.stats())["slots_used"] == 0 and m["waiting"] == 0, 15, "all is read")
            flow.wait_for(self.ready, 20, "triage is back")
        self.settle(120)

    def test_a_lost_announcement_is_found_by_the_poll(self):
        self.ask_twice_a_second()
        self.start()
        flow.wait_for(lambda: self.status()["modems"][0]["state"] == "running", 20, "the modem runs")
        self.modem.ask("fault", name="cmti-lost", count=1)
        self.arrive("+22310000001", "A1 12H")
        self.assertEqual(len(self.settle(1)), 1)


class Pin(flow.Flow):
    options = ("--pin", "4321")

    def pin(self, pin):
        text = self.config.read_text()
        self.config.write_text(text.replace('connection = "at115200";', f'connection = "at115200"; {pin}'))

    def test_the_sim_is_opened(self):
        self.pin('pin = "4321";')
        self.start()
        self.arrive("+22310000001", "A1 12H")
        self.assertEqual(len(self.settle(1)), 1)

    def test_a_missing_pin_is_said(self):
        self.start()
        flow.wait_for(lambda: "set pin in tama.conf" in self.status()["modems"][0]["text"], 20, "it says so")
        self.assertEqual(self.status()["modems"][0]["state"], "no-sim")

    def test_a_wrong_pin_is_tried_once(self):
        """Three wrong tries block a SIM until somebody brings its PUK."""
        self.pin('pin = "1111";')
        self.start()
        flow.wait_for(lambda: "refused the PIN" in self.status()["modems"][0]["text"], 20, "it says so")
        tries = self.modem.stats()["by_command"]["+CPIN"]
        flow.time.sleep(3)
        self.assertEqual(self.modem.stats()["by_command"]["+CPIN"], tries)
        self.assertEqual(self.status()["modems"][0]["restarts"], 0)


if __name__ == "__main__":
    flow.main()
