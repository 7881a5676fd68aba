# SPDX-License-Identifier: GPL-2.0-or-later
"""Each program that the station starts has an AppArmor profile, and the profile allows every file that the program opened
while a station lived a day: unlocked, fed, acted on, reloaded, its keys rotated. Not every kernel here has AppArmor, so
what the programs do (strace) is held against what the profiles say."""
import pathlib
import re
import shutil
import subprocess
import unittest

import browser
import flow

PROFILES = pathlib.Path(__file__).resolve().parents[2] / "packaging/apparmor"
SYSTEM = pathlib.Path("/etc/apparmor.d")
# The supervisor is not confined by AppArmor: under no-new-privileges a confined program cannot start others under profiles
# of their own, only an unconfined one can. It is confined by its unit and its list.
# tama-cards is a command of people, on files of theirs; what the console starts runs under the console's profile.
UNCONFINED = {"tama-supervisor", "tama-cards"}
VARIABLES = {"multiarch": "*-linux-gnu*", "PROC": "/proc", "sys": "/sys", "HOME": "/home/*", "run": "/run",
             "etc_ro": "/etc", "etc_rw": "/etc", "pid": "[0-9]*", "tid": "[0-9]*", "sbin": "/sbin", "bin": "/bin"}


def as_regex(glob):
    glob = re.sub(r"@\{([a-z_A-Z]+)\}", lambda m: VARIABLES.get(m[1], "NEVER"), glob)
    out, depth = "", 0
    for token in re.findall(r"\*\*|\*|\?|\{|\}|,|\[[^\]]*\]|.", glob):
        depth += (token == "{") - (token == "}")
        out += {"**": ".*", "*": "[^/]*", "?": "[^/]", "{": "(?:", "}": ")"}.get(token) or (
            "|" if token == "," and depth else token if token[0] == "[" else re.escape(token))
    return re.compile(out + r"\Z")


def rules(path):
    """(denied, glob, permissions) of each rule for files, those of what is included too."""
    found = []
    for line in path.read_text().splitlines():
        include = re.match(r"\s*#?include (?:if exists )?<([^>]+)>", line)
        if include:
            inner = SYSTEM / include[1]
            for part in sorted(inner.iterdir()) if inner.is_dir() else [inner] * inner.exists():
                found += rules(part)
        rule = re.match(r"\s*(deny )?(?:owner )?([/@]\S+)\s+([a-zA-Z]+),", line)
        if rule and rule[1] is None and rule[2].startswith("@{") and "/" not in rule[2]:
            continue
        if rule:
            found.append((rule[1] is not None, as_regex(rule[2]), set(rule[3])))
    return found


