# SPDX-License-Identifier: GPL-2.0-or-later
"""A disk that is full, that can only be read, or whose pages are torn: texts stay on the SIM while nothing can be written,
what is broken is named, and the rest goes on."""
import contextlib
import json
import os
import shutil
import sqlite3
import subprocess

import flow


class Storage(flow.Flow):
    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest("a file system of its own needs root")
        self.mount = self.where / "disk"
        self.mount.mkdir()
        self.mounted("-t", "tmpfs", "-o", "size=24m,mode=700", "none", self.mount)
        self.addCleanup(subprocess.run, ["umount", "-l", str(self.mount)], check=False, capture_output=True)
        shutil.move(self.dir, self.mount / "station")
        self.dir, self.config = self.mount / "station", self.mount / "station/tama.conf"

    def mounted(self, *words):
        done = subprocess.run(["mount", *map(str, words)], capture_output=True, text=True, check=False)
        if done.returncode:
            self.skipTest(f"nothing can be mounted here: {done.stderr.strip()}")

    def texts(self, first, last):
        for i in range(first, last + 1):
            self.arrive(f"+22310{i:06d}", f"A5 12H {i}")

    def readable(self):
        """What `list` still prints of a queue with a broken page; it says that there is more."""
        shown = json.loads(self.queue("list", "--all", "--json", expect=3))
        self.assertIn("queue.db has broken pages", self.complaint)
        return [a["id"] for a in shown]

    def counts(self, alerts):
        return sorted(a["count"] for a in alerts if a["handle"] != "STATION")

    def fill(self):
        """To the last octet, so that not even what was made in advance helps for long."""
        with (self.mount / "filler").open("wb", buffering=0) as f, contextlib.suppress(OSError):
            while f.write(bytes(65536)):
                pass

    def test_a_full_disk_keeps_texts_where_they_are(self):
        """The spool takes what it made room for; then the SIM and the network hold the rest, and it is said."""
        self.config.write_text(self.config.read_text() + "spool = { segment_frames = 16; };\n")
        self.start()
        self.texts(1, 5)
        self.settle(5)
        self.fill()
        self.texts(6, 45)
        flow.wait_for(lambda: self.status()["disk_full"], 30, "it is said")
        flow.time.sleep(1)
        held = self.modem.stats()
        self.assertGreater(held["slots_used"] + held["waiting"], 0)
        self.assertIn("disk full", self.tama("status", "-c", self.config).lower())
        (self.mount / "filler").unlink()
        alerts = flow.wait_for(lambda: (a := self.alerts()) and len(self.counts(a)) >= 45 and a, 60, "all are there")
        self.assertEqual(self.counts(alerts), list(range(1, 46)))
        flow.wait_for(lambda: not self.status()["disk_full"], 30, "all is well again")

    def test_a_disk_that_can_only_be_read(self):
        """As after an error of ext4: nothing can be durable, so the station does not begin, and the SIM keeps its texts."""
        self.start()
        self.texts(1, 3)
        self.settle(3)
        self.stop()
        self.mounted("-o", "remount,ro", self.mount)
        self.texts(4, 8)
        self.tama("run", "-c", self.config, expect=3)
        self.assertIn("Read-only file system", self.complaint)
        self.mounted("-o", "remount,rw", self.mount)
        self.start()
        self.assertEqual(self.counts(self.settle(8)), list(range(1, 9)))

    def page_of(self, alert):
        """Number of the database's page where that alert stands."""
        with contextlib.closing(sqlite3.connect(self.dir / "queue.db")) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            size = db.execute("PRAGMA page_size").fetchone()[0]
            body = db.execute("SELECT body FROM alert WHERE id = ?", (alert,)).fetchone()[0]
        data = (self.dir / "queue.db").read_bytes()
        return data.index(body[:64]) // size, size

    def test_a_broken_page_costs_what_stood_on_it(self):
        self.start()
        self.texts(1, 40)
        self.settle(40)
        self.stop()
        page, size = self.page_of(3)
        with (self.dir / "queue.db").open("r+b") as f:
            f.seek(page * size)
            f.write(b"\xff" * size)
        self.start()
        shown = self.readable()
        self.assertGreater(len(shown), 20)
        self.assertNotIn(3, shown)
        self.texts(41, 45)
        flow.wait_for(lambda: len([i for i in self.readable() if i > 40]) == 5, 60, "new ones come in")


if __name__ == "__main__":
    flow.main()
