#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A whole station as `tama init` makes it: memory and wake-ups at rest, and what a million alerts change.

At rest: unlocked, nothing to do, the console there; notify runs only where somebody is to be told. Ready: from the
begin of `tama unlock` to the row of a text that waited sealed. Cost of an alert: triage's own processor time for it,
other programs on the machine left out.
"""
import contextlib
import os
import pathlib
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import station  # noqa: E402


def kilobytes(pid, names):
    rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    found = {line.split(":")[0]: int(line.split()[1]) for line in rollup if line.endswith("kB")}
    return [found[name] for name in names]


def wakes(pids):
    """Times that any thread slept and was woken."""
    total = 0
    for pid in pids:
        for status in pathlib.Path(f"/proc/{pid}/task").glob("*/status"):
            line = next(line for line in status.read_text().splitlines() if line.startswith("voluntary_ctxt"))
            total += int(line.split()[1])
    return total


def name(pid):
    return pathlib.Path(f"/proc/{pid}/comm").read_text().strip()


def at_rest(pids, seconds):
    before = {pid: wakes([pid]) for pid in pids}
    time.sleep(seconds)
    rate = {pid: (wakes([pid]) - before[pid]) / seconds for pid in pids}
    memory = {pid: kilobytes(pid, ("Rss", "Pss")) for pid in pids}
    for pid in pids:
        print(f"  {name(pid):15} {memory[pid][0] / 1024:6.1f} MB resident {memory[pid][1] / 1024:6.1f} MB its share "
              f"{rate[pid]:5.1f} wake-ups/s")
    rss, pss = (sum(m[i] for m in memory.values()) / 1024 for i in (0, 1))
    print(f"at rest, {len(pids)} processes: {rss:.1f} MB resident, {pss:.1f} MB with what they share counted once "
          f"(wanted: below 40), {sum(rate.values()):.1f} wake-ups/s in {seconds} s (wanted: below 10)")


def cpu(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Rest:
    def __init__(self, a, where, modem):
        self.a, self.modem = a, modem
        self.station = station.Station(a.build, where, modem.device)
        config = self.station.config.read_text()
        self.station.config.write_text(config.replace("console = { enabled = false; };", "console = { port = 0; };"))
        self.there, self.sent = 0, 0

    def fill(self, count):
        subprocess.run([pathlib.Path(self.a.build, "tests/bench/many"), self.station.config, str(count - self.there)],
                       check=True)
        self.there = count

    def newest(self):
        return self.database.execute("SELECT max(id) FROM alert").fetchone()[0] or 0

    def send(self, count):
        for _ in range(count):
            self.modem.send(self.sent)
            self.sent += 1

    def sealed(self):
        m = self.modem.stats()
        return m["slots_used"] == 0 and m["waiting"] == 0

    def start(self, program):
        """Seconds from the begin of `tama unlock` to the first row of a text that waited, and to its end."""
        station.wait_for(self.station.answers, 20, "the station runs", program)
        self.send(1)
        station.wait_for(self.sealed, 60, "the text is sealed")
        before, begin = self.newest(), time.monotonic()
        self.station.unlock()
        told = time.monotonic() - begin
        station.wait_for(lambda: self.newest() > before, 60, "its row")
        fresh = time.monotonic() - begin
        station.wait_for(lambda: not self.station.status()["locked"], 60, "unlocked")
        return fresh, told

    def cost(self):
        """Milliseconds of triage's processor for each of --texts texts."""
        triage = next(p["pid"] for p in self.station.status()["processes"] if p["name"] == "triage")
        before, used, begin = self.newest(), cpu(triage), time.monotonic()
        self.send(self.a.texts)
        station.wait_for(lambda: self.newest() >= before + self.a.texts, 600, "all alerts")
        taken = time.monotonic() - begin
        return (cpu(triage) - used) * 1000 / self.a.texts, taken

    def one(self, count, rest_s):
        self.fill(count)
        with self.station.run() as program, contextlib.closing(
                sqlite3.connect(f"file:{self.station.database}?mode=ro", uri=True)) as self.database:
            fresh, told = self.start(program)
            print(f"{count} alerts: `tama unlock` ends after {told:.2f} s, a text's row is there after {fresh:.2f} s "
                  "(wanted: below 1)")
            ms, taken = self.cost()
            print(f"{count} alerts: {ms:.3f} ms of triage an alert, {self.a.texts} texts through the modem in "
                  f"{taken:.1f} s")
            if rest_s:
                time.sleep(5)
                at_rest(station._members(program.process.pid), rest_s)
        return ms


def main():
    parser = station.arguments(__doc__.splitlines()[0])
    parser.add_argument("--alerts", type=int, default=1_000_000, help="the many (%(default)s)")
    parser.add_argument("--few", type=int, default=10_000, help="(%(default)s)")
    parser.add_argument("--texts", type=int, default=2000, help="fresh ones at either (%(default)s)")
    parser.add_argument("--rest", type=int, default=70, help="seconds of looking on; 0: not (%(default)s)")
    a = parser.parse_args()

    def benchmark():
        with station.folder(a.keep) as where, station.Modem(a.build, where, "--slots", "200") as modem:
            rest = Rest(a, where, modem)
            few, many = rest.one(a.few, 0), rest.one(a.alerts, a.rest)
            print(f"an alert costs {many / few:.2f} times as much at {a.alerts} as at {a.few} (wanted: below 1.3)")

    return station.main(benchmark)


if __name__ == "__main__":
    sys.exit(main())
