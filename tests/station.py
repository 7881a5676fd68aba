# SPDX-License-Identifier: GPL-2.0-or-later
"""What the benchmarks share: a simulated modem, programs that always end, a Tama station in a temporary folder.

Nothing here prints a sender or a text, and every number is of the unassigned range +22310xxxxxx.
"""
import argparse
import contextlib
import ctypes
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

EXIT_SKIP = 77  # meson: skipped
POLL_S = 0.002
PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None)


class Skip(Exception):
    """The benchmark cannot run here; the text says why."""


class Failed(Exception):
    """A program did not do what it is there for; the text says which."""


def sender(i):
    return f"+22310{i:06d}"


def text(i):
    """A village's code, each one different, so that nothing is taken for an SMS read twice."""
    return f"A5 12H {i % 900 + 10}"


# ---- programs -------------------------------------------------------------------------------------------------

def _die_with_parent():
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _members(session):
    """Process ids of a session: a program that forks, or makes process groups, stays in the one it was given."""
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


class Program:
    """A program in a session of its own; leaving the `with` ends it and all that it started."""

    def __init__(self, argv, folder, name, environment=None):
        self.name, self.log = name, pathlib.Path(folder, f"{name}.log")
        self.started = time.monotonic()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen([str(a) for a in argv], cwd=folder, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, start_new_session=True, env={**os.environ, **(environment or {})}, preexec_fn=_die_with_parent)

    def alive(self):
        return self.process.poll() is None

    def usage(self):
        """CPU seconds that it and all that it started have used so far, and their memory now in MB, shared pages shared out."""
        ticks, kilobytes = 0, 0
        for pid in _members(self.process.pid):
            with contextlib.suppress(OSError):
                fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                ticks += sum(map(int, fields[11:15]))  # its own, and of children that have ended
                rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
                kilobytes += int(rollup.partition("Pss:")[2].split()[0])
        return ticks / os.sysconf("SC_CLK_TCK"), kilobytes / 1024

    def _signal(self, which):
        for pid in _members(self.process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, which)

    def end(self, patience_s=10):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGTERM)  # it may want to end its children itself
        for which in (None, signal.SIGTERM, signal.SIGKILL):
            if which:
                self._signal(which)
            end = time.monotonic() + patience_s
            while (self.alive() or _members(self.process.pid)) and time.monotonic() < end:
                time.sleep(0.02)
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


def wait_for(condition, timeout_s, what, program=None):
    """Polls `condition` until it gives something true, which is returned."""
    end = time.monotonic() + timeout_s
    while not (result := condition()):
        if program and not program.alive():
            raise Failed(f"{program.name} ended with {program.process.returncode} before {what}")
        if time.monotonic() > end:
            raise Failed(f"{what}: not within {timeout_s} s")
        time.sleep(POLL_S)
    return result


@contextlib.contextmanager
def folder(keep=False):
    path = pathlib.Path(tempfile.mkdtemp(prefix="tama-bench-"))
    try:
        yield path
    finally:
        if keep:
            print(f"kept: {path}", file=sys.stderr)
        else:
            shutil.rmtree(path, ignore_errors=True)


# ---- the modem ------------------------------------------------------------------------------------------------

class Modem(Program):
    """tama-modemsim with its control socket."""

    def __init__(self, build, where, *options):
        program = pathlib.Path(build, "gateway/sim/tama-modemsim")
        if not program.exists():
            raise Skip(f"{program} is not built: ninja -C {build}")
        self.device, control = pathlib.Path(where, "modem"), pathlib.Path(where, "modem.sock")
        super().__init__([program, "--link", self.device, "--control", control, *options], where, "modemsim")
        self.socket = socket.socket(socket.AF_UNIX)
        try:
            wait_for(lambda: self.device.is_symlink() and not self.socket.connect_ex(str(control)), 5, "the modem",
                     self)
        except BaseException:
            self.end()
            raise
        self.lines = self.socket.makefile("rw")

    def ask(self, op, **fields):
        self.lines.write(json.dumps({"op": op, **fields}) + "\n")
        self.lines.flush()
        answer = json.loads(self.lines.readline() or "{}")
        if not answer.get("ok"):
            raise Failed(f"tama-modemsim: {op}: {answer.get('error', 'gone')}")
        return answer

    def send(self, i):
        self.ask("text", **{"from": sender(i), "text": text(i)})

    def stats(self):
        return self.ask("stats")

    def end(self, patience_s=10):
        self.socket.close()
        super().end(patience_s)


# ---- a station ------------------------------------------------------------------------------------------------

class Station:
    """A Tama station: `tama init`, `run`, `unlock`, `status`, `queue list` (DESIGN.md, section 6)."""

    OFFICER = "bench"

    def __init__(self, build, where, device):
        self.tama = pathlib.Path(build, "gateway/tama")
        if not self.tama.exists():
            raise Skip(f"{self.tama} is not built")
        self.where, self.dir = where, pathlib.Path(where, "station")
        self.config, self.database = self.dir / "tama.conf", self.dir / "queue.db"
        self.secrets = {}
        for name in ("passphrase", "password"):
            self.secrets[name] = pathlib.Path(where, name)
            self.secrets[name].write_text("only for this benchmark\n")
            self.secrets[name].chmod(0o600)
        self._call("init", self.dir, "--passphrase-file", self.secrets["passphrase"], "--officer", self.OFFICER,
                   "--password-file", self.secrets["password"], "--custodians", "2/3", "--modem", device)
        with self.config.open("a") as f:
            f.write("console = { enabled = false; };\n")

    def _call(self, *args):
        try:
            done = subprocess.run([str(a) for a in (self.tama, *args)], cwd=self.where, stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, timeout=120, check=False)
        except subprocess.TimeoutExpired:
            raise Failed(f"tama {args[0]}: no end after 120 s") from None
        if done.returncode:
            raise Failed(f"tama {args[0]}: exit {done.returncode}: {done.stderr.strip()}")
        return done.stdout

    def run(self):
        return Program([self.tama, "run", "-c", self.config], self.where, "tama")

    def unlock(self):
        self._call("unlock", "-c", self.config, "--passphrase-file", self.secrets["passphrase"])

    def status(self):
        return json.loads(self._call("status", "-c", self.config, "--json"))

    def answers(self):
        try:
            return self.status()
        except Failed:
            return None

    def queue_size(self):
        return len(json.loads(self._call("queue", "list", "-c", self.config, "--all", "--as", self.OFFICER,
                                         "--password-file", self.secrets["password"], "--json")))


# ---- the command line of a benchmark --------------------------------------------------------------------------

def arguments(what):
    parser = argparse.ArgumentParser(description=what)
    parser.add_argument("build", help="meson's build folder")
    parser.add_argument("--keep", action="store_true", help="leave the temporary folders, with the logs, behind")
    return parser


def _terminate(number, _frame):
    sys.exit(128 + number)


def main(benchmark):
    """Calls benchmark(); a signal ends it through its `with` statements. Returns the exit status."""
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, _terminate)
    sys.stdout.reconfigure(line_buffering=True)
    try:
        return benchmark() or 0
    except Skip as why:
        print(f"skipped: {why}")
        return EXIT_SKIP
    except Failed as why:
        print(f"failed: {why}", file=sys.stderr)
        return 1
