# SPDX-License-Identifier: GPL-2.0-or-later
"""Keeps a station as one version of Tama left it, for test_upgrade.py of all later ones. Once, before a version of the
database is released, with a build of that version:  TAMA_BUILD=… python3 tests/flow/keep_version.py OUT.tar.xz"""
import json
import pathlib
import sys
import tarfile
import time

import flow

SCENARIO = pathlib.Path(__file__).resolve().parents[2] / "packaging/demo/scenario.tsv"


class Keep(flow.Flow):
    settings = "spool = { segment_frames = 16; };\n"

    def runTest(self):
        self.start()
        texts = [line.split("\t") for line in SCENARIO.read_text().splitlines() if line]
        for sender, text in texts:
            self.arrive(sender, text)
        self.settle(len(texts))
        self.act()
        self.tama("lock", "-c", self.config)
        for i in range(3):  # sealed, and never read by this version
            self.arrive(f"+2231000009{i}", f"A5 12H {20 + i}")
        flow.wait_for(lambda: self.status()["spool_depth"] == 3, 20, "three texts are sealed")
        self.stop()
        self.keep(pathlib.Path(sys.argv[1]))

    def act(self):
        """Something of everything that a database of a station in use has."""
        for step in (["ack", "1"], ["verify", "1"], ["note", "1", "un deuxième appel"], ["respond", "1", "patrouille"],
                     ["ack", "2"], ["assign", "2", "awa"], ["refer", "3", "oversight"], ["ack", "4"],
                     ["close", "4", "confirmed", "vu par deux patrouilles"], ["ack", "5"], ["close", "5", "false", "bruit"]):
            self.queue(*step)
        self.tama("user", "add", "moussa", "-c", self.config, "--as", "awa", "--password-file", self.password,
                  "--new-password-file", self.password)
        self.tama("user", "grant", "moussa", "protection", "-c", self.config, "--as", "awa", "--password-file", self.password)

    def keep(self, out):
        shown = {str(a["id"]): json.loads(self.queue("show", str(a["id"]), "--json")) for a in self.alerts()}
        before = self.where / "before.json"
        before.write_text(json.dumps({"at": int(time.time()), "list": self.alerts(), "show": shown}, indent=1))
        with tarfile.open(out, "w:xz", preset=9) as tar:
            tar.add(before, "before.json")
            tar.add(self.dir, "station", filter=lambda t: None if "/run/" in t.name else t)


if __name__ == "__main__":
    import unittest
    sys.exit(not unittest.TextTestRunner().run(Keep()).wasSuccessful())
