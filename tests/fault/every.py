# SPDX-License-Identifier: GPL-2.0-or-later
"""What happens when the Nth read, write, sync, rename, allocation or message of a process fails, is cut short, or is the
last that it does: for every N until a run passes without it. Nothing is lost, nothing is there twice, nothing is deleted
from a SIM before it is durable. Each run has a station of its own, on real processes.

    every.py BUILD [--program intake|triage] [--call CALL] [--how HOW] [--most N]

Without --most every N is tried (long); with it at most so many, spread over all.
"""
import argparse
import concurrent.futures
import json
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time

from wire import ROLE, Channel, Gone, Process, pair, part

TEXTS, BATCH, LIVES_MAX = 12, 4, 12
START = struct.Struct("<III")
COUNT_AT = 4
# Which calls of which program, and how they go wrong.
KINDS = [(program, call, how) for program in ("intake", "triage") for call, hows in (
    ("read", ("fail", "short", "kill")), ("write", ("fail", "short", "kill")), ("fsync", ("fail", "kill")),
    ("rename", ("fail", "kill")), ("malloc", ("fail", "kill")), ("send", ("fail", "kill"))) for how in hows]


class Wrong(Exception):
    """A promise that was not kept."""


class Trial:
    """One station through which twelve texts go while one call goes wrong."""

    def __init__(self, build, template, fault):
        self.build, self.fault = build, fault
        self.where = pathlib.Path(tempfile.mkdtemp(prefix="tama-every-"))
        self.station = self.where / "station"
        shutil.copytree(template, self.station)
        self.config = self.station / "tama.conf"
        self.counter = self.where / "nth"
        self.log = (self.where / "log").open("wb")
        self.counter.write_bytes(START.pack(fault["n"], 0, 0) + bytes(4096 - START.size))
        self.environment = {"LD_PRELOAD": fault["library"], "TAMA_NTH_PROGRAM": f"tama-{fault['program']}", "TAMA_NTH_CALL": fault["call"],
                            "TAMA_NTH_HOW": fault["how"], "TAMA_NTH_FILE": str(self.counter)}

    def happened(self):
        return START.unpack_from(self.counter.read_bytes())[2] == 1

    def start(self, name):
        """A process that says READY; as its supervisor would, another when it dies before that."""
        for _ in range(LIVES_MAX):
            p = Process(self.build / f"gateway/tama-{name}", self.config, self.environment, self.log)
            try:
                if p.wait("READY", 20):
                    return p
            except Gone:
                pass
            p.end()
        raise Wrong(f"{name} does not start any more")

    # ---- a modem, as intake sees it ------------------------------------------------------------------------------------

    def receive(self, sim):
        """Texts are given to intake until each is said to be durable, and the SIM is empty."""
        for _ in range(LIVES_MAX):
            intake = self.start("intake")
            try:
                self.list_sim(intake, sim)
            except Gone:
                pass
            intake.end()
            if not sim:
                return
        raise Wrong(f"{len(sim)} texts stay on the SIM for ever")

    def list_sim(self, intake, sim):
        modem, number, slots = intake.peer("MODEM"), 0, {}
        while sim:
            for slot, text in list(sim.items())[:BATCH]:
                number += 1
                slots[number] = slot
                modem.send("PART", part(number, f"+22310{slot:06d}", text, 1462000000 + slot))
            while any(slots[n] in sim for n in slots):
                m = modem.receive(5)
                if m is None:
                    raise Gone
                n = struct.unpack_from("<I", m[1])[0]
                if m[0] == "DURABLE":
                    for k in [k for k in slots if k <= n and slots[k] in sim]:
                        del sim[slots[k]]
                elif m[0] == "REFUSED":
                    raise Gone  # it stays on the SIM and is read again

    # ---- triage ----------------------------------------------------------------------------------------------------------

    def decode(self):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            triage = self.start("triage")
            try:
                if self.unlock_and_drain(triage, end):
                    return
            except Gone:
                pass
            finally:
                triage.end()
        raise Wrong("the spool is not drained")

    def client(self, triage):
        """Gives triage its listening socket, and unlocks it as a client."""
        path = self.where / "clients"
        path.unlink(missing_ok=True)
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        listening.bind(str(path))
        listening.listen(8)
        triage.control.send("LISTEN", b"", listening.fileno())
        listening.close()
        client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        client.connect(str(path))
        ask = Channel(client)
        ask.send("UNLOCK", b"demo demo demo".ljust(1024, b"\0"))
        answer = ask.receive(20)
        if answer is None or answer[1][0] != 0:
            raise Gone

    @staticmethod
    def join(one, role_of_one, other, role_of_other):
        """What the supervisor does for two of its children."""
        a, b = pair()
        one.control.send("PEER", bytes((ROLE[role_of_other], 0)), a.fileno())
        other.control.send("PEER", bytes((ROLE[role_of_one], 0)), b.fileno())
        a.close()
        b.close()

    def unlock_and_drain(self, triage, end):
        self.client(triage)
        intake = triage.peer("INTAKE")
        while time.monotonic() < end:
            intake.send("APPENDED", struct.pack("<Q", self.last_frame))
            m = intake.receive(0.5)
            if m and m[0] == "DRAINED" and struct.unpack("<Q", m[1])[0] >= self.last_frame:
                return True
        return False

    def run(self, sim=None, notices=0):
        """What is on the SIM (all twelve) is received and decoded; then all twelve are there, once, with no more than so many
        alerts of the station itself, whose number is returned."""
        want = sorted(f"A5 12H {i + 10}" for i in range(1, TEXTS + 1))
        self.receive(dict(enumerate(want, 1)) if sim is None else sim)
        self.last_frame = self.count_frames()
        self.decode()
        everything = self.alerts()
        alerts = [a for a in everything if a["handle"] != "STATION"]
        said = len(everything) - len(alerts)
        got = sorted(a["text"] or "" for a in alerts)
        if got != want:
            missing, extra = len(set(want) - set(got)), len(got) - len(set(got))
            raise Wrong(f"{missing} of {TEXTS} texts are lost, {extra} are there twice, {len(got)} alerts in all")
        for a in alerts:
            if not all(a.get(k) for k in ("event", "place", "handle", "sent_at", "received_at", "readings")) or "rules" not in a:
                raise Wrong("an alert lost a part of what it said")
        if said > notices:
            raise Wrong(f"the station complains in {said} alerts of its own")
        self.tama("audit", "verify")
        return said

    def count_frames(self):
        """The sequence of the last durable frame, as intake says it to triage."""
        for _ in range(LIVES_MAX):
            intake = self.start("intake")
            try:
                m = intake.peer("TRIAGE").receive(10)
                if m:
                    return struct.unpack("<Q", m[1])[0]
            except Gone:
                pass
            finally:
                intake.end()
        raise Wrong("intake does not tell triage what is durable")

    def tama(self, *words):
        done = subprocess.run([self.build / "gateway/tama", *words, "-c", self.config], capture_output=True, text=True, check=False)
        if done.returncode:
            raise Wrong(f"tama {words[0]} {words[1]}: exit {done.returncode}: {done.stderr.strip()}")
        return done.stdout

    def alerts(self):
        return json.loads(self.tama("queue", "list", "--all", "--json", "--as", "awa", "--password-file", self.where / "station/password"))

    def finish(self, keep):
        self.log.close()
        if not keep:
            shutil.rmtree(self.where, ignore_errors=True)


