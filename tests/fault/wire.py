# SPDX-License-Identifier: GPL-2.0-or-later
"""The wire of gateway/message.h as its supervisor and its peers speak it, for tests that hold one process in their hand."""
import os
import pathlib
import re
import select
import socket
import struct
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
HEADER, MAGIC, VERSION, SIZE_MAX = struct.Struct("<HBBI"), 0x6D54, 1, 17000
CONTROL_FD = 3


def _enumeration(name):
    body = re.search(rf"enum {name} {{(.*?)}};", (ROOT / "gateway/message.h").read_text(), re.S).group(1)
    words = re.findall(r"^\s*(\w+)(?: = (\d+))?,", re.sub(r"//.*", "", body), re.M)
    value, out = -1, {}
    for word, given in words:
        value = int(given) if given else value + 1
        out[re.sub(r"^(MESSAGE|ROLE)_", "", word)] = value
    return out


TYPE, ROLE = _enumeration("message_type"), _enumeration("role")
NAME = {value: name for name, value in TYPE.items()}


class Gone(Exception):
    """The other side has ended."""


class Channel:
    def __init__(self, sock):
        self.socket = sock

    def send(self, name, body=b"", descriptor=None):
        data = HEADER.pack(MAGIC, VERSION, TYPE[name], len(body)) + body
        try:
            if descriptor is None:
                self.socket.send(data)
            else:
                socket.send_fds(self.socket, [data], [descriptor])
        except OSError as e:
            raise Gone from e

    def receive(self, timeout_s=10):
        """The next message as (name, body); None when there is none in that time."""
        if not select.select([self.socket], [], [], timeout_s)[0]:
            return None
        try:
            data = self.socket.recv(SIZE_MAX)
        except OSError as e:
            raise Gone from e
        if not data:
            raise Gone
        return NAME[HEADER.unpack_from(data)[2]], data[HEADER.size:]

    def close(self):
        self.socket.close()


def pair():
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


class Process:
    """One program of the station, with this test as its supervisor."""

    def __init__(self, program, config, environment, log):
        ours, theirs = pair()
        self.control = Channel(ours)

        def settle():
            os.dup2(theirs.fileno(), CONTROL_FD)
            os.set_inheritable(CONTROL_FD, True)  # also when it had that number before

        self.process = subprocess.Popen([str(program), "-c", str(config), "-n", "0"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                        env={**os.environ, **environment}, preexec_fn=settle, close_fds=False)
        theirs.close()

    def peer(self, role):
        """A fresh channel between the process and a peer that this test plays."""
        ours, theirs = pair()
        self.control.send("PEER", bytes((ROLE[role], 0)), theirs.fileno())
        theirs.close()
        return Channel(ours)

    def wait(self, name, timeout_s=10):
        """Reads the control channel until `name`; False when it does not come."""
        while (m := self.control.receive(timeout_s)) is not None:
            if m[0] == name:
                return True
        return False

    def end(self):
        if self.process.poll() is None:
            try:
                self.control.send("STOP")
                self.process.wait(5)
            except (Gone, subprocess.TimeoutExpired):
                self.process.kill()
        self.process.wait()
        self.control.close()


def part(number, sender, text, at):
    """A PART of plain text, laid out as in gateway/part.c."""
    units = text.encode("utf-16-le")
    return struct.pack("<BIH48sqqbHBB320sHH", 1, number, number, sender.encode(), at, at, -1, 0, 0, 0, units, len(units) // 2, len(units) // 2)
