# SPDX-License-Identifier: GPL-2.0-or-later
"""The station is about to be taken: in less than two seconds what leads to people is gone, and it still receives."""
import json
import os
import struct
import subprocess
import time

import flow
import station


class Seize(flow.Flow):
    def as_awa(self, *args, expect=0):
        return self.tama(*args, "-c", self.config, "--as", "awa", "--password-file", self.password, expect=expect)

    def send(self, n):
        before = self.rows()
        for i in range(n):
            self.arrive(f"+2231060{before + i:04d}", f"A5 12H {before + i + 10}")
        return self.settle(before + n)

    def keys(self):
        return {f.name.split("-")[0].split(".")[0] for f in (self.dir / "keys").iterdir()}

    def seized(self):
        s = self.status()
        self.assertTrue(s["locked"])
        self.assertEqual(self.keys() & {"working", "reply", "epoch"}, set())

    def goes_on(self, alerts):
        """Received and sealed while nobody can open it; afterwards everything is read, under new handles."""
        self.arrive("+22310609999", "A1 12H 77")
        flow.wait_for(lambda: self.modem.stats()["slots_used"] == 0, 20, "sealed")
        self.assertEqual(self.rows(), alerts)
        self.unlock()
        return self.settle(alerts + 1)

    def test_now(self):
        self.config.write_text(self.config.read_text().replace("persist = false", "persist = true"))
        self.start()
        self.send(3)
        data = "050003090201" + "A1 12H premier".encode("utf-16-be").hex()  # its second part has not come
        self.modem.ask("pdu", hex="0044" + "0B91" + "2213109506F4" + "0008" + "61501221436500" + f"{len(data) // 2:02X}" + data)
        flow.wait_for(lambda: self.status()["waiting_parts"] == 1, 10, "a part waits")
        self.assertTrue({"working", "reply", "epoch"} <= self.keys())
        start = time.monotonic()
        self.tama("seize", "-c", self.config)
        took = time.monotonic() - start
        print(f"seized in {took:.2f} s")
        self.assertLess(took, 2 * flow.SLOW)
        self.seized()
        alerts = self.goes_on(4)
        self.assertEqual(len({a["handle"] for a in alerts}), 5)
        self.assertEqual(sum("incomplete" in a["flags"] for a in alerts), 1, "the part that waited is not lost")
        kinds = [r["kind"] for r in json.loads(self.tama("audit", "show", "-c", self.config, "--json"))]
        self.assertIn("SEIZE", kinds)
        self.assertTrue(json.loads(self.tama("audit", "verify", "-c", self.config, "--json"))["whole"])

    def test_nothing_opens_a_reply_afterwards(self):
        self.start()
        alert = self.send(1)[0]["id"]
        self.tama("seize", "-c", self.config)
        self.unlock()
        self.as_awa("queue", "reply", alert, "merci, restez prudents", expect=1)
        self.assertIn("cannot be answered", self.complaint)

    def test_locked_already(self):
        self.start()
        self.send(2)
        self.tama("lock", "-c", self.config)
        self.tama("seize", "-c", self.config)
        self.seized()
        self.goes_on(2)

    def test_by_sms(self):
        self.start()
        self.send(1)
        codes = json.loads(self.as_awa("seize", "codes", "--json"))
        self.assertEqual((len(codes), len(set(codes))), (10, 10))
        self.arrive("+22310600001", codes[0][:-1] + ("A" if codes[0][-1] != "A" else "B"))
        self.assertEqual(len(self.settle(2)), 2, "a wrong code is a text like any other")
        self.arrive("+22310600002", codes[3].lower().replace("-", " "))
        flow.wait_for(lambda: self.status()["locked"], 10, "seized by SMS")
        self.seized()
        self.unlock()
        self.arrive("+22310600003", codes[4])
        self.assertEqual(len(self.settle(3)), 3, "codes of before a seizure are void")

    def test_codes_are_for_supervisors_and_work_once(self):
        self.start()
        old = json.loads(self.as_awa("seize", "codes", "--json"))
        self.as_awa("seize", "codes")
        self.arrive("+22310600001", old[0])
        self.settle(1)
        self.assertFalse(self.status()["locked"], "codes of before are void")
        new = self.where / "new"
        new.write_text("moussa's\n")
        self.as_awa("user", "add", "moussa", "--new-password-file", new)
        self.tama("seize", "codes", "-c", self.config, "--as", "moussa", "--password-file", new, expect=1)

    def test_by_a_button(self):
        self.start()
        self.send(1)
        button = self.where / "button"
        os.mkfifo(button)
        waiting = subprocess.Popen([flow.TAMA, "seize", "--button", button, "--key", "59", "-c", self.config],
                                   stdout=subprocess.PIPE, text=True, preexec_fn=station._die_with_parent)
        self.addCleanup(waiting.kill)
        with button.open("wb") as keys:  # struct input_event: another key, then F1 pressed
            for code in (30, 59):
                keys.write(struct.pack("llHHi", 0, 0, 1, code, 1))
                keys.flush()
            self.assertIn("seized", waiting.communicate(timeout=10 * flow.SLOW)[0])
        self.seized()

    def test_the_station_does_not_run(self):
        self.tama("seize", "-c", self.config, expect=3)


if __name__ == "__main__":
    flow.main()
