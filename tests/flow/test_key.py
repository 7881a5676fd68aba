# SPDX-License-Identifier: GPL-2.0-or-later
"""New keys on command, and that old ones are gone from every file: nothing that was in a key file or a pad is found
again in the station's folder, freed blocks of its disk included."""
import contextlib
import json
import os
import pathlib
import subprocess

import flow


@contextlib.contextmanager
def disk(where, megabytes=48):
    """A file system of its own in a file, mounted; None where that is not allowed."""
    image, mount = where / "disk.img", where / "disk"
    mount.mkdir()
    with image.open("wb") as f:
        f.truncate(megabytes << 20)
    made = subprocess.run(["mkfs.ext4", "-q", "-F", image], capture_output=True, check=False)
    if made.returncode or subprocess.run(["mount", "-o", "loop", image, mount], capture_output=True, check=False).returncode:
        yield None, None
        return
    try:
        yield mount, image
    finally:
        subprocess.run(["umount", mount], check=False)


class Key(flow.Flow):
    def as_awa(self, *args, expect=0):
        return self.tama(*args, "-c", self.config, "--as", "awa", "--password-file", self.password, expect=expect)

    def send(self, n):
        before = self.rows()
        for i in range(n):
            self.arrive(f"+2231050{before + i:04d}", f"A5 12H {before + i + 10}")
        return self.settle(before + n)

    def pinned(self):
        return next(line.split('"')[1] for line in self.config.read_text().splitlines() if line.strip().startswith("key ="))

    def keys(self):
        return {f.name for f in (self.dir / "keys").iterdir()}

    def audit(self):
        return [r["kind"] for r in json.loads(self.tama("audit", "show", "-c", self.config, "--json"))]

    def test_the_spool_in_flight_survives_a_new_station_key(self):
        self.start()
        self.send(3)
        before = self.pinned()
        os.kill(self.pid("triage"), 19)  # SIGSTOP: what comes now stays in the spool, sealed to the old key
        try:
            for i in range(5):
                self.arrive(f"+2231051{i:04d}", f"A1 12H {i + 10}")
            flow.wait_for(lambda: self.modem.stats()["slots_used"] == 0, 20, "sealed")
        finally:
            os.kill(self.pid("triage"), 18)
        self.as_awa("key", "rotate", "station")
        self.assertNotEqual(self.pinned(), before)
        self.assertEqual(len(self.send(4)), 12)
        flow.wait_for(lambda: "station-old.key" not in self.keys(), 10, "the old key is destroyed")
        self.assertNotIn("station-next.key", self.keys())
        self.assertIn("station-key-destroyed", self.audit())
        self.stop()
        self.start()
        self.assertEqual(len(self.send(1)), 13)

    def test_frames_of_both_keys_behind_a_lock(self):
        """The old key waits, wrapped, until its frames are read: also over a lock, a power cut and with no new text."""
        self.start()
        self.send(1)
        self.tama("lock", "-c", self.config)
        for i in range(3):
            self.arrive(f"+2231052{i:04d}", f"A1 12H {i + 10}")
        flow.wait_for(lambda: self.modem.stats()["slots_used"] == 0, 20, "sealed")
        self.as_awa("key", "rotate", "station", expect=3)
        self.assertIn("tama unlock", self.complaint)
        self.unlock()
        self.settle(4)
        self.as_awa("key", "rotate", "station")
        flow.wait_for(lambda: "station-old.key" not in self.keys(), 10, "a silent station too gives the old key up")
        self.kill_all()
        self.start()
        self.assertEqual(len(self.send(2)), 6)

    def test_pseudonym(self):
        self.start()
        self.arrive("+22310530000", "A5 12H 10")
        first = self.settle(1)[0]["handle"]
        self.as_awa("key", "rotate", "pseudonym")
        self.arrive("+22310530000", "A5 12H 11")
        second = max(self.settle(2), key=lambda a: a["id"])["handle"]
        self.assertNotEqual(first, second)

    def test_log(self):
        self.start()
        self.as_awa("key", "rotate", "log")
        self.as_awa("key", "rotate", "log")
        self.stop()
        self.start()
        self.assertIn("log-rotated", self.audit())
        self.assertTrue(json.loads(self.tama("audit", "verify", "-c", self.config, "--json"))["whole"])
        self.assertNotIn("log-next.key", self.keys())

    def test_a_wrong_word(self):
        self.start()
        self.as_awa("key", "rotate", "everything", expect=2)
        self.as_awa("key", "spin", expect=2)

    def test_destroyed_keys_are_gone_from_the_disk(self):
        with disk(self.where) as (mount, image):
            if not mount:
                self.skipTest("no file system of its own can be mounted here")
            self.dir, self.config = mount / "station", mount / "station/tama.conf"
            self.settings = "pseudonym = { epoch_days = 7; persist = true; };\n"
            self.tama("init", self.dir, "--demo", "--modem", self.modem.device)
            text = self.config.read_text().replace("persist = false", "persist = true")
            self.config.write_text(text)
            self.start()
            self.send(3)
            old = {}
            for name in ("station.key", "log", next(n for n in self.keys() if n.startswith("epoch-"))):
                old[name] = (self.dir / "keys" / name).read_bytes()
            kept = (self.dir / "keys/working.key").read_bytes()
            for what in ("station", "pseudonym", "log"):
                self.as_awa("key", "rotate", what)
            self.send(1)
            flow.wait_for(lambda: "station-old.key" not in self.keys(), 10, "drained")
            self.stop()
            subprocess.run(["sync"], check=True)
            data = image.read_bytes()
            self.assertIn(kept[:48], data, "the search finds a key that is there")
            for name, octets in old.items():
                piece = octets[1:49] if name != "log" else octets[60:108]
                self.assertNotIn(piece, data, f"{name} is still on the disk")


if __name__ == "__main__":
    flow.main()
