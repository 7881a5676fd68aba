# SPDX-License-Identifier: GPL-2.0-or-later
"""The power goes at every step: what intake and triage write is recorded, and for each moment the disk is made as a power
cut may leave it: all that was written; what was synced alone; what was synced and some sectors of the rest. From each such
disk a station starts again; what the SIM still has is read again; every text must be there once.

    power_cut.py BUILD --record LIBRARY [--most N]      without --most: every moment
"""
import argparse
import concurrent.futures
import pathlib
import random
import shutil
import struct
import sys
import tempfile
import time

from every import TEXTS, Trial, Wrong, make_template, numbers
from wire import Gone, TYPE, part

EVENT = struct.Struct("<IBQQH")
OPENED, WRITTEN, CUT, SYNCED, RENAMED, UNLINKED, SENT = range(1, 8)
SECTOR, ROUND = 512, 3
WAYS = ("all", "synced", "torn", "torn again")


class Recording(Trial):
    """A station whose intake and triage work at once while the recorder looks on."""

    def __init__(self, build, template, library):
        super().__init__(build, template, {"n": 1, "library": library, "program": "none", "call": "none", "how": "none"})
        self.record = self.where / "record"
        self.environment = {"LD_PRELOAD": library, "TAMA_RECORD": str(self.record), "TAMA_RECORD_PROGRAMS": "tama-intake tama-triage"}

    def play(self):
        intake, triage = self.start("intake"), self.start("triage")
        self.client(triage)
        self.join(intake, "INTAKE", triage, "TRIAGE")
        modem = intake.peer("MODEM")
        for first in range(1, TEXTS + 1, ROUND):
            for i in range(first, first + ROUND):
                modem.send("PART", part(i, f"+22310{i:06d}", f"A5 12H {i + 10}", 1462000000 + i))
            while True:
                m = modem.receive(10)
                if m is None:
                    raise Wrong("intake says nothing")
                if m[0] == "DURABLE" and struct.unpack("<I", m[1])[0] >= first + ROUND - 1:
                    break
        end = time.monotonic() + 20
        while self.drained() < TEXTS + 1:
            if time.monotonic() > end:
                raise Wrong("triage does not drain the spool")
            time.sleep(0.02)
        time.sleep(0.2)  # intake burns what was drained
        triage.end()
        intake.end()

    def drained(self):
        return max([struct.unpack("<Q", e["data"][8:])[0] for e in events(self.record) if is_sent(e, "DRAINED")], default=0)


def events(path):
    data, at, out = path.read_bytes(), 0, []
    while at + EVENT.size <= len(data):
        size, what, inode, value, length = EVENT.unpack_from(data, at)
        body = data[at + EVENT.size:at + size]
        out.append({"what": what, "inode": inode, "at": value, "path": body[:length].decode(), "data": body[length:]})
        at += size
    return out


def is_sent(event, name):
    return event["what"] == SENT and event["data"][3] == TYPE[name]


