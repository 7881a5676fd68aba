# SPDX-License-Identifier: GPL-2.0-or-later
"""What the flow tests share: a whole station on a simulated modem, driven from outside through the contract of the
command line. Numbers are of the unassigned range +22310xxxxxx; no failure message shows a sender or a text."""
import contextlib
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import station  # noqa: E402

BUILD = pathlib.Path(os.environ["TAMA_BUILD"])
TAMA = BUILD / "gateway/tama"
FAIL_SYNC = os.environ.get("TAMA_FAIL_SYNC_LIBRARY")
SLOW = 10 if os.environ.get("TAMA_SLOW") else 1  # sanitizers, loaded machines


def wait_for(condition, timeout_s, what):
    end = time.monotonic() + timeout_s * SLOW
    while not (result := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {timeout_s * SLOW} s")
        time.sleep(0.02)
    return result


class Flow(unittest.TestCase):
    """A demo station (known secrets, fast key derivation) in a folder that goes away."""

    slots, options, settings, wait = 30, (), "", False

    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="tama-flow-")
        self.addCleanup(self.temporary.cleanup)
        self.where = pathlib.Path(self.temporary.name)
        self.dir, self.config = self.where / "station", self.where / "station/tama.conf"
        self.passphrase, self.password = self.where / "passphrase", self.where / "password"
        self.passphrase.write_text("demo demo demo\n")
        self.password.write_text("demo\n")
        self.modem = station.Modem(BUILD, self.where, "--slots", str(self.slots), *self.options)
        self.addCleanup(self.modem.end)
        self.tama("init", self.dir, "--demo", "--modem", self.modem.device)
        with self.config.open("a") as f:
            f.write(self.settings)
            if "console" not in self.settings:  # its port would be the same for all
                f.write("console = { enabled = false; };\n")
        self.running, self.environment = None, {}
        self.addCleanup(self.stop)

    def tama(self, *args, expect=0):
        """Runs `tama`, returns what it said on stdout; fails when the exit status is not `expect` (or one of them)."""
        done = subprocess.run([str(TAMA), *map(str, args)], capture_output=True, text=True, timeout=120 * SLOW,
                              stdin=subprocess.DEVNULL, check=False, env={**os.environ, **getattr(self, "environment", {})})
        self.complaint = done.stderr
        if "Sanitizer" in done.stderr or "runtime error" in done.stderr:
            raise AssertionError(f"tama {args[0]}: {done.stderr.strip()}")
        if done.returncode not in (expect if isinstance(expect, tuple) else (expect,)):
            raise AssertionError(f"tama {args[0]}: exit {done.returncode}, expected {expect}: {done.stderr.strip()}")
        return done.stdout

    def start(self, unlock=True):
        self.running = station.Program([TAMA, "run", "-c", self.config], self.where, "tama", self.environment)
        wait_for(self.ready, 20, "the station runs")
        if unlock:
            self.unlock()

    def clock(self, set_forward_s=0, gone_on_s=0):
        """From the next start on the station has a clock that this sets: both for time that passed, the first for a jump."""
        path = self.where / "clock"
        if not path.exists():
            path.write_bytes(b" " * 40)
            self.environment = {"LD_PRELOAD": os.environ["TAMA_CLOCK_LIBRARY"], "TAMA_CLOCK": str(path)}
        with path.open("r+b") as f:
            f.write(f"{set_forward_s:<19} {gone_on_s:<19} ".encode())

    def stop(self):
        if self.running:
            self.running.end()
            # libGammu's own crashes are a part of some tests; a leak or an undefined step is ours
            if any(w in self.running.log.read_text(errors="replace") for w in ("LeakSanitizer", "runtime error")):
                raise AssertionError(f"a sanitizer complained:\n{self.running.log.read_text(errors='replace')}")
        self.running = None

    def kill_all(self):
        """A power cut as far as processes go: the supervisor is killed, its children die with it."""
        self.running.process.send_signal(signal.SIGKILL)
        self.running.end()
        self.running = None

    def ready(self):
        try:
            return all(p["ready"] for p in self.status()["processes"])
        except AssertionError:
            return False

    def unlock(self):
        self.tama("unlock", "-c", self.config, "--passphrase-file", self.passphrase)

    def status(self):
        return json.loads(self.tama("status", "-c", self.config, "--json"))

    def queue(self, *args, expect=0):
        return self.tama("queue", *args, "-c", self.config, "--as", "awa", "--password-file", self.password,
                         expect=expect)

    def alerts(self, *args):
        return json.loads(self.queue("list", "--all", "--json", *args))

    def arrive(self, sender, text):
        self.modem.ask("text", **{"from": sender, "text": text})

    def settle(self, alerts, timeout_s=30):
        """Waits until the SIM is empty, the spool read up and the queue as long as said; returns the alerts."""
        def done():
            s, m = self.status(), self.modem.stats()
            return m["slots_used"] == 0 and m["waiting"] == 0 and s["spool_depth"] == 0 and self.rows() >= alerts
        try:
            wait_for(done, timeout_s, f"{alerts} alerts")
        except AssertionError as e:
            raise AssertionError(f"{e}: {self.rows()} rows, modem {self.modem.stats()}, station {self.status()}") from None
        return self.alerts()

    def rows(self):
        with contextlib.closing(sqlite3.connect(f"file:{self.dir}/queue.db?mode=ro", uri=True)) as db:
            return db.execute("SELECT count(*) FROM alert").fetchone()[0]

    def pid(self, name):
        return next(p["pid"] for p in self.status()["processes"] if p["name"] == name)


def main():
    unittest.main(verbosity=2)
