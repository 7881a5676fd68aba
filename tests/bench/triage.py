#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How fast does triage turn sealed frames into alerts, on one core, beside what libsodium alone needs for them?

Texts are sealed into the spool while the station is locked; then it is unlocked, and the time is taken from the first
alert's row to the last. Triage has one core for itself, the rest of the station the others. The bound is measured on
that same core before and after, by the same primitives, sizes and counts called directly (bound.c).
"""
import contextlib
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import station  # noqa: E402


def bound(build, core):
    out = subprocess.run([pathlib.Path(build, "tests/bench/bound"), "3", "2"], capture_output=True, check=True,
                         preexec_fn=lambda: os.sched_setaffinity(0, {core}))
    return json.loads(out.stdout)


def run(build, texts, where, core):
    modem = station.Modem(build, where, "--slots", "200")
    others = set(os.sched_getaffinity(0)) - {core} or {core}
    with modem:
        s = station.Station(build, where, modem.device)
        with s.run() as program:
            station.wait_for(s.answers, 20, "the station runs", program)
            for i in range(texts):
                modem.send(i)
            station.wait_for(lambda: (m := modem.stats())["slots_used"] == 0 and m["waiting"] == 0, 600, "all sealed")
            for pid in station._members(program.process.pid):
                os.sched_setaffinity(pid, others)
            triage = next(p["pid"] for p in s.status()["processes"] if p["name"] == "triage")
            os.sched_setaffinity(triage, {core})
            with contextlib.closing(sqlite3.connect(f"file:{s.database}?mode=ro", uri=True)) as db:
                rows = lambda: db.execute("SELECT count(*) FROM alert").fetchone()[0]  # noqa: E731
                s.unlock()
                first = station.wait_for(rows, 60, "the first alert")
                start = time.monotonic()
                station.wait_for(lambda: rows() >= texts, 600, "all alerts")
                return (texts - first) / (time.monotonic() - start)


def main():
    parser = station.arguments(__doc__.splitlines()[0])
    parser.add_argument("--texts", type=int, default=6000)
    parser.add_argument("--runs", type=int, default=3)
    a = parser.parse_args()

    def benchmark():
        core = max(os.sched_getaffinity(0))
        print("libsodium alone: open one frame, 3 share seals and 2 commitments, the rest; an alert; alerts/s · triage alerts/s · ratio")
        ratios = []
        for _ in range(a.runs):
            with station.folder(a.keep) as where:
                before = bound(a.build, core)
                rate = run(a.build, a.texts, where, core)
                after = bound(a.build, core)
            ns = (before["alert_ns"] + after["alert_ns"]) / 2
            ratios.append(rate * ns / 1e9)
            print(f"{before['open_ns'] / 1e3:6.0f} us {before['shares_ns'] / 1e3:6.0f} us {before['rest_ns'] / 1e3:6.0f} us "
                  f"{ns / 1e3:6.0f} us {1e9 / ns:6.0f}/s · {rate:6.0f}/s · {ratios[-1]:.0%}")
        print(f"median ratio {sorted(ratios)[len(ratios) // 2]:.0%} (wanted: at least 80%)")

    return station.main(benchmark)


if __name__ == "__main__":
    sys.exit(main())
