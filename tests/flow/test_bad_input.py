# SPDX-License-Identifier: GPL-2.0-or-later
"""What a tired administrator, a broken disk or an enemy puts in: one clear message, exit 2 or 3, nothing changed."""
import hashlib
import os
import sqlite3
import subprocess

import flow
import station
from flow import TAMA


class BadInput(flow.Flow):
    def snapshot(self):
        """Everything in the station's folder but run/ (locks and sockets)."""
        return {p.relative_to(self.dir): hashlib.sha256(p.read_bytes()).hexdigest()
                for p in self.dir.rglob("*") if p.is_file() and "run" not in p.relative_to(self.dir).parts}

    def refused(self, *args, expect, says):
        before = self.snapshot()
        self.tama(*args, expect=expect)
        self.assertEqual(self.snapshot(), before)
        lines = [line for line in self.complaint.splitlines() if line]
        for word in says:
            self.assertIn(word, self.complaint)
        return lines

    def edit(self, name, old, new):
        path = self.dir / name
        text = path.read_text()
        self.assertIn(old, text)
        path.write_text(text.replace(old, new, 1))
        return text[:text.index(old)].count("\n") + 1

    def run_refused(self, expect, *says):
        return self.refused("run", "-c", self.config, expect=expect, says=says)

    def test_configuration(self):
        self.assertEqual(len(self.refused("run", "-c", self.where / "none.conf", expect=2,
                                          says=["none.conf", "tama init"])), 1)
        line = self.edit("tama.conf", "persist = false", "persist = 7")
        self.assertEqual(len(self.run_refused(2, f"tama.conf:{line}:", "true or false")), 1)
        self.edit("tama.conf", "persist = 7", "persits = false")
        self.run_refused(2, f"tama.conf:{line}:", "persits", "tama help config")
        self.edit("tama.conf", "persits = false;", "persist = ;")
        self.run_refused(2, f"tama.conf:{line}:", "syntax")

    def test_code_sheet(self):
        line = self.edit("sheet.conf", 'code = "A1"', 'code = "A3"')
        lines = (self.dir / "sheet.conf").read_text().splitlines()
        second = next(n for n, text in enumerate(lines, 1) if n > line and 'code = "A3"' in text)
        found = self.run_refused(2, f"sheet.conf:{second}:", "A3", f"line {line}")
        self.assertIn(f"sheet.conf:{second}:", found[0])
        self.refused("sheet", "check", "-c", self.config, expect=1, says=["sheet.conf:"])
        self.refused("sheet", "check", self.where / "none", expect=2, says=["none"])
        (self.where / "broken").write_text("events = (\n  { code = \n")
        self.refused("sheet", "check", self.where / "broken", expect=2, says=["broken:"])

    def test_place_without_its_check_letter(self):
        line = self.edit("sheet.conf", 'code = "12H"', 'code = "12K"')
        self.run_refused(2, f"sheet.conf:{line}:", "12")

    def test_rules(self):
        line = self.edit("rules.conf", 'event = ("B5")', 'event = ("B9")')
        self.run_refused(2, f"rules.conf:{line}:", "B9")
        self.refused("rules", "check", "-c", self.config, expect=1, says=[f"rules.conf:{line}:"])
        self.edit("rules.conf", 'event = ("B9")', 'evnt = ("B5")')
        self.run_refused(2, f"rules.conf:{line}:", "evnt", "event")

    def test_rules_that_fail_their_own_tests(self):
        line = self.edit("rules.conf", 'text = "A1 12H"; event = "A1"; severity = 5',
                         'text = "A1 12H"; event = "A1"; severity = 2')
        self.refused("rules", "check", "-c", self.config, expect=1, says=[f"rules.conf:{line}:", "severity"])

    def test_reload_keeps_what_runs(self):
        self.start()
        self.edit("rules.conf", 'event = ("B5")', 'event = ("B9")')
        self.running.process.send_signal(flow.signal.SIGHUP)
        self.arrive("+22310000001", "B5 12H")
        self.assertEqual(self.settle(1)[0]["queue"], "restricted")
        flow.wait_for(lambda: "the old ones go on" in self.running.log.read_text(), 10, "it says so")

    def test_reload_takes_a_good_file(self):
        self.start()
        self.edit("rules.conf", 'name = "sexual violence stays with few";\n    when = { event = ("B5"); };\n'
                                '    then = { queue = "restricted";',
                  'name = "other";\n    when = { event = ("B5"); };\n    then = { queue = "oversight";')
        self.edit("rules.conf", 'text = "B5 200J"; queue = "restricted"', 'text = "B5 200J"; queue = "oversight"')
        self.running.process.send_signal(flow.signal.SIGHUP)
        flow.wait_for(lambda: self.running.log.read_text().count("rules=") == 2, 10, "they are read")
        self.arrive("+22310000001", "B5 12H")
        self.assertEqual(self.settle(1)[0]["queue"], "oversight")

    def test_station_key_that_is_not_the_pinned_one(self):
        (self.dir / "keys/station.pub").write_text("00" * 31 + "01\n")
        self.run_refused(2, "station.pub", "do not start")

    def test_device_that_is_not_there(self):
        self.modem.end()
        self.assertEqual(len([line for line in self.run_refused(3, str(self.modem.device), "--wait")]), 1)

    def test_database_of_another_version(self):
        db = sqlite3.connect(self.dir / "queue.db")
        db.execute("PRAGMA user_version = 99")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()
        self.run_refused(3, "queue.db", "another version", "nothing was changed")

    def test_database_that_is_no_database(self):
        (self.dir / "queue.db").write_bytes(os.urandom(8192))
        self.run_refused(3, "queue.db")
        (self.dir / "queue.db").unlink()
        self.run_refused(3, "queue.db", "tama init")

    def test_second_station_in_the_same_folder(self):
        self.start()
        self.tama("run", "-c", self.config, expect=3)
        self.assertIn("runs already", self.complaint)
        self.arrive("+22310000001", "A1 12H")
        self.assertEqual(len(self.settle(1)), 1)

    def test_init_does_not_touch_what_is_there(self):
        self.refused("init", self.dir, "--demo", expect=2, says=["not an empty folder", "nothing was changed"])
        for wrong in (["--custodians", "4/3"], ["--custodians", "1/3"], ["--custodians", "two"],
                      ["--custodians", "2/17"], ["--officer", "x" * 32], ["--password-file", self.password],
                      ["--modem", 'a"b'], ["--frobnicate"], ["--officer"]):
            self.tama("init", self.where / "new", "--passphrase-file", self.passphrase, *wrong, expect=2)
            self.assertFalse((self.where / "new").exists(), wrong)
        self.tama("init", self.where / "new", "--passphrase-file", self.where / "none", expect=2)
        self.tama("init", self.where / "no/such/parent", "--demo", expect=3)
        self.assertEqual([p.name for p in self.where.iterdir() if "new" in p.name], [])

    def test_init_makes_a_station(self):
        self.tama("init", self.where / "new", "--passphrase-file", self.passphrase, "--officer", "Awa Traoré",
                  "--password-file", self.password, "--custodians", "3/5", "--modem", self.modem.device)
        self.assertEqual(len(list((self.where / "new/custodians").iterdir())), 5)
        for path in (self.where / "new").rglob("*"):
            if path.parent.name in ("keys", "custodians") or path.is_dir():
                self.assertEqual(path.stat().st_mode & 0o077, 0, path)

    def test_init_fills_the_folder_that_a_package_made(self):
        """As /var/lib/tama: it belongs to the station's user, who may not write beside it."""
        place = self.where / "lib/tama"
        place.mkdir(parents=True)
        place.parent.chmod(0o555)
        self.addCleanup(place.parent.chmod, 0o755)
        bound = ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override"] if os.geteuid() == 0 else []
        subprocess.run([*bound, TAMA, "init", place, "--demo"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.assertEqual(sorted(p.name for p in place.iterdir()),
                         ["console", "custodians", "keys", "queue.db", "rules.conf", "run", "sheet.conf", "spool", "tama.conf"])
        self.tama("sheet", "check", "-c", place / "tama.conf")
        self.tama("init", place, "--demo", expect=2)
        if os.geteuid() == 0:
            other = self.where / "other"
            other.mkdir()
            os.chown(other, 65534, -1)
            self.refused("init", other, "--demo", expect=2, says=["belongs to", "runuser -u"])
            self.assertEqual(list(other.iterdir()), [])

    def test_wrong_words(self):
        for words in (["frobnicate"], ["queue"], ["queue", "list", "--as"], ["sheet", "frob"], ["rules"],
                      ["status", "more"], ["unlock", "-x"], ["queue", "frob", "--as", "awa"], ["run", "-c"]):
            self.tama(*words, expect=2)
            self.assertTrue(self.complaint.startswith("tama"), self.complaint)
        for command in ("init", "run", "unlock", "lock", "status", "queue", "sheet", "rules", "help"):
            self.assertIn("--help", self.tama(command, "--help"))
        self.assertIn("reassembly.wait_s", self.tama("help", "config"))

    def test_a_stranger_at_the_sockets(self):
        self.start()
        for name in ("station", "triage"):
            for data in (b"", b"\0", os.urandom(8), os.urandom(400), b"Tm\x01\x0f" + b"\0" * 4, os.urandom(70000)):
                with station.socket.socket(station.socket.AF_UNIX, station.socket.SOCK_SEQPACKET) as s:
                    s.connect(str(self.dir / f"run/{name}.sock"))
                    s.settimeout(2)
                    try:
                        s.send(data)
                        s.recv(100)
                    except OSError:
                        pass
        self.arrive("+22310000001", "A1 12H")
        self.assertEqual(len(self.settle(1)), 1)
        self.assertEqual({p["restarts"] for p in self.status()["processes"]}, {0})


if __name__ == "__main__":
    flow.main()