@unittest.skipUnless(shutil.which("strace") and (SYSTEM / "abstractions/base").exists(), "strace and apparmor are needed")
class AppArmor(browser.ConsoleFlow):
    def live(self):
        """A station's day under strace: {program: {(path, wants to write)}}"""
        trace = self.where / "trace"
        calls = "open,openat,execve,clone,fork,vfork,clone3,unlink,unlinkat,rename,renameat,renameat2,mkdir,mkdirat"
        self.running = flow.station.Program(["strace", "-f", "-y", "-z", "-s", "4096", "-o", trace, "-e", f"trace={calls}",
                                             flow.TAMA, "run", "-c", self.config], self.where, "tama", {})
        flow.wait_for(self.ready, 60, "the station runs")
        self.unlock()
        for i in range(3):
            self.arrive(f"+2231000000{i}", "A1 12H 40")
        self.settle(3)
        officer = self.browser("awa")
        self.assertEqual(officer.get("/").status, 200)
        self.assertEqual(officer.get("/api/1/queue").status, 200)
        self.queue("ack", "1")
        self.queue("close", "1", "false", "bruit")
        for what in ("log", "pseudonym", "station"):
            self.tama("key", "rotate", what, "-c", self.config, expect=(0, 1, 2, 3))
        self.arrive("+22310000009", "A5 12H 9")
        self.settle(4)
        self.stop()
        programs, did = {}, {}
        for line in trace.read_text(errors="replace").splitlines():
            m = re.match(r"(\d+) +(\w+)\((.*)\) += (\d+)", line)
            if not m or "O_PATH" in line:  # which asks for nothing
                continue
            pid, call, rest, result = m.groups()
            if call == "execve":
                programs[pid] = pathlib.PurePath(re.match(r'"([^"]*)"', rest)[1]).name
            elif call in ("clone", "fork", "vfork", "clone3"):
                programs.setdefault(result, programs.get(pid))
            else:
                writes = call not in ("open", "openat") or re.search("O_(WRONLY|RDWR|CREAT)", rest) is not None
                for base, path in re.findall(r'(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"([^"]+)"', rest):
                    path = pathlib.PurePosixPath(base or "/", path)  # an absolute path stays what it is
                    folder = "/" if pathlib.Path(path).is_dir() else ""  # as AppArmor spells it
                    did.setdefault(programs.get(pid), set()).add((str(path) + folder, writes))
        return did

    @unittest.skipIf(flow.SLOW > 1, "a leak sanitizer does not work under strace")
    def test_the_profiles_allow_what_the_programs_do(self):
        did = self.live()
        for program in (p.name.removeprefix("usr.libexec.tama.") for p in sorted(PROFILES.iterdir())):
            allowed = rules(PROFILES / f"usr.libexec.tama.{program}")
            if program == "tama-notify":
                continue  # runs only where somebody outside is to be told
            self.assertIn(program, did)
            for path, writes in did[program]:
                there = "/dev/ttyUSB0" if "/dev/pts/" in path or path == str(self.modem.device) else path.replace(str(self.dir), "/var/lib/tama")
                if there.startswith(str(flow.BUILD)):
                    continue  # itself
                matching = [(deny, perms) for deny, regex, perms in allowed if regex.match(there)]
                may = any(not deny and ("w" if writes else "r") in perms for deny, perms in matching) and not any(d for d, _ in matching)
                self.assertTrue(may, f"{program} may not {'write' if writes else 'read'} {there}")

    def test_the_profiles_deny_what_the_programs_are_not_there_for(self):
        for program, paths in {"tama-modem": ["/var/lib/tama/queue.db", "/var/lib/tama/keys/kek", "/etc/shadow", "/var/lib/tama/spool/1"],
                               "tama-intake": ["/var/lib/tama/queue.db", "/var/lib/tama/keys/kek", "/dev/ttyUSB0"],
                               "tama-keeper": ["/var/lib/tama/queue.db", "/var/lib/tama/keys/kek", "/var/lib/tama/spool/1"],
                               "tama-console": ["/var/lib/tama/keys/kek", "/var/lib/tama/spool/1", "/dev/ttyUSB0", "/etc/shadow"],
                               "tama-triage": ["/dev/ttyUSB0", "/etc/shadow"]}.items():
            for path in paths:
                matching = [regex.pattern for deny, regex, _ in rules(PROFILES / f"usr.libexec.tama.{program}") if not deny and regex.match(path)]
                self.assertEqual(matching, [], f"{program}: {path}")

    def test_every_program_of_the_station_has_a_profile(self):
        programs = {p.name for p in (flow.BUILD / "gateway").glob("tama-*") if p.is_file()}
        self.assertIn("tama-triage", programs)
        profiles = {p.name.removeprefix("usr.libexec.tama.") for p in PROFILES.iterdir()}
        self.assertEqual(profiles, programs - UNCONFINED)

    @unittest.skipUnless(shutil.which("apparmor_parser"), "apparmor_parser is not here")
    def test_the_profiles_are_sound(self):
        for profile in PROFILES.iterdir():
            done = subprocess.run(["apparmor_parser", "-Q", "-K", profile], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
