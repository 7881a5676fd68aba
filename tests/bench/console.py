# SPDX-License-Identifier: GPL-2.0-or-later
"""The console under load: the first page of the queue at 10,000 and at 1,000,000 alerts, and 200 officers' open pages
until each has a new alert. console.py BUILD MANY"""
import os
import pathlib
import subprocess
import sys
import time

os.environ["TAMA_BUILD"] = sys.argv[1]
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "flow"))
import browser  # noqa: E402

MANY, OFFICERS, ASKED = sys.argv[2], 200, 500


class Load(browser.ConsoleFlow):
    settings = "console = { port = 0; };\nlog = { level = 1; };\n"

    def fill(self, count):
        subprocess.run([MANY, str(self.config), str(count)], check=True)

    def first_page(self, b):
        times = []
        while len(times) < ASKED:
            begun = time.perf_counter()
            answer = b.get("/api/1/queue?limit=50&incidents=1")
            took = (time.perf_counter() - begun) * 1000
            if answer.status == 200:
                times.append(took)
            else:
                time.sleep(0.3)  # its own limit of requests; behind it comes a new connection, whose handshake is no page
                b.get("/api/1/session")
        times.sort()
        return times[len(times) // 2], times[int(len(times) * 0.99)], len(answer.body)

    def console_rss(self):
        status = pathlib.Path(f"/proc/{self.pid('console')}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024

    def test_all(self):
        print("first page of the queue (50 alerts opened), asked by one page over TLS; median, 99th percentile in ms")
        done = 0
        for count in (10_000, 1_000_000):
            self.fill(count - done)
            done = count
            self.start()
            b = self.browser("awa")
            median, p99, size = self.first_page(b)
            print(f"{count:>10} alerts {median:8.2f} {p99:8.2f}   {size} octets, console {self.console_rss():.0f} MB")
            b.close()
            if count == 10_000:
                self.stop()
        sessions = [self.browser("awa") for _ in range(OFFICERS)]
        pages = [s.events() for s in sessions]
        time.sleep(2)
        marks = [len(p.of("change")) for p in pages]
        begun = time.monotonic()
        self.arrive("+22310000001", "A1 12H 40")
        end = begun + 20
        while time.monotonic() < end and any(len(p.of("change")) == m for p, m in zip(pages, marks)):
            time.sleep(0.01)
        times = sorted(next((t - begun for t, kind, _ in p.list if kind == "change" and t > begun), 99) for p in pages)
        biggest = max(len(str(c)) for p in pages for c in p.of("change")[-1:])
        print(f"{OFFICERS} open pages hear of a text at the modem after {times[0] * 1000:.0f} to {times[-1] * 1000:.0f} ms, "
              f"median {times[len(times) // 2] * 1000:.0f} ms; about {biggest} octets; console {self.console_rss():.0f} MB")
        for p in pages:
            p.close()


if __name__ == "__main__":
    sys.argv = sys.argv[:1]
    browser.flow.main()
