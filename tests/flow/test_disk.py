# SPDX-License-Identifier: GPL-2.0-or-later
"""A station that is stolen while switched off yields no number and no text: its files, and with a file system of its
own every block of the disk, are searched in each form that a number or a text takes between the modem and a person."""
import os
import pathlib
import shutil
import subprocess

import flow
from forms import gsm7_packed, needles, semi_octets

# Rare in any other data, so that a hit is a leak.
CANARIES = [("+22310987654", "Zwankoro 12H quatre-vingt-onze motards"), ("+22310876543", "Ɛ dugu bolila 13K ŋɔgɔn"),
            ("+22310765432", "A1 12H " + "zwazwa kumbe dunya " * 12)]


def search(data):
    """Which forms of which canaries are in `data`: names only, never the canary. Case of hex does not matter."""
    found, lower = set(), data.lower()
    for i, canary in enumerate(CANARIES):
        for (what, form), octets in needles(*canary).items():
            if (octets.lower() in lower) if form.startswith("hex") else (octets in data):
                found.add((i, what, form))
    return found


class Disk(flow.Flow):
    def test_the_search_finds_what_is_planted(self):
        for number, text in CANARIES:
            for (what, form), octets in needles(number, text).items():
                hit = {(w, f) for _, w, f in search(os.urandom(100) + octets + os.urandom(100))}
                self.assertIn((what, form), hit)
        self.assertEqual(search(os.urandom(1 << 20)), set())

    def use(self):
        """Everything that leaves traces: alerts, a joined message, a waiting part, notes, lock and unlock, kills."""
        self.edit_config()
        self.start(unlock=False)
        for number, text in CANARIES:
            self.arrive(number, text)
        flow.wait_for(lambda: self.modem.stats()["slots_used"] == 0, 20, "sealed")
        self.unlock()
        self.settle(3)
        texts = {a["text"] for a in self.alerts()}
        self.assertEqual(texts, {text for _, text in CANARIES})  # they were there
        data = "050003110301" + CANARIES[0][1][:30].encode("utf-16-be").hex()
        self.modem.ask("pdu", hex="00" + "44" + "0B91" + semi_octets(CANARIES[0][0]).hex() + "0008" +
                       "42201021436500" + f"{len(data) // 2:02X}" + data)
        flow.wait_for(lambda: self.status()["waiting_parts"] == 1, 20, "a part waits")
        self.queue("note", 1, CANARIES[1][1])
        os.kill(self.pid("triage"), flow.signal.SIGKILL)
        flow.wait_for(self.ready, 20, "triage is back")
        self.arrive(CANARIES[0][0], CANARIES[0][1] + " encore")
        self.settle(4)

    def edit_config(self):
        text = self.config.read_text()
        self.config.write_text(text.replace("persist = false", "persist = true"))

    def test_files_of_a_station_switched_off(self):
        self.use()
        self.kill_all()  # nothing is tidied up
        files = [p for p in self.dir.rglob("*") if p.is_file()] + [self.where / "tama.log"]
        self.assertTrue({"queue.db", "queue.db-wal", "0000000000000001.seg"} <= {p.name for p in files})
        hits = {(p.name, *hit) for p in files for hit in search(p.read_bytes())}
        self.assertEqual(hits, set())
        (self.dir / "spool/planted").write_bytes(os.urandom(3000) + semi_octets(CANARIES[0][0]) + os.urandom(3000))
        self.assertNotEqual(search((self.dir / "spool/planted").read_bytes()), set())

    def test_every_block_of_its_disk(self):
        """The same on an ext4 image, free blocks and journal included."""
        image, mount = self.where / "image", self.where / "mount"
        mount.mkdir()
        with image.open("wb") as f:
            f.truncate(64 << 20)
        if os.geteuid() != 0 or not shutil.which("mkfs.ext4") or \
                subprocess.run(["mkfs.ext4", "-q", str(image)], capture_output=True, check=False).returncode or \
                subprocess.run(["mount", "-o", "loop", str(image), str(mount)], capture_output=True,
                               check=False).returncode:
            self.skipTest("no root, mkfs.ext4 or loop device here: files were searched, blocks were not")
        self.addCleanup(subprocess.run, ["umount", "-l", str(mount)], check=False, capture_output=True)
        shutil.move(self.dir, mount / "station")
        self.dir, self.config = mount / "station", mount / "station/tama.conf"
        self.use()
        self.kill_all()
        os.sync()
        self.assertEqual(search(image.read_bytes()), set())
        (self.dir / "planted").write_bytes(CANARIES[1][1].encode("utf-16-be"))
        os.sync()
        self.assertNotEqual(search(image.read_bytes()), set())


if __name__ == "__main__":
    flow.main()
