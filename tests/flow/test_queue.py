# SPDX-License-Identifier: GPL-2.0-or-later
"""A text goes in at the modem and an officer reads it, acts on it and closes it."""
import concurrent.futures
import json
import subprocess

import flow
from flow import TAMA, wait_for

FIELDS = {"id", "received_at", "sent_at", "handle", "event", "place", "area", "severity", "count", "flags", "queue",
          "state", "incident", "reporters", "grade", "text", "rules"}


class Queue(flow.Flow):
    def test_three_hundred_texts_are_three_hundred_alerts(self):
        self.start()
        for i in range(300):
            self.arrive(f"+22310{i % 40:06d}", f"A5 12H {i + 10}")
        alerts = self.settle(300)
        self.assertEqual(len(alerts), 300)
        self.assertEqual(sorted(a["count"] for a in alerts), [i + 10 for i in range(300)])
        self.assertEqual(len({a["handle"] for a in alerts}), 40)
        self.assertEqual({a["event"] for a in alerts}, {"A5"})
        self.assertEqual({a["place"] for a in alerts}, {"12H"})
        for a in alerts:
            self.assertLessEqual(FIELDS, set(a))
        self.assertEqual({a["incident"] for a in alerts}, {alerts[0]["incident"]})
        self.assertEqual({a["reporters"] for a in alerts}, {40})
        self.assertEqual({a["grade"] for a in alerts}, {"F2"})
        def figures():
            s = self.status()
            return (s["locked"], s["received"], s["spooled"], s["triaged"], s["rejected"],
                    [(m["name"], m["state"], m["restarts"]) for m in s["modems"]])
        want = (False, 300, 300, 300, 0, [("gsm0", "running", 0)])
        flow.wait_for(lambda: figures() == want, 5, "the figures of the status")

    def test_cancel_and_correct_mean_ones_own_last_alert(self):
        mine, theirs, other = "+22310000001", "+22310000002", "+22310000003"
        self.start()
        texts = (mine, "A1 12H 40"), (theirs, "A5 13K 3"), (other, "X1"), (mine, "X1"), (theirs, "X3 A5 14N 30")
        for i, (sender, text) in enumerate(texts):
            self.arrive(sender, text)
            self.settle(i + 1)
        rows = {(a["handle"], a["text"]): a for a in self.alerts()}
        self.assertEqual(len(rows), 5)
        of = {text: a for (_, text), a in rows.items() if text != "X1"}
        cancel = next(a for (h, text), a in rows.items() if text == "X1" and h == of["A1 12H 40"]["handle"])
        stranger = next(a for (h, text), a in rows.items() if text == "X1" and h != of["A1 12H 40"]["handle"])
        self.assertEqual((cancel["refers_to"], cancel["refers_as"]), (of["A1 12H 40"]["id"], "cancel"))
        self.assertEqual(cancel["incident"], of["A1 12H 40"]["incident"])
        self.assertNotIn("refers_to", stranger)  # nobody cancels what another has sent
        self.assertIsNone(stranger["incident"])
        correct = of["X3 A5 14N 30"]
        self.assertEqual((correct["refers_to"], correct["refers_as"]), (of["A5 13K 3"]["id"], "correct"))
        self.assertIn("ambiguous", correct["flags"])
        self.assertEqual({a["state"] for a in rows.values()}, {"new"})  # a person decides, not the text
        self.assertIn(f"refers to   alert {of['A1 12H 40']['id']} (cancel)", self.queue("show", cancel["id"]))
        self.assertIn("not known (cancel)", self.queue("show", stranger["id"]))
        self.assertIn(f"(correct: {of['A5 13K 3']['id']})", self.queue("list"))

    def test_steps_of_an_alert(self):
        self.start()
        self.arrive("+22310000001", "B1 201M 3")
        self.settle(1)
        self.queue("ack", 1)
        self.assertEqual(self.alerts()[0]["state"], "acknowledged")
        self.queue("ack", 1, expect=1)
        self.assertIn("acknowledged already", self.complaint)
        self.queue("note", 1, "chef du village appelé")
        self.queue("verify", 1)
        self.queue("assign", 1, "awa")
        self.queue("assign", 1, "nobody", expect=2)
        self.queue("respond", 1, "patrouille envoyée")
        self.queue("refer", 1, "nowhere", expect=2)
        self.queue("refer", 1, "restricted", "à vous")
        self.assertEqual(self.alerts()[0]["queue"], "restricted")
        self.queue("close", 1, "confirmed", expect=2)
        self.queue("close", 1, "perhaps", "un texte", expect=2)
        self.queue("close", 1, "confirmed", "vu par deux témoins")
        self.queue("note", 1, "encore une chose")
        self.queue("close", 1, "false", "non", expect=1)
        self.assertEqual(json.loads(self.queue("list", "--json")), [])
        shown = json.loads(self.queue("show", 1, "--json"))
        self.assertEqual(shown["state"], "closed")
        self.assertEqual([h["action"] for h in shown["history"]],
                         ["ack", "note", "verify", "assign", "respond", "refer", "close", "note"])
        self.assertEqual(shown["history"][1]["note"], "chef du village appelé")
        self.queue("show", 99, expect=2)
        self.queue("ack", "x", expect=2)

    def test_two_officers_race_and_one_wins(self):
        self.start()
        self.arrive("+22310000001", "A1 12H")
        self.settle(1)
        command = [TAMA, "queue", "ack", "1", "-c", self.config, "--as", "awa", "--password-file", self.password]
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            ends = list(pool.map(lambda _: subprocess.run([str(c) for c in command], capture_output=True,
                                                          check=False).returncode, range(8)))
        self.assertEqual(sorted(ends), [0] + [1] * 7)

    def test_watch_shows_an_alert_as_it_comes(self):
        self.start()
        self.arrive("+22310000001", "A1 12H")
        self.settle(1)
        watch = subprocess.Popen([str(a) for a in (TAMA, "queue", "watch", "--count", "2", "--json", "-c", self.config,
                                                   "--as", "awa", "--password-file", self.password)],
                                 stdout=subprocess.PIPE, text=True)
        self.addCleanup(watch.wait)
        self.addCleanup(watch.kill)
        self.addCleanup(watch.stdout.close)
        flow.time.sleep(0.5 * flow.SLOW)
        self.arrive("+22310000002", "E5 13K")
        self.assertEqual(json.loads(watch.stdout.readline())["event"], "E5")
        flow.os.kill(self.pid("triage"), flow.signal.SIGKILL)
        wait_for(self.ready, 20, "triage is back")
        self.arrive("+22310000003", "C5 13K")
        self.assertEqual(json.loads(watch.stdout.readline())["event"], "C5")

    def test_only_with_the_right_password(self):
        self.start()
        self.arrive("+22310000001", "A1 12H")
        self.settle(1)
        self.password.write_text("guess\n")
        self.queue("list", expect=2)
        self.password.write_text("demo\n")
        self.tama("queue", "list", "-c", self.config, "--as", "stranger", "--password-file", self.password, expect=2)
        self.assertIn("wrong password", self.complaint)

    def test_severe_first_and_filters(self):
        self.start()
        for text in ("E5 13K", "A1 12H", "B5 14M", "bonjour", "T1"):
            self.arrive("+22310000001", text)
        alerts = self.settle(5)
        self.assertEqual([a["severity"] for a in alerts], sorted((a["severity"] for a in alerts), reverse=True))
        self.assertEqual({a["event"] for a in self.alerts("--queue", "restricted")}, {"B5"})
        self.assertEqual({a["event"] for a in self.alerts("--queue", "drill")}, {"T1"})
        self.assertEqual(self.alerts("--state", "closed"), [])
        self.assertEqual(len(self.alerts("--since", "2020-01-01")), 5)
        self.assertEqual(self.alerts("--since", "2099-01-01T00:00:00Z"), [])
        self.queue("list", "--since", "yesterday", expect=2)


if __name__ == "__main__":
    flow.main()
