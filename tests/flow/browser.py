# SPDX-License-Identifier: GPL-2.0-or-later
"""What the console's tests share: a browser as far as HTTP goes (TLS, cookies, the CSRF token, events), and a station
with its console at a free port."""
import contextlib
import http.client
import json
import socket
import ssl
import threading
import time

import flow

JSON = "application/json"


def context():
    c = ssl.create_default_context()
    c.check_hostname = False
    c.verify_mode = ssl.CERT_NONE  # the fingerprint is compared by people, see test_console.py
    return c


class Answer:
    def __init__(self, response):
        self.status, self.headers, self.body = response.status, response.headers, response.read()

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.body[:200]!r}"


class Browser:
    """One browser: its cookies and its session."""

    def __init__(self, port):
        self.port, self.cookies, self.csrf = port, {}, None
        self.connection = None

    def raw(self, method, path, body=None, headers=None):
        for again in (True, False):
            self.connection = self.connection or http.client.HTTPSConnection("127.0.0.1", self.port, timeout=60,
                                                                             context=context())
            try:
                self.connection.request(method, path, body, headers or {})
                answer = Answer(self.connection.getresponse())
                break
            except (http.client.RemoteDisconnected, ConnectionError, ssl.SSLEOFError):
                self.close()  # an idle connection was closed in that moment
                if not again:
                    raise
        if answer.headers.get("Connection", "").lower() == "close":
            self.close()
        return answer

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def ask(self, method, path, data=None, **headers):
        head = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())} if self.cookies else {}
        if method == "POST":
            head |= {"Content-Type": JSON, "Origin": f"https://127.0.0.1:{self.port}", "X-CSRF": self.csrf or ""}
        head |= {k.replace("_", "-"): v for k, v in headers.items()}
        answer = self.raw(method, path, json.dumps(data) if method == "POST" else None, head)
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, value = cookie.split(";")[0].split("=", 1)
            self.cookies[name] = value
        return answer

    def get(self, path, **headers):
        return self.ask("GET", path, **headers)

    def post(self, path, data=None, **headers):
        return self.ask("POST", path, {} if data is None else data, **headers)

    def login(self, name="awa", password="demo", **more):
        answer = self.post("/api/1/login", {"name": name, "password": password, **more})
        if answer.status == 200:
            self.csrf = answer.json["csrf"]
        return answer

    def events(self):
        return Events(self)


class Events:
    """The stream of one page, read by a thread; `list` grows."""

    def __init__(self, browser):
        self.list, self.ended = [], False
        self.connection = http.client.HTTPSConnection("127.0.0.1", browser.port, timeout=120, context=context())
        self.connection.request("GET", "/api/1/events", headers={
            "Cookie": "; ".join(f"{k}={v}" for k, v in browser.cookies.items())})
        self.socket = self.connection.sock
        self.response = self.connection.getresponse()
        self.status = self.response.status
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        event = None
        try:
            while line := self.response.readline():
                line = line.decode().rstrip("\n")
                if line.startswith("event: "):
                    event = line[7:]
                elif line.startswith("data: "):
                    self.list.append((time.monotonic(), event, json.loads(line[6:])))
        except (OSError, http.client.HTTPException, ValueError, AttributeError):
            pass
        self.ended = True

    def of(self, kind):
        return [data for _, event, data in self.list if event == kind]

    def close(self):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)  # the reading thread sees the end
        self.thread.join(5)
        self.connection.close()


class ConsoleFlow(flow.Flow):
    settings = "console = { port = 0; };\n"

    def browser(self, name=None, password="demo"):
        b = Browser(self.port())
        self.addCleanup(b.close)
        if name:
            answer = b.login(name, password)
            self.assertEqual(answer.status, 200, answer)
        return b

    def port(self):
        text = next(p["text"] for p in self.status()["processes"] if p["name"] == "console")
        return int(text.rstrip("/").rsplit(":", 1)[1])

    def officer(self, name, role="officer", queues=("protection",)):
        self.tama("user", "add", name, "--role", role, "-c", self.config, "--as", "awa", "--password-file",
                  self.password, "--new-password-file", self.password)
        for queue in queues:
            self.tama("user", "grant", name, queue, "-c", self.config, "--as", "awa", "--password-file", self.password)
