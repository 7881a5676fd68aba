# SPDX-License-Identifier: GPL-2.0-or-later
"""A station that an older Tama left (keep_version.py made each of them once) in the hands of this one: every alert is what
it was, new ones come, and a migration that is cut off leaves the old database as it was."""
import contextlib
import hashlib
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import tarfile
import time
import unittest

import flow
from flow import wait_for

FIXTURES = pathlib.Path(__file__).resolve().parents[1] / "fixtures"
LIBRARY = os.environ["TAMA_STORE_WRITE_LIBRARY"]
OLDEST = 2


class Upgrade(flow.Flow):
    version = OLDEST

    def setUp(self):
        super().setUp()
        shutil.rmtree(self.dir)
        with tarfile.open(FIXTURES / f"station-v{self.version}.tar.xz") as tar:
            tar.extractall(self.where, filter="data")
        before = json.loads((self.where / "before.json").read_text())
        self.before, self.shown = before["list"], before["show"]
        lines = self.config.read_text().splitlines()
        self.config.write_text("\n".join(f'  {{ name = "gsm0"; device = "{self.modem.device}"; connection = "at115200"; }}'
                                         if 'name = "gsm0"' in line else line for line in lines) + "\nconsole = { enabled = false; };\n")
        (self.dir / "run").mkdir(mode=0o700, exist_ok=True)
        self.clock(set_forward_s=before["at"] + 60 - int(time.time()))  # retention has not ended since

    def database(self, sql):
        with contextlib.closing(sqlite3.connect(self.dir / "queue.db")) as db:
            return db.execute(sql).fetchall()

    def content(self):
        """Every table and row of the database as it lies there, its version first."""
        with contextlib.closing(sqlite3.connect(self.dir / "queue.db")) as db:
            dump = "\n".join(db.iterdump())
            return db.execute("PRAGMA user_version").fetchone()[0], hashlib.sha256(dump.encode()).hexdigest()

    def assert_the_same(self, before, now):
        """What the old version showed is shown: new fields may have come, none went or changed."""
        judged = {"grade"} if before["state"] == "closed" else set()  # since version 3 the outcome is a part of it
        changed = sorted(k for k in before if k not in judged and (k not in now or now[k] != before[k]))
        self.assertEqual(changed, [], f"alert {before['id']}: these fields are not what they were")

    def test_every_alert_is_what_it_was_and_new_ones_come(self):
        self.start()
        flow.wait_for(lambda: self.status()["spool_depth"] == 0, 30, "what was sealed is read")
        self.assertGreater(self.database("PRAGMA user_version")[0][0], self.version)
        now = {a["id"]: a for a in self.alerts()}
        self.assertEqual(len(now), len(self.before) + 3, "three texts lay sealed in the spool")
        for a in self.before:
            self.assert_the_same(a, now[a["id"]])
            self.assert_the_same(self.shown[str(a["id"])], json.loads(self.queue("show", a["id"], "--json")))
        self.arrive("+22310000077", "A1 12H 7")
        self.assertEqual(max(a["count"] for a in self.settle(len(now) + 1) if a["id"] not in now), 7)
        self.queue("ack", "6")
        self.queue("close", "6", "confirmed", "vu")
        self.assertTrue(json.loads(self.tama("audit", "verify", "-c", self.config, "--json"))["whole"])

    def test_who_only_reads_says_what_to_do_and_changes_nothing(self):
        before = self.content()
        for words in (["queue", "list", "--as", "awa", "--password-file", self.password], ["audit", "verify"],
                      ["backup", self.where / "backup"]):
            self.tama(*words, "-c", self.config, expect=3)
            self.assertIn("older version", self.complaint)
            self.assertIn("tama run", self.complaint)
        self.assertEqual(self.content(), before)

    def cut_off(self, how, at):
        """One start in which the `at`th write of the migration fails so; whether the database is the new one after it."""
        self.environment = {**self.clocked, "LD_PRELOAD": f"{LIBRARY}:{self.clocked['LD_PRELOAD']}", how: str(at)}
        self.running = flow.station.Program([flow.TAMA, "run", "-c", self.config], self.where, "tama", self.environment)
        program = self.running
        def triage():
            """How its first life went."""
            log = program.log.read_text(errors="replace")
            return "process=triage ended" in log or "queue.db:" in log or self.is_up()
        wait_for(triage, 30, "triage has tried")
        program.process.send_signal(signal.SIGKILL)
        self.running.end()
        self.running = None
        return self.content()

    def is_up(self):
        try:
            return next(p for p in json.loads(self.tama("status", "-c", self.config, "--json", expect=(0, 3)) or "{}")["processes"]
                        if p["name"] == "triage")["ready"]
        except (KeyError, StopIteration):
            return False

    def every_write(self, how):
        self.clocked = self.environment
        before = self.content()
        saved = self.where / "saved"
        shutil.copytree(self.dir, saved)
        tries = 0
        for at in range(1, 400, 1 if flow.SLOW == 1 else 7):
            after = self.cut_off(how, at)
            if after[0] != self.version:
                break
            tries += 1
            self.assertEqual(after, before, f"write {at} was the last: version {self.version} is not what it was")
        self.assertGreater(tries, 1 if flow.SLOW > 1 else 8, "the migration was not cut off")
        self.environment = self.clocked
        self.start()
        flow.wait_for(lambda: self.status()["spool_depth"] == 0, 30, "what was sealed is read")
        now = {a["id"]: a for a in self.alerts()}
        for a in self.before:
            self.assert_the_same(a, now[a["id"]])

    def test_killed_at_any_write_the_old_version_is_whole(self):
        self.every_write("TAMA_WRITE_KILL")

    def test_on_a_full_disk_the_old_version_is_whole(self):
        self.every_write("TAMA_WRITE_FULL")


if __name__ == "__main__":
    unittest.main(verbosity=2)
