# SPDX-License-Identifier: GPL-2.0-or-later
"""SIGKILL of any process of the station, a thousand times under load: every text is there once. Minutes: `meson test
--suite slow kill_many`; TAMA_KILLS says how many."""
import os
import pathlib
import random
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "flow"))
import flow  # noqa: E402

KILLS = int(os.environ.get("TAMA_KILLS", "1000"))
REST_S = 5.1  # a process that dies sooner again is started later: that would be a test of waiting


class KillMany(flow.Flow):
    def texts(self, upto):
        for i in range(self.sent, upto):
            self.arrive(f"+22310{i % 50:06d}", f"A5 12H {i + 1}")
        self.sent = upto

    def one_of(self, names):
        now = time.monotonic()
        ready = [n for n in names if now - self.last.get(n, 0) > REST_S]
        return self.chance.choice(ready) if ready else None

    def kill(self, name):
        self.last[name] = time.monotonic()
        self.killed[name] = self.killed.get(name, 0) + 1
        if name == "supervisor":
            self.kill_all()
            self.start()
            return
        pid = self.pid(name)
        if pid:
            os.kill(pid, signal.SIGKILL)

    def test_every_text_is_there_once(self):
        self.chance, self.last, self.killed, self.sent, kills = random.Random(2016), {}, {}, 0, 0
        self.start()
        names = [p["name"] for p in self.status()["processes"]] + ["supervisor"]
        while kills < KILLS:
            self.texts(self.sent + 3)
            name = self.one_of(names)
            time.sleep(self.chance.random() * 0.1)
            if name:
                self.kill(name)
                kills += 1
                if name in ("keeper", "triage") and self.status()["locked"]:
                    flow.wait_for(self.ready, 60, "all are back")
                    if self.status()["locked"]:  # both were away at once
                        self.unlock()
        flow.wait_for(self.ready, 60, "all are back")
        if self.status()["locked"]:
            self.unlock()
        alerts = [a for a in self.settle(self.sent, 300) if a["handle"] != "STATION"]
        print(f"{kills} kills {self.killed}, {self.sent} texts, {len(alerts)} alerts")
        self.assertEqual(sorted(a["count"] for a in alerts), list(range(1, self.sent + 1)))
        self.tama("audit", "verify", "-c", self.config)


if __name__ == "__main__":
    flow.main()
