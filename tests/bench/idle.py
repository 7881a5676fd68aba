#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How long from one text to its row in the queue, when nothing else is going on?

Each text goes alone into an empty SIM: +CMTI, reading, sealing and fsync, decoding, the transaction of the queue.
The clock runs from the request on the simulator's control socket until another connection sees the row.
"""
import random
import sqlite3
import statistics
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import station  # noqa: E402
from station import Failed

GAP_MS = (20, 80)
LOOK_S = 0.0005  # between two looks at the database: the error of each figure
WARM_UP = 5


class Queue:
    """The number of alerts, read-only, looked up only when another connection has written."""

    def __init__(self, path):
        self.connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5, isolation_level=None)
        self.version, self.alerts = None, -1

    def count(self):
        version = self.connection.execute("PRAGMA data_version").fetchone()[0]
        if version != self.version:
            self.version = version
            self.alerts = self.connection.execute("SELECT count(*) FROM alert").fetchone()[0]
        return self.alerts

    def close(self):
        self.connection.close()


def one_text(modem, queue, i, timeout_s):
    """Milliseconds from text `i` to its row."""
    before, start = queue.count(), time.monotonic()
    modem.send(i)
    while queue.count() == before:
        if time.monotonic() - start > timeout_s:
            raise Failed(f"text {i} is not in the queue after {timeout_s} s")
        time.sleep(LOOK_S)
    return (time.monotonic() - start) * 1000


def percentile(ordered, percent):
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]  # the nearest rank


def measure(options, modem, queue):
    chance = random.Random(1)
    figures = []
    for i in range(WARM_UP + options.texts):
        figures.append(one_text(modem, queue, i, options.timeout))
        time.sleep(chance.uniform(*GAP_MS) / 1000)
    return sorted(figures[WARM_UP:])


def open_station(options, where, modem, program, made):
    """Unlocked, its modem running and the queue there."""
    station.wait_for(made.answers, options.timeout, "the station", program)
    made.unlock()
    station.wait_for(lambda: not made.status()["locked"], options.timeout, "unlocking", program)
    station.wait_for(lambda: all(m["state"] == "running" for m in made.status()["modems"]), options.timeout,
                     "the station's modem", program)
    station.wait_for(made.database.exists, options.timeout, str(made.database.relative_to(where)), program)
    modem.ask("reset-stats")


def benchmark():
    parser = station.arguments(__doc__.splitlines()[0])
    parser.add_argument("--texts", type=int, default=200, help="(%(default)s)")
    parser.add_argument("--timeout", type=float, default=30, help="seconds for one text (%(default)s)")
    options = parser.parse_args()
    with station.folder(options.keep) as where, station.Modem(options.build, where) as modem:
        made = station.Station(options.build, where, modem.device)
        with made.run() as program:
            open_station(options, where, modem, program, made)
            queue = Queue(made.database)
            ordered = measure(options, modem, queue)
            queue.close()
            stats = modem.stats()
    print(f"{len(ordered)} single texts, {GAP_MS[0]} to {GAP_MS[1]} ms apart, from the text to its row in the queue, "
          f"±{LOOK_S * 1000} ms:")
    print(f"median {statistics.median(ordered):.1f} ms, p90 {percentile(ordered, 90):.1f} ms, "
          f"p99 {percentile(ordered, 99):.1f} ms, max {ordered[-1]:.1f} ms; "
          f"{stats['commands'] / (len(ordered) + WARM_UP):.2f} AT commands a text")


if __name__ == "__main__":
    sys.exit(station.main(benchmark))
