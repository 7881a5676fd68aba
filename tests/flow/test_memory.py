# SPDX-License-Identifier: GPL-2.0-or-later
"""A hundred canary numbers and texts go through a running station; locked, no process's memory and no file of the
station holds one of them in any form. A positive control finds them in `modem` while they are on their way."""
import os
import pathlib
import re
import signal
import subprocess
import time

import flow
from forms import gsm7_packed, semi_octets

WORD = "zwankoro"  # in every text, and in nothing else
PREFIX = "109876"  # of every national number


def number(i):
    return f"+223{PREFIX}{i:02d}"


def texts():
    """GSM-7, UCS-2 and messages of two parts, in turn."""
    kinds = ("A1 12H {w} {i}", "A1 12H {w} ɛɔŋ {i}", "A1 12H {w} {i} " + "les hommes viennent " * 9, "{w} sans code {i}")
    return [kinds[i % len(kinds)].format(w=WORD, i=i) for i in range(100)]


def forms():
    """name → octets; of numbers the part that all share."""
    found = {}
    for what, value in (("text", WORD), ("number", PREFIX + "0"), ("number", PREFIX + "5")):
        wide = value.encode("utf-16-be")
        found[what, "ASCII", value[-1]] = value.encode()
        found[what, "UTF-16 BE", value[-1]] = wide
        found[what, "UTF-16 LE", value[-1]] = value.encode("utf-16-le")
        for name, octets in (("hex of ASCII", value.encode()), ("hex of UTF-16", wide)):
            found[what, name, value[-1]] = octets.hex().encode()
            found[what, name + ", upper", value[-1]] = octets.hex().upper().encode()
    for fill in range(7):
        packed = gsm7_packed(WORD, fill)
        found["text", "GSM-7 packed", fill] = packed
        found["text", "hex of GSM-7", fill] = packed.hex().upper().encode()
        found["text", "hex of GSM-7, lower", fill] = packed.hex().encode()
    return found


# Semi-octets of +223109876NN: 22 13 90 78, then N6 and FN.
SEMI_OCTETS = re.compile(rb"\x22\x13\x90\x78[\x06\x16\x26\x36\x46\x56\x66\x76\x86\x96][\xf0-\xf9]")
HEX_SEMI_OCTETS = re.compile(rb"22139078[0-9]6[Ff][0-9]")
FORMS = forms()


def search(data):
    """(what, form, offset): never the canary itself."""
    hits = []
    for (what, form, _), octets in FORMS.items():
        at = data.find(octets)
        while at >= 0:
            hits.append((what, form, at))
            at = data.find(octets, at + 1)
    for form, pattern in (("semi-octets", SEMI_OCTETS), ("hex of semi-octets", HEX_SEMI_OCTETS)):
        hits += [("number", form, m.start()) for m in pattern.finditer(data)]
    return hits


def memory(pid):
    """Every readable mapping of a process that is not code or a file that anybody has."""
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, open(f"/proc/{pid}/mem", "rb", 0) as mem:
        for line in maps:
            place, rights, *_, = line.split(maxsplit=5)
            name = line.split(maxsplit=5)[5].strip() if len(line.split(maxsplit=5)) > 5 else "anonymous"
            begin, end = (int(x, 16) for x in place.split("-"))
            if name in ("[vvar]", "[vsyscall]") or ("w" not in rights and name.startswith("/")):
                continue
            try:
                mem.seek(begin)
                yield name, mem.read(end - begin)
            except OSError:
                continue  # guard pages


