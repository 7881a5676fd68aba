# SPDX-License-Identifier: GPL-2.0-or-later
"""One modem process alone, on a simulated modem: the test is its supervisor, its intake and its triage, over the wire
of gateway/message.h. Nothing shows a sender or a text."""
import os
import select
import socket
import struct
import subprocess
import time

import flow

HEADER = struct.Struct("<HBBI")
MAGIC, VERSION = 0x6d54, 1
PEER, STOP, READY, STATE, PART, DURABLE, SEND, SENT = 1, 3, 5, 6, 7, 8, 12, 13
INTAKE, TRIAGE = 2, 3
OK, ARGUMENT, FULL, LOCKED, TIMEOUT, REFUSED = 0, 1, 9, 10, 12, 13
FLASH = 1
STATES = ("starting", "running", "locked", "no-device", "no-sim", "no-network", "disk-full", "failed", "stopped")
MODEM_COUNTERS = ("received", "slots_used", "slots_total", "signal", "commands", "raw", "sent", "last_at")


def send(sock, kind, body=b"", fd=None):
    data = HEADER.pack(MAGIC, VERSION, kind, len(body)) + body
    socket.send_fds(sock, [data], [fd] if fd is not None else [])


def receive(sock, timeout_s):
    """The next message as (type, body), None when there is none in time; (0, b"") at the end."""
    if not select.select([sock], [], [], timeout_s)[0]:
        return None
    try:
        data = sock.recv(65536)
    except ConnectionResetError:
        data = b""
    return (HEADER.unpack_from(data)[2], data[HEADER.size:]) if data else (0, b"")


class Alone(flow.Flow):
    """setUp makes a station's folder and a simulated modem; begin() starts tama-modem and nothing else."""

    def setUp(self):
        super().setUp()
        self.process = self.control = self.intake = self.triage = None
        self.starts = 0
        self.state, self.text, self.counters, self.acknowledge = "starting", "", {}, True
        self.parts, self.part_times, self.answers = [], [], {}
        self.addCleanup(self.end)

    def begin(self, index=0, wait=True):
        self.end()
        self.starts += 1
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.log = (self.where / "modem.log").open("ab")

        def become():
            os.dup2(theirs.fileno(), 3)

        environment = {**os.environ, "TZ": "UTC0", "LC_ALL": "C"}  # as child.c sets it
        environment.pop("LANGUAGE", None)
        self.process = subprocess.Popen(
            [str(flow.BUILD / "gateway/tama-modem"), "-c", str(self.config), "-n", str(index)], stdin=subprocess.DEVNULL,
            stderr=self.log, stdout=self.log, close_fds=False, env=environment,
            preexec_fn=become)
        theirs.close()
        self.state = "starting"
        if wait:
            self.wait(lambda: self.state in ("running", "no-sim") or self.process.poll() is not None, 30, "the modem starts")
        self.intake, self.triage = self.join(INTAKE), self.join(TRIAGE)

    def supervise(self, condition, timeout_s, what):
        """wait(), and a modem process that ends is started again, as its supervisor does it."""
        def step():
            if self.process.poll() is not None:
                self.pump()  # its last words
                if not condition():
                    self.begin(wait=False)
            return condition()
        self.wait(step, timeout_s, what)

    def join(self, role):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            send(self.control, PEER, bytes([role, 0]), theirs.fileno())
        return ours

    def end(self):
        for s in (self.control, self.intake, self.triage):
            if s:
                s.close()
        self.control = self.intake = self.triage = None
        if self.process:
            try:
                self.process.wait(10 * flow.SLOW)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.log.close()
            said = (self.where / "modem.log").read_text(errors="replace")
            if any(w in said for w in ("LeakSanitizer", "runtime error", "AddressSanitizer")):
                raise AssertionError(f"a sanitizer complained:\n{said}")
            self.process = None

    def pump(self, timeout_s=0.02):
        """Hears everybody once."""
        end = time.monotonic() + timeout_s
        ours = [s for s in (self.control, self.intake, self.triage) if s]
        ready = select.select(ours, [], [], max(0, end - time.monotonic()))[0]
        for s in ready:
            self.hear(s)

    def hear(self, s):
        while heard := receive(s, 0):
            kind, body = heard
            if kind == STATE:
                self.state, self.text = STATES[body[0]], body[1:97].rstrip(b"\0").decode()
                self.counters = dict(zip(MODEM_COUNTERS, struct.unpack_from(f"<{len(MODEM_COUNTERS)}Q", body, 97)))
            elif kind == PART:
                self.parts.append(body)
                self.part_times.append(time.monotonic())
                if self.acknowledge:
                    send(s, DURABLE, self.part_id(body))
            elif kind == SENT:
                reply, error = struct.unpack("<IB", body)
                self.answers.setdefault(reply, []).append(error)
            elif kind == 0:
                s.close()
                for name in ("control", "intake", "triage"):
                    if getattr(self, name) is s:
                        setattr(self, name, None)
                return

    @staticmethod
    def part_id(body):
        return body[1:5]

    def wait(self, condition, timeout_s, what):
        end = time.monotonic() + timeout_s * flow.SLOW
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"{what}: not within {timeout_s * flow.SLOW} s")
            self.pump()

    def reply(self, reply, number, text, flags=0):
        send(self.triage, SEND, struct.pack("<IB48s640s", reply, flags, number.encode(), text.encode()))

    def answered(self, reply, timeout_s=15):
        self.wait(lambda: reply in self.answers, timeout_s, f"reply {reply} is answered")
        return self.answers[reply]

    def sent(self):
        return self.modem.ask("sent")["sent"]
