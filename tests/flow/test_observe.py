# SPDX-License-Identifier: GPL-2.0-or-later
"""How a station does: for people what is wrong first, for machines figures without names, for journald lines of fields, and a
canary text a day through the whole way."""
import os
import re
import socket
import subprocess
import time
import urllib.error
import urllib.request

import flow

SECRETS = ("A1 12H 40", "12H", "+22310", "Kayes", "gsm0", "duty-of-gao", "awa")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Observe(flow.Flow):
    def conf(self, text):
        with self.config.open("a") as f:
            f.write(text + "\n")

    def people(self):
        return self.tama("status", "-c", self.config)

    def metrics(self):
        return self.parsed(self.tama("status", "-c", self.config, "--metrics"))

    def parsed(self, text):
        """{name with labels: value}; every line is a comment or a sample."""
        out = {}
        for line in text.splitlines():
            if line.startswith("#"):
                self.assertRegex(line, r"^# (HELP|TYPE) tama_[a-z_]+ .+")
                continue
            m = re.fullmatch(r'(tama_[a-z_]+(?:\{[a-z]+="[a-z0-9]+"(?:,[a-z]+="[a-z0-9]+")*\})?) (-?[0-9]+)', line)
            self.assertTrue(m, "a line that is no sample")
            out[m[1]] = int(m[2])
        return out

    def test_what_is_wrong_comes_first(self):
        self.start(unlock=False)
        said = self.people().splitlines()
        self.assertIn("LOCKED", said[1])
        self.assertIn("-> tama unlock", said[2])
        self.unlock()
        flow.wait_for(lambda: "all is well" in self.people(), 10, "all is well")
        self.modem.ask("fault", name="unplug")
        flow.wait_for(lambda: "no modem works: nothing is received" in self.people().splitlines()[1], 20, "the modem is gone")

    def test_figures_for_machines_and_no_names(self):
        port = free_port()
        self.conf(f'metrics = {{ listen = "127.0.0.1:{port}"; }};\n'
                  'targets = ( { name = "duty-of-gao"; kind = "sms"; to = "+22310000001"; } );')
        self.start(unlock=False)
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=10)
        self.assertEqual(refused.exception.code, 503)
        refused.exception.close()
        self.unlock()
        self.arrive("+22310700001", "A1 12H 40")
        self.settle(1)
        flow.wait_for(lambda: self.metrics()["tama_alerts_total"] == 1, 10, "the figures")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        served = self.parsed(text)
        self.assertEqual((served["tama_locked"], served["tama_alerts_total"], served['tama_modem_up{modem="0"}']), (0, 1, 1))
        self.assertEqual(served['tama_target_waiting{target="0"}'], 0)
        self.assertEqual(set(served), set(self.metrics()))
        for secret in SECRETS:
            self.assertNotIn(secret, text)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=10) as answer:
            self.assertEqual((answer.status, answer.read()), (200, b'{"ok":true,"problems":0}'))
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/status", timeout=10)
        self.assertEqual(refused.exception.code, 404)
        refused.exception.close()

    def test_metrics_stay_on_this_machine(self):
        self.conf('metrics = { listen = "0.0.0.0:9000"; };')
        self.running = flow.station.Program([flow.TAMA, "run", "-c", self.config], self.where, "tama", {})
        flow.wait_for(lambda: "metrics.listen: expected 127.0.0.1:PORT" in self.running.log.read_text(), 20, "it is said")

    def test_lines_for_journald(self):
        ours, theirs = socket.socketpair()
        self.addCleanup(ours.close)
        status = os.fstat(theirs.fileno())
        environment = {**os.environ, "JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"}
        station = subprocess.Popen([str(flow.TAMA), "run", "-c", str(self.config)], stdin=subprocess.DEVNULL, stdout=theirs,
                                   stderr=theirs, env=environment, start_new_session=True)
        self.addCleanup(station.wait)
        self.addCleanup(station.terminate)
        theirs.close()
        flow.wait_for(self.ready, 20, "the station runs")
        self.unlock()
        self.arrive("+22310700001", "A1 12H 40")
        self.settle(1)
        station.terminate()
        station.wait(20 * flow.SLOW)
        lines = b""
        while data := ours.recv(65536):
            lines += data
        lines = [l for l in lines.decode().splitlines() if not l.startswith("DEMO station:")]  # of `tama run`, for people
        self.assertGreater(len(lines), 5)
        for line in lines:
            self.assertRegex(line, r"^<[3-7]>process=[a-z]+ level=(error|warn|info|debug) pid=[0-9]+ ")
            for secret in SECRETS[:3]:
                self.assertNotIn(secret, line)
        self.assertTrue(any("process=triage level=info" in l and "unlocked" in l for l in lines))


class Canary(flow.Flow):
    OWN = "+22310555555"
    options = ("--number", OWN)
    settings = f'canary = {{ number = "{OWN}"; at = "00:00"; within_s = 300; }};\n'

    def canary(self):
        return self.status()["canary"]["state"]

    def test_it_comes_back_and_is_no_alert(self):
        self.clock()
        self.start()
        flow.wait_for(lambda: self.canary() == "ok", 30, "it came back")
        self.assertEqual([s["to"] for s in self.modem.ask("sent")["sent"]], [self.OWN])
        self.assertRegex(self.modem.ask("sent")["sent"][0]["text"], r"^Ref [a-z]{12}$")
        self.assertEqual(self.alerts(), [])
        self.assertEqual(self.metrics_ok(), 1)
        self.clock(0, 86400)
        flow.wait_for(lambda: self.alerts() == [] and len(self.modem.ask("sent")["sent"]) == 2, 30, "the next day's")

    def metrics_ok(self):
        text = self.tama("status", "-c", self.config, "--metrics")
        return int(re.search(r"^tama_canary_ok ([01])$", text, re.M)[1])


class CanaryLost(flow.Flow):
    settings = Canary.settings  # and a network that loses it

    def test_it_alarms(self):
        self.clock()
        self.start()
        flow.wait_for(lambda: self.modem.ask("sent")["sent"], 30, "it is sent")
        self.clock(0, 361)
        flow.wait_for(self.alerts, 30, "the alarm")
        alert = self.alerts()[0]
        self.assertEqual((alert["severity"], alert["handle"]), (4, "STATION"))
        self.assertIn("did not come back within 5 minutes", alert["text"])
        flow.wait_for(lambda: "canary text did not come back" in self.tama("status", "-c", self.config), 10, "status says it")
        text = self.modem.ask("sent")["sent"][0]["text"]
        self.arrive("+22310555555", text)  # an hour late, with the network's apologies
        flow.wait_for(lambda: self.status()["canary"]["state"] == "ok", 30, "late is well too")
        self.assertEqual(len(self.alerts()), 1)


if __name__ == "__main__":
    flow.main()
