# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs one of the *.mjs here against a real station on a simulated modem: pages.py NAME.mjs. Installs playwright-core and
axe-core, pinned, into the build folder first."""
import fcntl
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "flow"))
import browser  # noqa: E402
import flow  # noqa: E402

WORK = flow.BUILD / "tests/browser"
PEOPLE = {"moussa": ("officer", ("protection",)), "fatou": ("supervisor", ("protection", "oversight")),
          "zeina": ("administrator", ("protection", "oversight", "restricted", "drill")),
          "bakary": ("administrator", ("protection",)), "oumar": ("auditor", ())}


def modules():
    """The node_modules of package-lock.json; `npm ci` compares what it gets with the integrity written there."""
    WORK.mkdir(parents=True, exist_ok=True)
    lock = (HERE / "package-lock.json").read_bytes()
    with (WORK / "lock").open("w") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        done = WORK / "installed.json"
        if not done.exists() or done.read_bytes() != lock:
            for name in ("package.json", "package-lock.json"):
                shutil.copy(HERE / name, WORK / name)
            subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=WORK, check=True,
                           stdout=subprocess.DEVNULL)
            done.write_bytes(lock)
    return WORK / "node_modules"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Pages(browser.ConsoleFlow):
    script = None
    settings = f"console = {{ port = {free_port()}; }};\n"  # the same after a restart

    def without_officers(self):
        self.dir, self.config = self.where / "first", self.where / "first/tama.conf"
        made = json.loads(self.tama("init", self.dir, "--passphrase-file", self.passphrase, "--modem", self.modem.device, "--json"))
        with self.config.open("a") as f:
            f.write(self.settings)
        return made["first_code"]

    def test_pages(self):
        installed, code = modules(), None
        if self.script == "first.mjs":
            code = self.without_officers()
        self.start()
        for name, (role, queues) in ({} if code else PEOPLE).items():
            self.officer(name, role, queues)
        if self.script == "look.mjs":
            subprocess.run([str(flow.BUILD / "gateway/sim/tama-modemsim"), "load", "--control", str(self.where / "modem.sock"),
                            str(HERE.parents[1] / "packaging/demo/scenario.tsv")], check=True)
            self.settle(50)
        station = {"url": f"https://127.0.0.1:{self.port()}", "tama": str(flow.TAMA), "config": str(self.config),
                   "modemsim": str(flow.BUILD / "gateway/sim/tama-modemsim"), "control": str(self.where / "modem.sock"),
                   "shots": str(WORK / "shots"), "modules": str(installed),
                   "code": code, "passwords": {name: "demo" for name in ("awa", *PEOPLE)}}
        done = subprocess.run(["node", str(HERE / self.script)], env={**os.environ, "TAMA_BROWSER": json.dumps(station)},
                              timeout=230 * flow.SLOW, check=False)
        self.assertEqual(done.returncode, 0, self.script)


if __name__ == "__main__":
    if sys.argv[1] == "vendor":
        sys.exit(subprocess.run(["sh", str(HERE / "vendor.sh"), str(modules())], check=False).returncode)
    Pages.script = sys.argv.pop(1)
    flow.main()
