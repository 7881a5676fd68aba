# SPDX-License-Identifier: GPL-2.0-or-later
"""Locked, the station receives and seals; unlocked, the backlog drains in order."""
import os
import pty

import flow
from flow import wait_for


class Lock(flow.Flow):
    slots = 150

    def sealed(self, n):
        wait_for(lambda: self.status()["spooled"] == n and self.modem.stats()["slots_used"] == 0, 20, f"{n} sealed")

    def test_backlog_keeps_its_order(self):
        for i in range(100):  # before anybody reads: slots that are freed are taken in another order
            self.arrive(f"+22310{i % 7:06d}", f"A5 12H {i + 1}")
        self.start(unlock=False)
        self.assertTrue(self.status()["locked"])
        self.sealed(100)
        self.assertEqual(self.rows(), 0)
        self.unlock()
        alerts = sorted(self.settle(100), key=lambda a: a["id"])
        self.assertEqual([a["count"] for a in alerts], list(range(1, 101)))
        self.assertFalse(self.status()["locked"])

    def test_wrong_passphrase_opens_nothing(self):
        self.start(unlock=False)
        self.passphrase.write_text("open sesame\n")
        self.tama("unlock", "-c", self.config, "--passphrase-file", self.passphrase, expect=2)
        self.assertIn("wrong passphrase", self.complaint)
        self.assertTrue(self.status()["locked"])
        self.passphrase.write_text("\n")
        self.tama("unlock", "-c", self.config, "--passphrase-file", self.passphrase, expect=2)
        self.tama("unlock", "-c", self.config, "--passphrase-file", self.where / "none", expect=2)
        self.tama("unlock", "-c", self.config, expect=2)  # no terminal to ask on

    def test_passphrase_from_the_terminal(self):
        self.start(unlock=False)
        child, terminal = pty.fork()
        if child == 0:
            os.execv(flow.TAMA, ["tama", "unlock", "-c", str(self.config)])
        said = b""
        while b"passphrase of the station:" not in said:
            said += os.read(terminal, 1000)
        os.write(terminal, self.passphrase.read_bytes())
        while True:
            try:
                said += os.read(terminal, 1000)
            except OSError:  # it has ended
                break
        os.close(terminal)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0)
        self.assertNotIn(b"demo", said)  # no echo
        self.assertFalse(self.status()["locked"])

    def test_lock_again_and_officers_go_on(self):
        self.start()
        self.arrive("+22310000001", "A1 12H")
        self.settle(1)
        self.tama("lock", "-c", self.config)
        self.assertTrue(self.status()["locked"])
        self.arrive("+22310000002", "A1 13K")
        self.sealed(2)
        self.queue("ack", 1)
        self.assertEqual(len(self.alerts()), 1)
        self.unlock()
        self.assertEqual({a["state"] for a in self.settle(2)}, {"acknowledged", "new"})

    def test_after_a_power_cut_it_is_locked_and_nothing_is_lost(self):
        self.start()
        for i in range(20):
            self.arrive("+22310000001", f"A5 12H {i + 1}")
        self.settle(20)
        self.kill_all()
        for i in range(20, 40):
            self.arrive("+22310000001", f"A5 12H {i + 1}")
        self.start(unlock=False)
        self.assertTrue(self.status()["locked"])
        self.unlock()
        self.assertEqual(sorted(a["count"] for a in self.settle(40)), list(range(1, 41)))

    def test_nothing_runs(self):
        for command in ("status", "unlock", "lock"):
            self.tama(command, "-c", self.config, expect=3)
            self.assertIn("does not run", self.complaint)


if __name__ == "__main__":
    flow.main()