@flow.unittest.skipIf(flow.SLOW > 1, "a sanitizer keeps what was freed")
@flow.unittest.skipIf(os.geteuid() != 0, "only root reads another's memory")
class Memory(flow.Flow):
    slots = 200

    def setUp(self):
        super().setUp()
        image, mount = self.where / "image", self.where / "mount"
        mount.mkdir()
        with image.open("wb") as f:
            f.truncate(32 << 20)
        self.image = image
        for command in (["mkfs.ext4", "-q", "-F", image], ["mount", "-o", "loop", image, mount]):
            if subprocess.run(command, capture_output=True, check=False).returncode:
                self.image = None
                print("no file system of its own here: files are searched, free blocks are not")
                return
        self.addCleanup(subprocess.run, ["umount", "-l", mount], check=False, capture_output=True)
        self.dir, self.config = mount / "station", mount / "station/tama.conf"
        self.tama("init", self.dir, "--demo", "--modem", self.modem.device)

    def processes(self):
        found = {p["name"]: p["pid"] for p in self.status()["processes"]}
        children = pathlib.Path(f"/proc/{found['gsm0']}/task/{found['gsm0']}/children").read_text().split()
        return found | {"supervisor": self.running.process.pid} | {f"gsm0 child {i}": int(c) for i, c in enumerate(children)}

    def in_memory(self, *names):
        hits = []
        for name, pid in self.processes().items():
            if names and not name.startswith(names):
                continue
            for mapping, data in memory(pid):
                hits += [(name, mapping, *hit) for hit in search(data)]
        return hits

    def on_disk(self):
        hits = [(p.name, *hit) for p in [*self.dir.rglob("*"), self.running.log] if p.is_file() for hit in search(p.read_bytes())]
        if self.image:
            os.sync()
            hits += [("the disk", *hit) for hit in search(self.image.read_bytes())]
        return hits

    def test_the_search_finds_each_form(self):
        planted = [(name[:2], octets) for name, octets in FORMS.items()]
        planted += [(("number", "semi-octets"), semi_octets(number(i))) for i in range(100)]
        planted += [(("number", "hex of semi-octets"), semi_octets(number(i)).hex().upper().encode()) for i in range(100)]
        for name, octets in planted:
            self.assertIn(name, {h[:2] for h in search(os.urandom(64) + octets + os.urandom(64))})
        self.assertEqual(search(os.urandom(1 << 22)), [])

    def test_no_core_no_trace_and_locked_pages(self):
        self.start()
        for name, pid in self.processes().items():
            status = pathlib.Path(f"/proc/{pid}/status").read_text()
            limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
            self.assertRegex(limits, r"Max core file size +0 +0", name)
            self.assertIn("NoNewPrivs:\t1", status, name)
            self.assertEqual(os.stat(f"/proc/{pid}/mem").st_uid, 0, f"{name} is not dumpable: nobody's but root's")
            locked = int(re.search(r"VmLck:\s+(\d+) kB", status).group(1))
            if name in ("triage", "keeper"):
                self.assertGreater(locked, 0, f"{name}: keys are in pages that are never swapped out")

    def test_a_hundred_canaries(self):
        self.start()
        all_texts = texts()
        # The positive control: intake does not take them, so they are in `modem` now, and in triage while it decodes.
        os.kill(self.pid("intake"), signal.SIGSTOP)
        for i in range(10):
            self.arrive(number(i), all_texts[i])
        flow.wait_for(lambda: any(h[2] == "text" for h in self.in_memory("gsm0")), 10, "a text in modem's memory")
        self.assertTrue(any(h[2] == "number" for h in self.in_memory("gsm0")), "a number in modem's memory")
        os.kill(self.pid("intake"), signal.SIGCONT)
        for i in range(10, 100):
            self.arrive(number(i), all_texts[i])
        self.assertEqual(len(self.settle(100)), 100)
        self.assertTrue(all(a["text"] for a in self.alerts()))
        self.tama("lock", "-c", self.config)
        time.sleep(3)
        self.assertEqual(summary(self.in_memory()), {}, "in memory, locked")
        self.assertEqual(summary(self.on_disk()), {}, "in files and on the disk")


def summary(hits):
    """(process, mapping, what, form) → how many and where the first."""
    found = {}
    for *where, offset in hits:
        key = " ".join(map(str, where))
        found.setdefault(key, []).append(offset)
    return {k: (len(v), hex(v[0])) for k, v in found.items()}


if __name__ == "__main__":
    flow.main()