def try_one(build, template, fault):
    trial, wrong = Trial(build, template, fault), None
    try:
        trial.run()
    except Wrong as e:
        wrong = f"{fault['program']} {fault['call']} {fault['how']} {fault['n']}: {e} (kept: {trial.where})"
    happened = trial.happened()
    calls = START.unpack_from(trial.counter.read_bytes())[1]
    trial.finish(wrong is not None)
    return happened, calls, wrong


def numbers(total, most):
    if not most or total <= most:
        return range(1, total + 1)
    return sorted({1 + i * (total - 1) // (most - 1) for i in range(most)})


def make_template(build, where):
    template = where / "station"
    subprocess.run([build / "gateway/tama", "init", template, "--demo", "--modem", "/dev/null"], check=True, capture_output=True)
    with (template / "tama.conf").open("a") as f:
        f.write("spool = { segment_frames = 16; };\n")
    (template / "password").write_text("demo\n")
    return template


def main():
    parser = argparse.ArgumentParser(description="the Nth call goes wrong, for every N")
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--library", required=True)
    parser.add_argument("--program", choices=("intake", "triage"))
    parser.add_argument("--call")
    parser.add_argument("--how")
    parser.add_argument("--most", type=int, default=0)
    a = parser.parse_args()
    failures, runs = [], 0
    with tempfile.TemporaryDirectory(prefix="tama-every-") as folder, concurrent.futures.ProcessPoolExecutor(2) as pool:
        template = make_template(a.build, pathlib.Path(folder))
        print(f"{'program':8} {'call':7} {'how':6} {'calls':>6} {'tried':>6} {'wrong':>6}")
        for program, call, how in KINDS:
            if a.program not in (None, program) or a.call not in (None, call) or a.how not in (None, how):
                continue
            base = {"program": program, "call": call, "how": how, "library": a.library}
            happened, total, wrong = try_one(a.build, template, {**base, "n": 1 << 30})
            if happened or wrong:
                raise SystemExit(wrong or "the run without a fault had one")
            if not total:
                raise SystemExit(f"{program} makes no {call} at all: the library is not loaded")
            tried, bad = 0, []
            for done in [pool.submit(try_one, a.build, template, {**base, "n": n}) for n in numbers(total, a.most)]:
                wrong = done.result()[2]
                tried += 1
                bad += [wrong] if wrong else []
            print(f"{program:8} {call:7} {how:6} {total:6} {tried:6} {len(bad):6}", flush=True)
            failures += bad
            runs += tried
    for f in failures:
        print(f)
    print(f"{runs} runs, {len(failures)} wrong")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
