# SPDX-License-Identifier: GPL-2.0-or-later
"""The handbooks do not go stale: every command in a box is run against a station, in the order in which it stands; every
event, place, rule, test and setting is put into the station's files and checked; every state that a station can show is in the
operator's table; every command, option, unit and file that is named is there."""
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import unittest
import xml.etree.ElementTree

import flow

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOC = ROOT / "packaging/doc"
FENCE = re.compile(r"^ *```([a-z-]+)\n(.*?)^ *```$", re.M | re.S)
ENVIRONMENT = {**os.environ, "LSAN_OPTIONS": f"suppressions={pathlib.Path(__file__).with_name('leaks')}:print_suppressions=0"}
INLINE = re.compile(r"`(tama [^`]+)`")


def boxes(name, *kinds):
    return [(kind, body) for kind, body in FENCE.findall((DOC / name).read_text()) if kind in kinds]


class Handbooks(flow.Flow):
    def setUp(self):
        super().setUp()
        self.desk = self.where / "desk"
        self.desk.mkdir()
        for name in ("rules.conf", "sheet.conf"):
            shutil.copy(self.dir / name, self.desk)

    # ---- commands -----------------------------------------------------------------------------------------------------

    def complete(self, words):
        """What a person would be asked for, and where the station stands."""
        words = [str(self.desk / "backup") if w.startswith("/media/usb") else w for w in words]
        command, extra = words[1], []
        if command != "custodian":
            extra += ["-c", str(self.config)]
        if "--as" in words:
            extra += ["--password-file", str(self.password)]
        if command == "unlock":
            extra += ["--passphrase-file", str(self.passphrase)]
        if words[1:3] in (["user", "add"], ["user", "passwd"]):
            extra += ["--new-password-file", str(self.password)]
        if words[1:3] == ["custodian", "keygen"]:
            extra += ["--code-file", str(self.passphrase)]
        if command == "init":
            words[2], extra = str(self.desk / "init"), ["--passphrase-file", str(self.passphrase), "--password-file", str(self.password)]
        return [str(flow.TAMA), *words[1:], *extra]

    def run_box(self, name, body):
        for line in body.splitlines():
            words = shlex.split(line, comments=True)
            if words[:4] == ["runuser", "-u", "tama", "--"]:
                words = words[4:]
            if not words:
                continue
            if words[0] == "systemctl":
                unit = words[-1] if "." in words[-1] else f"{words[-1]}.service"
                self.assertTrue((ROOT / "packaging/systemd" / unit).exists(), f"{name}: {line}: no such unit")
            elif words[0] == "systemd-creds":
                sealed = re.search("^LoadCredentialEncrypted=passphrase:(.*)$", (ROOT / "packaging/systemd/tama-unlock.service").read_text(), re.M)[1]
                self.assertEqual((words[1:3], words[-1]), (["encrypt", "--name=passphrase"], sealed))
            else:
                self.assertEqual(words[0], "tama", f"{name}: {line}: what is this?")
                done = subprocess.run(self.complete(words), cwd=self.desk, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                                      timeout=120 * flow.SLOW, check=False, env=ENVIRONMENT)
                self.assertEqual(done.returncode, 0, f"{name}: {line}\n{done.stdout}{done.stderr}")

    def with_alerts(self):
        self.start()
        for i, text in enumerate(["A1 12H 40", "C1 41R", "A5 41R 9", "T1"]):
            self.arrive(f"+2231000000{i}", text)
        self.settle(4)

    def run_handbook(self, name):
        self.with_alerts()
        found = boxes(name, "sh")
        self.assertTrue(found)
        for _, body in found:
            self.run_box(name, body)

    def test_the_operator_does_what_his_handbook_says(self):
        self.run_handbook("operator.md")

    def test_the_administrator_does_what_his_handbook_says(self):
        self.run_handbook("administrator.md")

    def test_the_officer_does_what_his_page_says(self):
        self.run_handbook("officer.md")

    def test_the_custodian_does_what_his_page_says(self):
        self.run_handbook("custodian.md")

    # ---- files --------------------------------------------------------------------------------------------------------

    def test_events_and_places_of_the_handbook_are_right(self):
        sheet = self.desk / "sheet.conf"
        for kind, body in boxes("administrator.md", "event", "place"):
            into = "events = (" if kind == "event" else "places = ("
            text = sheet.read_text()
            self.assertIn(into, text)
            sheet.write_text(text.replace(into, f"{into}\n{body.strip()},", 1))
        before = self.tama("sheet", "check", self.dir / "sheet.conf", expect=(0, 1))
        self.tama("sheet", "check", sheet)
        self.assertNotEqual(before, self.tama("sheet", "check", sheet))
        said = json.loads(self.tama("sheet", "decode", "G3 301R", sheet, "--json"))
        self.assertEqual(len(said["readings"]), 1)

    def rules_with(self, rules, tests=()):
        path = self.desk / "with.conf"
        text = (self.dir / "rules.conf").read_text()
        text = re.sub(r"^rules = \(", lambda m: m[0] + "\n" + ",\n".join(r.strip() for r in rules) + ",", text, count=1, flags=re.M)
        path.write_text(re.sub(r"^tests = \(", lambda m: m[0] + "".join(f"\n{t.strip()}," for t in tests), text, count=1, flags=re.M))
        return path

    def test_rules_of_the_handbook_hold_and_the_refused_is_refused(self):
        rules = [b for _, b in boxes("administrator.md", "rule")]
        tests = [b for _, b in boxes("administrator.md", "rule-test")]
        self.assertGreater(len(rules), 2)
        self.tama("rules", "check", self.rules_with(rules, tests), "-c", self.config)
        for broken in tests:  # a test that could not fail would say nothing
            wrong = re.sub("severity = [0-9]", "severity = 1", broken)
            self.tama("rules", "check", self.rules_with(rules, [wrong]), "-c", self.config, expect=(1, 2))
        for _, refused in boxes("administrator.md", "rule-refused"):
            self.tama("rules", "check", self.rules_with([refused]), "-c", self.config, expect=(1, 2))
            self.assertIn("uniformed", self.complaint)

    def test_texts_of_the_handbook_are_read_as_it_says(self):
        lines = [line for _, body in boxes("administrator.md", "sms") for line in body.splitlines() if line.strip()]
        self.assertGreater(len(lines), 3)
        for line in lines:
            text, event, place = (part.strip() for part in line.split("|"))
            readings = json.loads(self.tama("sheet", "decode", text, self.dir / "sheet.conf", "--json"))["readings"]
            self.assertEqual([(r["event"], r["place"]) for r in readings], [(event, place)], line)

    def test_settings_of_the_handbook_are_settings(self):
        with self.config.open("a") as f:
            for _, body in boxes("administrator.md", "conf"):
                for line in body.splitlines():
                    if not re.match("pseudonym = ", line):  # tama init has written it
                        f.write(line + "\n")
        self.tama("rules", "check", "-c", self.config)
        self.start(unlock=False)

    # ---- names ----------------------------------------------------------------------------------------------------------

    def test_every_state_and_alarm_of_a_station_is_in_the_table(self):
        page = re.sub(r"\s+", " ", (DOC / "operator.md").read_text())
        state = (ROOT / "gateway/state.c").read_text()
        names = re.findall(r'"([a-z-]+)"', re.search(r"names\[STATE_CODE_END_\] = \{(.*?)\}", state, re.S)[1])
        self.assertGreater(len(names), 7)
        for name in names:
            self.assertIn(f"`{name}`", page, "a state of gateway/state.c")
        health = (ROOT / "gateway/modem_health.c").read_text()
        alarms = re.findall(r'say\(m, STATE_[A-Z_]+, "([^"]+)"', health) + re.findall(r'"([^"\n]+)"', re.search(r"why\[\] = \{(.*?)\}", health, re.S)[1])
        rules = re.search(r"static const char \*rules_text.*?\n\}", (ROOT / "gateway/status.c").read_text(), re.S)[0]
        alarms += re.findall(r'"([^"\n]+)"', rules)
        self.assertGreater(len(alarms), 7)
        for alarm in alarms:
            self.assertIn(alarm, page, "an alarm of tama status")

    def test_what_the_pages_name_is_there(self):
        commands = set(re.findall(r"^  tama ([a-z]+) ", self.tama("help"), re.M))
        for page in DOC.glob("*.md"):
            text = page.read_text()
            for said in INLINE.findall(re.sub(r"\s+", " ", text)) + re.findall(r"^ +(tama .*)$", text, re.M):
                words = said.split()
                if words[1] == "…":
                    continue
                self.assertIn(words[1].strip(".,;"), commands, f"{page.name}: {said}")
                helped = self.tama(words[1], "--help")
                for option in re.findall(r"--[a-z-]+", said):
                    self.assertIn(option, helped, f"{page.name}: {said}")
            for named in re.findall(r"(?<![\w/-])((?:packaging|tests|gateway|rules|crypto)/[\w./*-]+[\w*])", text):
                self.assertTrue(list(ROOT.glob(named)), f"{page.name}: {named} is not there")

    def test_the_cards_are_well_formed(self):
        cards = list(DOC.glob("*.svg"))
        self.assertTrue(cards)
        for card in cards:
            root = xml.etree.ElementTree.parse(card).getroot()
            self.assertTrue(root.tag.endswith("svg"))
            said = " ".join(t.text or "" for t in root.iter() if t.tag.endswith(("text", "tspan")))
            for must in ("Effacez", "Delete"):
                self.assertIn(must, said)


if __name__ == "__main__":
    unittest.main(verbosity=2)