class Disk:
    """Files of the station's folder as a disk may have them: each file's pending writes come behind what was synced."""

    def __init__(self, template, before):
        self.names, self.content, self.pending = {}, {}, {}
        self.moves = []  # of names, not synced
        for path, inode in before.items():
            self.names[path] = inode
            self.content[inode] = bytearray((template / path).read_bytes())

    def step(self, e, folder):
        what, inode = e["what"], e["inode"]
        path = e["path"][len(folder) + 1:] if e["path"].startswith(folder + "/") else None
        if what == OPENED and path and inode not in self.content:
            self.content[inode] = bytearray()
            self.moves.append(("name", path, inode))
        elif what in (WRITTEN, CUT) and inode in self.content:
            self.pending.setdefault(inode, []).append(e)
        elif what == SYNCED and e["at"] == 0 and inode in self.content:
            for p in self.pending.pop(inode, []):
                self.apply(self.content[inode], p)
            self.settle_names([m for m in self.moves if m[0] == "name" and m[2] == inode])  # a new file's name goes with it
        elif what == SYNCED and e["at"] == 1:
            self.settle_names(list(self.moves))
        elif what == RENAMED and path:
            self.moves.append(("rename", path, e["data"].decode()[len(folder) + 1:]))
        elif what == UNLINKED and path:
            self.moves.append(("unlink", path, None))

    def settle_names(self, moves):
        for m in moves:
            self.moves.remove(m)
            self.move(self.names, m)

    @staticmethod
    def move(names, m):
        kind, path, other = m
        if kind == "name":
            names[path] = other
        elif kind == "rename" and path in names:
            names[other] = names.pop(path)
        elif kind == "unlink":
            names.pop(path, None)

    @staticmethod
    def apply(content, e, sectors=None):
        if e["what"] == CUT:
            del content[e["at"]:]
            content.extend(bytes(e["at"] - len(content)))
            return
        at, data = e["at"], e["data"]
        if len(content) < at + len(data):
            content.extend(bytes(at + len(data) - len(content)))
        if sectors is None:
            content[at:at + len(data)] = data
            return
        for start in range(at - at % SECTOR, at + len(data), SECTOR):
            if sectors.random() < 0.5:
                a, b = max(start, at), min(start + SECTOR, at + len(data))
                content[a:b] = data[a - at:b - at]

    def image(self, way, seed):
        """{path: octets} behind a cut now."""
        chance = random.Random(seed) if way.startswith("torn") else None
        names = dict(self.names)
        moves = self.moves if way == "all" else self.moves[:chance.randrange(len(self.moves) + 1)] if chance else []
        for m in moves:
            self.move(names, m)
        out = {}
        for path, inode in names.items():
            content = bytearray(self.content.get(inode, b""))
            for e in self.pending.get(inode, []) if way != "synced" else []:
                self.apply(content, e, chance)
            out[path] = bytes(content)
        return out


def recover(build, template, image, durable, way):
    """A station from that disk, with what its SIM still has: what is wrong (None: nothing), and whether it said that frames
    cannot be read: where the header of a batch reached the disk before the batch, it cannot know that nobody was there."""
    trial = Trial(build, template, {"n": 1, "library": "", "program": "none", "call": "none", "how": "none"})
    trial.environment, wrong, said = {}, None, 0
    for path in (p for p in trial.station.rglob("*") if p.is_file()):
        if str(path.relative_to(trial.station)) not in image:
            path.unlink()
    for path, octets in image.items():
        if not path.endswith("-shm"):  # no file of a disk, and made anew
            (trial.station / path).parent.mkdir(parents=True, exist_ok=True)
            (trial.station / path).write_bytes(octets)
    try:
        said = trial.run({i: f"A5 12H {i + 10}" for i in range(1, TEXTS + 1) if i > durable}, 1 if "torn" in way else 0)
    except Wrong as e:
        wrong = f"{e} (kept: {trial.where})"
    trial.finish(wrong is not None)
    return wrong, said


def main():
    parser = argparse.ArgumentParser(description="a power cut at every step")
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--record", required=True)
    parser.add_argument("--most", type=int, default=0)
    a = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tama-cut-") as folder, concurrent.futures.ProcessPoolExecutor(2) as pool:
        template = make_template(a.build, pathlib.Path(folder))
        recording = Recording(a.build, template, a.record)
        station = recording.station
        before = {str(p.relative_to(station)): p.stat().st_ino for p in station.rglob("*") if p.is_file()}
        recording.play()
        log = events(recording.record)
        disk, durable, work, points = Disk(template, before), 0, [], 0
        chosen = set(numbers(len(log), a.most))
        for i, e in enumerate(log, 1):
            disk.step(e, str(station))
            if is_sent(e, "DURABLE"):
                durable = struct.unpack("<I", e["data"][8:])[0]
            if i not in chosen or e["what"] in (OPENED, SENT) and i < len(log):
                continue
            points += 1
            for way in WAYS:
                work.append((i, way, pool.submit(recover, a.build, template, disk.image(way, f"{i} {way}"), durable, way)))
        failures = [f"{way}, behind step {i} of {len(log)}: {f.result()[0]}" for i, way, f in work if f.result()[0]]
        said = sum(f.result()[1] for _, _, f in work)
        syncs = sum(e["what"] == SYNCED for e in log)
        recording.finish(False)
        shutil.rmtree(recording.where, ignore_errors=True)
    if durable != TEXTS or not syncs:
        failures.append("the recording is not whole")
    print(f"{len(log)} steps recorded, {syncs} of them syncs; {points} power cuts, {len(work)} disks, {len(failures)} wrong, "
          f"{said} told of a frame that cannot be read")
    print("\n".join(failures))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
