#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How fast does a gateway empty a SIM after an outage? Texts wait behind a simulated modem; then the reader starts.

Ends when every text has been deleted from the modem and was found again in what the reader keeps. Tama is compared
with gammu-smsd, smstools and Kannel as Debian 12 ships them: each with its defaults, and once more ("tuned") with its
own settings for throughput. With their defaults they wait more than they work (gammu-smsd 15 s from one SIM-full to
the next, Kannel 100 ms a command), so those runs get fewer texts (--peer-texts); the tuned ones get as many as Tama. All of
it once for each latency of the modem; where a command takes long, everybody gets fewer.
"""
import pathlib
import shutil
import socket
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import station  # noqa: E402
from station import Failed, Program, Skip

SLOTS = 30
LATENCIES_MS = (0, 50, 150)
LOOK_S = 0.1
POLL_S = 0.005  # seldom enough that the simulator has time for its reader
PEERS = pathlib.Path(__file__).with_name("peers.sh")


# ---- the readers: each gives a running program and a function that counts what it keeps -----------------------

def files_below(path):
    return sum(1 for f in path.rglob("*") if f.is_file())


def find(program):
    path = shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin")
    if not path:
        raise Skip(f"{program} is not installed: sh {PEERS}")
    return path


def gammu_smsd(where, device, tuned):
    for name in ("inbox", "outbox", "sent", "error"):
        (where / name).mkdir()
    config = where / "smsdrc"
    config.write_text(f"[gammu]\ndevice = {device}\nconnection = at115200\n\n"
                      f"[smsd]\nservice = files\nlogfile = {where}/smsd.log\ndebuglevel = 0\n"
                      f"inboxpath = {where}/inbox/\noutboxpath = {where}/outbox/\nsentsmspath = {where}/sent/\n"
                      f"errorsmspath = {where}/error/\n" +
                      ("receivefrequency = 0\nloopsleep = 0\nstatusfrequency = 0\nchecksecurity = 0\ncheckbattery = 0\n"
                       "checksignal = 0\nchecknetwork = 0\n" if tuned else ""))
    program = Program([find("gammu-smsd"), "-c", config], where, "gammu-smsd")
    return program, lambda: files_below(where / "inbox")


def smstools(where, device, tuned):
    for name in ("incoming", "outgoing", "checked", "failed", "sent"):
        (where / name).mkdir()
    config = where / "smsd.conf"
    config.write_text(f"devices = GSM1\nlogfile = {where}/smsd.log\nloglevel = 4\ninfofile = {where}/smsd.working\n"
                      f"pidfile = {where}/smsd.pid\noutgoing = {where}/outgoing\nchecked = {where}/checked\n"
                      f"failed = {where}/failed\nincoming = {where}/incoming\nsent = {where}/sent\n" +
                      ("delaytime = 1\n" if tuned else "") +
                      f"\n[GSM1]\ndevice = {device}\nincoming = high\nbaudrate = 115200\nrtscts = no\n" +
                      ("check_memory_method = 31\ncheck_network = 2\npoll_faster = 30\n" if tuned else ""))
    program = Program([find("smsd"), f"-c{config}", "-t"], where, "smstools")
    return program, lambda: files_below(where / "incoming")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def kannel(where, device, tuned):
    """bearerbox alone: with no smsbox to take them, messages stay in its store, one file each.

    Its own AT+CNMI asks for +CMT, which this modem does not have: Kannel would then look into the SIM once a minute
    only. So its init-string is set to one that asks for +CMTI.
    """
    (where / "spool").mkdir()
    config = where / "kannel.conf"
    config.write_text(f"group = core\nadmin-port = {free_port()}\nadmin-password = bench\nadmin-interface = 127.0.0.1\n"
                      f"smsbox-port = {free_port()}\nsmsbox-interface = 127.0.0.1\nbox-allow-ip = 127.0.0.1\n"
                      f"store-type = spool\nstore-location = {where}/spool\nlog-level = 4\n\n"
                      f"group = smsc\nsmsc = at\nmodemtype = bench\ndevice = {device}\nspeed = 115200\n"
                      "sim-buffering = true\n\n"
                      "group = modems\nid = bench\nname = bench\ninit-string = \"AT+CNMI=1,1,0,0,0\"\n" +
                      ("sendline-sleep = 0\n" if tuned else "") +
                      "\ngroup = smsbox\nbearerbox-host = 127.0.0.1\n")
    program = Program([find("bearerbox"), "-v", "4", config], where, "kannel")
    return program, lambda: files_below(where / "spool")


def tama(build, where, device, texts):
    """Starts locked, as after a power cut: what is read is sealed. Unlocked, it has to be in the queue."""
    made = station.Station(build, where, device)
    program = made.run()

    def count():
        status = made.status()
        if status["locked"]:
            made.unlock()
        return made.queue_size() if status["triaged"] >= texts else status["triaged"]
    return program, count


# ---- one run --------------------------------------------------------------------------------------------------

class Run:
    """What one reader did with `texts` texts."""

    def __init__(self, name, modem, latency_ms, texts, options):
        self.name, self.modem, self.latency_ms, self.texts, self.options = name, modem, latency_ms, texts, options
        self.cpu_s, self.memory_mb, self.in_sim_s = 0.0, 0.0, 0.0
        self.note, self.kept, self.started, self.kept_s = "", 0, 0.0, 0.0
        self.samples = []  # (seconds since the start, deleted, commands), one for each change
        self.stats = {"deleted": 0, "commands": 0, "by_command": {}}

    def measure(self, modem, program, count):
        self.started = program.started
        end = self.started + self.options.timeout
        deleted, looked = 0, 0.0
        while deleted < self.texts and time.monotonic() < end:
            if not program.alive():
                self.note = f"ended with {program.process.returncode}"
                break
            self.stats = modem.stats()
            now = time.monotonic() - self.started
            if self.stats["deleted"] != deleted:
                self.in_sim_s += now * (self.stats["deleted"] - deleted)
                deleted = self.stats["deleted"]
                self.samples.append((now, deleted, self.stats["commands"]))
            if now - looked > LOOK_S:
                looked = now
                self.look(program)
            time.sleep(POLL_S)
        self.look(program)
        if deleted < self.texts and not self.note:
            self.note = f"time-out after {self.options.timeout} s"
        self.find_again(count, deleted)

    def look(self, program):
        """CPU that the reader and all that it started have used, and the most memory that they had together."""
        cpu_s, memory_mb = program.usage()
        self.cpu_s = max(self.cpu_s, cpu_s)
        self.memory_mb = max(self.memory_mb, memory_mb)

    def find_again(self, count, deleted):
        """The last one may still be on its way from memory to file, or from spool to queue."""
        end = time.monotonic() + self.options.settle
        self.kept = count()
        while self.kept < deleted and time.monotonic() < end:
            time.sleep(0.1)
            self.kept = count()
        self.kept_s = time.monotonic() - self.started
        if self.kept < deleted and not self.note:
            self.note = f"{deleted - self.kept} deleted but not found again"

    def go(self, start_reader, simulator_options):
        with station.folder(self.options.keep) as where:
            with station.Modem(self.options.build, where, *simulator_options) as modem:
                for i in range(self.texts):
                    modem.send(i)
                modem.ask("reset-stats")
                try:
                    program, count = start_reader(where, modem.device)
                    with program:
                        self.measure(modem, program, count)
                except Failed as why:
                    self.note = self.note or str(why)
        return self

    def ok(self):
        return not self.note and self.stats["deleted"] == self.texts

    def row(self):
        figures = ["-"] * 9
        if self.samples:
            (first_s, first, _), (last_s, last, commands) = self.samples[0], self.samples[-1]
            steady = f"{(last - first) / (last_s - first_s):.1f}" if last > first else "-"
            figures = [f"{first_s:.2f}", f"{last_s:.2f}", f"{self.kept_s:.2f}", f"{last / last_s:.1f}", steady,
                       f"{commands / last:.2f}", f"{self.in_sim_s / last:.2f}", f"{1000 * self.cpu_s / last:.2f}",
                       f"{self.memory_mb:.1f}"]
        return [self.latency_ms, self.name, self.modem, self.texts, self.stats["deleted"], self.kept, *figures, self.note]

    def breakdown(self):
        by = sorted(self.stats["by_command"].items(), key=lambda item: -item[1])
        named = sum(n for _, n in by)
        rest = self.stats["commands"] - named  # a bare AT, ATE0 and the like; below 0 for several on a line
        return ", ".join([f"{name} {n}" for name, n in by] + ([f"basic {rest}"] if rest > 0 else []))


HEAD = ["ms", "reader", "modem", "texts", "deleted", "kept", "first s", "all s", "kept s", "msg/s", "steady", "AT/msg", "SIM s", "CPU ms",
        "MB", ""]
LEGEND = """\
first s, all s: from the start of the reader's process to the first and the last deletion
msg/s: deleted over all s; steady: from the first to the last deletion
kept: found again in the reader's own store, at kept s (Tama: decoded and in the queue, after `tama unlock`)
SIM s: how long a text stayed in the SIM or behind it, on average, from the start of the reader
CPU ms: of all the reader's processes, a text; MB: the most that they had together (proportional set size)
ms: what the modem takes to answer a command; modem "flags": its AT+CMGD takes a delete flag; "tuned": with the reader's own settings for throughput"""


