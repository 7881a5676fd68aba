# SPDX-License-Identifier: GPL-2.0-or-later
"""Custodians: one number, opened by t of n on machines of their own, once, with everything written down; and each way
in which shares can be wrong."""
import base64
import json
import pathlib
import re
import shutil

import flow

NUMBER = "+22310200001"
REASON = "the wounded must be found before night"


class Reveal(flow.Flow):
    settings = 'reveal = { cooling_off_s = 0; a_day = 20; };\n'

    def setUp(self):
        super().setUp()
        self.files = self.where / "files"
        self.files.mkdir()
        self.code = self.where / "code"
        self.code.write_text("demo\n")

    def arrived(self, senders=(NUMBER,)):
        self.start()
        for i, sender in enumerate(senders):
            self.arrive(sender, f"A5 12H {i + 10}")
        return sorted(self.settle(len(senders)), key=lambda a: a["id"])

    def as_awa(self, *args, expect=0):
        return self.tama(*args, "-c", self.config, "--as", "awa", "--password-file", self.password, expect=expect)

    def request(self, alert, *more, expect=0):
        out = self.as_awa("reveal", "request", alert, "--reason", REASON, "--out", self.files, "--json", *more, expect=expect)
        return json.loads(out) if expect == 0 else None

    def approve(self, file, custodian, out=None, expect=0):
        out = out or pathlib.Path(f"{file}.approval")
        self.tama("custodian", "approve", file, "--key", self.dir / f"custodians/custodian-{custodian}.key", "--code-file",
                  self.code, "--out", out, expect=expect)
        return out

    def open(self, reveal, *approvals, expect=0):
        out = self.as_awa("reveal", "open", reveal, *approvals, "--json", expect=expect)
        return json.loads(out)["number"] if expect == 0 else None

    def audit(self):
        return json.loads(self.tama("audit", "show", "-c", self.config, "--json"))

    def refused(self, text):
        self.assertIn(text, self.complaint)
        self.assertTrue(any(r["kind"] == "refused" and text in r["detail"] for r in self.audit()), f"written down: {text}")

    def test_two_of_three_open_one_number_once(self):
        alerts = self.arrived((NUMBER, NUMBER, "+22310200002"))
        asked = self.request(alerts[0]["id"])
        self.assertEqual((len(asked["files"]), asked["others"]), (3, 1))
        shown = json.loads(self.tama("custodian", "show", asked["files"][0], "--json"))
        self.assertEqual((shown["officer"], shown["reason"], shown["alert"], shown["others"], shown["handle"]),
                         ("awa", REASON, alerts[0]["id"], 1, alerts[0]["handle"]))
        self.assertEqual(shown["words"], asked["words"])
        approvals = [self.approve(asked["files"][i], i + 1) for i in (0, 2)]
        self.assertTrue(self.open(asked["reveal"], *approvals) == NUMBER, "the number of that alert")
        self.open(asked["reveal"], *approvals, expect=1)
        self.refused("was opened already")
        kinds = [r["kind"] for r in self.audit()]
        self.assertEqual([k for k in kinds if k.startswith("reveal")], ["reveal-request", "reveal-open"])
        history = json.loads(self.queue("show", alerts[0]["id"], "--json"))["history"]
        self.assertEqual(history[0]["note"], REASON)
        for place in [self.dir / "queue.db", self.dir / "queue.db-wal", self.running.log]:
            self.assertFalse(NUMBER.encode() in place.read_bytes() or REASON.encode() in place.read_bytes(), place.name)

    def test_too_few(self):
        asked = self.request(self.arrived()[0]["id"])
        self.open(asked["reveal"], expect=1)
        self.refused("no approval of a custodian was given")
        self.open(asked["reveal"], self.approve(asked["files"][0], 1), expect=1)
        self.refused("2 approvals are needed, 1 came: 1 more")

    def test_one_custodian_twice(self):
        asked = self.request(self.arrived()[0]["id"])
        once = self.approve(asked["files"][0], 1)
        self.open(asked["reveal"], once, once, expect=1)
        self.refused("who approved already")

    def test_a_custodian_cannot_open_the_share_of_another(self):
        asked = self.request(self.arrived()[0]["id"])
        self.approve(asked["files"][0], 2, expect=1)
        self.assertIn("not yours", self.complaint)

    def test_a_replayed_approval_is_of_another_request(self):
        alert = self.arrived()[0]["id"]
        first, second = self.request(alert), self.request(alert)
        self.open(second["reveal"], self.approve(first["files"][0], 1), self.approve(second["files"][1], 2), expect=2)
        self.refused("is of another request")

    def test_touched_files(self):
        asked = self.request(self.arrived()[0]["id"])
        good = [self.approve(asked["files"][i], i + 1) for i in (0, 1)]
        for at in (1, 30, 60, 120, 200):
            text = good[0].read_text()
            head, body, tail = re.fullmatch(r"(-+BEGIN.*?-\n)(.*?)(-+END.*)", text, re.S).groups()
            octets = bytearray(base64.b64decode(body))
            octets[at % len(octets)] ^= 1
            bad = self.files / f"bad-{at}"
            bad.write_text(head + base64.b64encode(octets).decode() + "\n" + tail)
            self.as_awa("reveal", "open", asked["reveal"], bad, good[1], expect=2)
            self.assertRegex(self.complaint, "was touched|another request|cannot|can read")
        request = pathlib.Path(asked["files"][2]).read_text()
        for change in (lambda b: b[:-40], lambda b: b[:100] + bytes([b[100] ^ 1]) + b[101:]):
            head, body, tail = re.fullmatch(r"(-+BEGIN.*?-\n)(.*?)(-+END.*)", request, re.S).groups()
            bad = self.files / "bad.request"
            bad.write_text(head + base64.b64encode(change(base64.b64decode(body))).decode() + "\n" + tail)
            self.tama("custodian", "show", bad, expect=2)
            self.assertRegex(self.complaint, "changed after the officer signed|is the file whole")
        self.tama("custodian", "show", self.where / "password", expect=2)
        self.assertTrue(self.open(asked["reveal"], *good) == NUMBER, "the good ones still open it")

    def test_expired(self):
        self.config.write_text(self.config.read_text().replace("cooling_off_s = 0;", "cooling_off_s = 3600;"))
        asked = self.request(self.arrived()[0]["id"])
        approvals = [self.approve(asked["files"][i], i + 1) for i in (0, 1)]
        self.open(asked["reveal"], *approvals, expect=1)
        self.refused("the cooling-off time")
        urgent = self.request(asked["reveal"], "--emergency")
        approvals = [self.approve(urgent["files"][i], i + 1) for i in (0, 1)]
        self.assertTrue(self.open(urgent["reveal"], *approvals) == NUMBER, "an emergency does not wait")
        self.assertIn("EMERGENCY-REVEAL", [r["kind"] for r in self.audit()])
        loud = [a for a in self.alerts() if a["handle"] == "STATION"]
        self.assertEqual((len(loud), loud[0]["severity"]), (1, 5))
        self.assertIn("EMERGENCY", loud[0]["text"])

    def test_a_limit_a_day(self):
        self.config.write_text(self.config.read_text().replace("a_day = 20;", "a_day = 1;"))
        alert = self.arrived()[0]["id"]
        self.request(alert)
        self.request(alert, expect=1)
        self.refused("the limit")
        self.request(alert, "--emergency")

    def test_custodians_with_keys_of_their_own(self):
        public = []
        for name in ("imam", "sage-femme", "juge"):
            key = self.files / f"{name}.key"
            made = json.loads(self.tama("custodian", "keygen", name, "--out", key, "--code-file", self.code, "--quick", "--json"))
            self.assertEqual(len(made["words"].split()), 8)
            public.append(made["public"])
        shutil.rmtree(self.dir)
        self.tama("init", self.dir, "--demo", "--modem", self.modem.device, "--custodians", "3/3", "--custodian-keys",
                  ",".join(public))
        with self.config.open("a") as f:
            f.write(self.settings)
        self.assertEqual(list((self.dir / "custodians").iterdir()), [])
        asked = self.request(self.arrived()[0]["id"])
        approvals = []
        for file, name in zip(asked["files"], ("imam", "sage-femme", "juge")):
            out = self.files / f"{name}.approval"
            self.tama("custodian", "approve", file, "--key", self.files / f"{name}.key", "--code-file", self.code, "--out", out)
            approvals.append(out)
        self.assertTrue(self.open(asked["reveal"], *approvals) == NUMBER, "three of three")

    def test_a_custodian_who_leaves_and_one_who_comes(self):
        self.start()
        key = self.files / "griot.key"
        made = json.loads(self.tama("custodian", "keygen", "griot", "--out", key, "--code-file", self.code, "--quick", "--json"))
        self.as_awa("user", "grant", "--custodian", made["public"])
        self.as_awa("user", "revoke", "--custodian", 1)
        self.arrive(NUMBER, "A5 12H 9")
        asked = self.request(self.settle(1)[0]["id"])
        self.assertEqual([pathlib.Path(f).name.split("custodian-")[1] for f in asked["files"]],
                         ["2.request", "3.request", "4.request"])
        griot = self.files / "griot.approval"
        self.tama("custodian", "approve", asked["files"][2], "--key", key, "--code-file", self.code, "--out", griot)
        self.assertTrue(self.open(asked["reveal"], self.approve(asked["files"][0], 2), griot) == NUMBER, "with the new one")
        self.as_awa("user", "revoke", "--custodian", 2)
        self.as_awa("user", "revoke", "--custodian", 3, expect=1)
        self.assertIn("enrol another one first", self.complaint)

    def test_who_may_not_ask(self):
        alert = self.arrived()[0]["id"]
        new = self.where / "new"
        new.write_text("moussa's password\n")
        self.as_awa("user", "add", "moussa", "--new-password-file", new)
        self.tama("reveal", "request", alert, "--reason", REASON, "-c", self.config, "--as", "moussa", "--password-file", new,
                  expect=1)
        self.request(alert, "--reason", "why", expect=2)
        self.assertIn("needs a reason", self.complaint)


if __name__ == "__main__":
    flow.main()
