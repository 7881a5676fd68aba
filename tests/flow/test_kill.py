# SPDX-License-Identifier: GPL-2.0-or-later
"""300 texts in are exactly 300 alerts out, whichever process is killed with SIGKILL at whatever moment."""
import os
import random
import signal

import flow
from flow import wait_for

TEXTS = 300


class Kill(flow.Flow):
    def kill(self, name):
        pid = self.pid(name)
        if pid:
            os.kill(pid, signal.SIGKILL)

    def drive(self, name, kills):
        """Texts arrive in bursts; between them, at random moments, `name` is killed."""
        chance = random.Random(name)
        moments = {chance.randrange(TEXTS) for _ in range(kills)}
        for i in range(TEXTS):
            self.arrive(f"+22310{i % 30:06d}", f"A5 12H {i + 1}")
            if i in moments:
                flow.time.sleep(chance.random() * 0.05)
                self.kill(name)
                wait_for(lambda: self.pid(name) != 0, 20, f"{name} is back")
        alerts = self.settle(TEXTS, 90)
        self.assertEqual(sorted(a["count"] for a in alerts), list(range(1, TEXTS + 1)))
        restarts = {p["name"]: p["restarts"] for p in self.status()["processes"]}
        self.assertGreater(restarts[name], 0)

    def test_modem(self):
        self.start()
        self.drive("gsm0", 5)

    def test_intake(self):
        self.start()
        self.drive("intake", 5)

    def test_triage(self):
        self.start()
        self.drive("triage", 5)

    def test_keeper(self):
        self.start()
        self.drive("keeper", 5)

    def test_supervisor(self):
        chance = random.Random(9)
        self.start()
        for i in range(TEXTS):
            self.arrive(f"+22310{i % 30:06d}", f"A5 12H {i + 1}")
            if i % 60 == 59:
                flow.time.sleep(chance.random() * 0.05)
                self.kill_all()
                self.start()
        alerts = self.settle(TEXTS, 90)
        self.assertEqual(sorted(a["count"] for a in alerts), list(range(1, TEXTS + 1)))

    def test_keeper_and_triage_together_lock_the_station(self):
        self.start()
        self.kill("keeper")
        self.kill("triage")
        wait_for(self.ready, 20, "both are back")
        self.arrive("+22310000001", "A1 12H")
        wait_for(lambda: self.status()["spooled"] == 1, 20, "sealed")
        if self.status()["locked"]:
            self.unlock()
        self.assertEqual(len(self.settle(1)), 1)


if __name__ == "__main__":
    flow.main()