def print_table(rows):
    widths = [max(len(str(r[i])) for r in rows) for i in range(len(rows[0]))]
    for r in rows:
        print("  ".join(str(c).ljust(w) if i in (1, 2) or i == len(r) - 1 else str(c).rjust(w)
                        for i, (c, w) in enumerate(zip(r, widths))).rstrip())


# ---- all runs -------------------------------------------------------------------------------------------------

PEER_READERS = {"gammu-smsd": gammu_smsd, "smstools": smstools, "kannel": kannel}


def plan(options):
    """(name, kind of modem, its latency, texts, start the reader, simulator options); peers and Tama on identical simulators."""
    for latency_ms in options.latency:
        plain = ["--slots", str(SLOTS), "--latency-ms", str(latency_ms)]
        fewer = 1 + latency_ms // 10
        texts, peer_texts = max(2 * SLOTS, options.texts // fewer), max(SLOTS, options.peer_texts // fewer)
        for name in options.readers:
            if name == "tama":
                def reader(where, device, texts=texts):
                    return tama(options.build, where, device, texts)
                yield "tama", "plain", latency_ms, texts, reader, plain
                yield "tama", "flags", latency_ms, texts, reader, [*plain, "--cmgd-flags"]
                continue
            for tuned in (False, True):
                def reader(where, device, start=PEER_READERS[name], tuned=tuned):
                    return start(where, device, tuned)
                yield f"{name}, tuned" if tuned else name, "plain", latency_ms, texts if tuned else peer_texts, reader, plain


def install_peers(options):
    if options.no_install or not set(options.readers) & set(PEER_READERS):
        return
    done = subprocess.run(["sh", str(PEERS)], check=False, stdout=sys.stderr)
    if done.returncode:
        print(f"{PEERS.name} ended with {done.returncode}; only what is here is measured", file=sys.stderr)


def read_options():
    parser = station.arguments(__doc__.splitlines()[0])
    parser.add_argument("--texts", type=int, default=900, help="for Tama and tuned peers (%(default)s)")
    parser.add_argument("--peer-texts", type=int, default=150, help="for a peer with its defaults (%(default)s)")
    parser.add_argument("--latency", type=int, nargs="+", default=LATENCIES_MS, metavar="MS",
                        help="what the modem takes to answer a command (0 50 150)")
    parser.add_argument("--timeout", type=float, default=180, help="seconds for each reader (%(default)s)")
    parser.add_argument("--settle", type=float, default=30, help="seconds for the last text to be kept (%(default)s)")
    parser.add_argument("--no-install", action="store_true", help="take the peers that are here")
    parser.add_argument("--readers", nargs="+", default=["tama", *PEER_READERS], choices=["tama", *PEER_READERS],
                        metavar="READER", help="of: tama gammu-smsd smstools kannel (all)")
    return parser.parse_args()


def benchmark():
    options = read_options()
    install_peers(options)
    runs, skipped = [], []
    for name, modem, latency_ms, texts, reader, simulator in plan(options):
        print(f"{name}, {modem} modem, {latency_ms} ms, {texts} texts …", file=sys.stderr)
        try:
            runs.append(Run(name, modem, latency_ms, texts, options).go(reader, simulator))
        except Skip as why:
            skipped.append(f"{name}, {modem} modem: {why}")
    if not runs:
        raise Skip("; ".join(skipped))
    print(f"SIM of {SLOTS} slots.")
    print(LEGEND)
    print_table([HEAD] + [r.row() for r in runs])
    print("AT commands, by name:")
    for r in runs:
        print(f"  {r.name} ({r.modem}, {r.latency_ms} ms): {r.breakdown()}")
    for line in skipped:
        print(f"not measured: {line}")
    failed = [r.name for r in runs if not r.ok()]
    if failed:
        raise Failed(", ".join(failed))
    return station.EXIT_SKIP if skipped else 0


if __name__ == "__main__":
    sys.exit(station.main(benchmark))
