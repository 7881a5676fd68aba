# SPDX-License-Identifier: GPL-2.0-or-later
"""Attacks on the console, each a request as an enemy would send it to a whole station; the table at the end says what
came of each. Whoever adds an endpoint adds what could be done with it."""
import base64
import gzip
import hashlib
import hmac
import json
import socket
import ssl
import statistics
import struct
import time

import browser
import flow
from flow import wait_for

TABLE = []


def code_of(secret, at):
    mac = hmac.new(base64.b32decode(secret), struct.pack(">Q", int(at) // 30), hashlib.sha1).digest()
    at = mac[19] & 15
    return f"{(struct.unpack('>I', mac[at:at + 4])[0] & 0x7fffffff) % 1000000:06}"


class Attacks(browser.ConsoleFlow):
    def held(self, name, ok, what):
        TABLE.append((name, "held" if ok else "BROKEN", what))
        self.assertTrue(ok, f"{name}: {what}")

    def status_is(self, name, answer, *want):
        self.held(name, answer.status in want, f"{answer.status}")

    def socket(self, tls=True):
        plain = socket.create_connection(("127.0.0.1", self.at), timeout=30)
        s = browser.context().wrap_socket(plain) if tls else plain
        self.addCleanup(s.close)
        return s

    def talk(self, data, tls=True, timeout=20):
        s = self.socket(tls)
        s.settimeout(timeout)
        got = b""
        try:
            s.sendall(data)
            while chunk := s.recv(65536):
                got += chunk
        except (OSError, ssl.SSLError):
            pass
        return got

    def head(self, method="GET", path="/api/1/session", host=None, more=""):
        return (f"{method} {path} HTTP/1.1\r\nHost: {host or f'127.0.0.1:{self.at}'}\r\n{more}"
                "Connection: close\r\n\r\n").encode()

    def setUp(self):
        super().setUp()
        self.start()
        self.at = self.port()
        self.officer("binta")
        self.officer("dede", queues=("drill",))
        self.officer("ousmane", role="auditor", queues=())
        self.awa = self.browser("awa")

    def test_all(self):
        self.arrive("+22310000001", "A1 12H 40 <img src=x onerror=alert(1)>\"'</script>")
        self.alert = wait_for(lambda: self.awa.get("/api/1/queue").json["alerts"], 20, "the alert")[0]["id"]
        for attack in (self.transport, self.shapes, self.origins, self.tokens, self.sessions, self.static, self.bodies,
                       self.rights, self.texts, self.second_factor, self.guessing, self.floods):
            attack()
        wait_for(lambda: self.awa.get("/api/1/session").status == 200, 5, "the console lives")
        restarts = next(p["restarts"] for p in self.status()["processes"] if p["name"] == "console")
        self.held("and the console never died of any of them", restarts == 0, f"{restarts} restarts")

    def transport(self):
        for name, version in (("TLS 1.0", ssl.TLSVersion.TLSv1), ("TLS 1.1", ssl.TLSVersion.TLSv1_1)):
            c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            c.check_hostname, c.verify_mode = False, ssl.CERT_NONE
            c.set_ciphers("ALL:@SECLEVEL=0")
            c.minimum_version = c.maximum_version = version
            try:
                c.wrap_socket(socket.create_connection(("127.0.0.1", self.at), timeout=10))
                self.held(name, False, "taken")
            except (ssl.SSLError, OSError) as e:
                self.held(name, True, f"refused: {type(e).__name__}")
        self.held("plain HTTP on the TLS port", b"HTTP/1" not in self.talk(self.head(), tls=False, timeout=20), "no answer")

    def shapes(self):
        body = b'{"name":"awa","password":"demo"}'
        post = f"POST /api/1/login HTTP/1.1\r\nHost: 127.0.0.1:{self.at}\r\nContent-Type: application/json\r\n".encode()
        smuggled = b"GET /api/1/status HTTP/1.1\r\nHost: x\r\n\r\n"
        got = self.talk(post + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled)
        self.held("smuggling: length and chunks", got.startswith(b"HTTP/1.1 400") and got.count(b"HTTP/1.1") == 1, "400, closed")
        got = self.talk(post + b"Content-Length: 32\r\nContent-Length: 0\r\n\r\n" + body + smuggled)
        self.held("smuggling: two lengths", got.startswith(b"HTTP/1.1 400") and b'"csrf"' not in got and
                  got.count(b"HTTP/1.1") == 1, "400, closed")
        got = self.talk(post + b"Content-Length: +32\r\n\r\n" + body)
        self.held("smuggling: a length with a sign", got.startswith(b"HTTP/1.1 400"), got[:12].decode(errors="replace"))
        got = self.talk(post + b"Content-Length: -1\r\n\r\n" + body)
        self.held("a negative length", got.startswith(b"HTTP/1.1 400"), got[:12].decode(errors="replace"))
        got = self.talk(post + b"Transfer-Encoding: chunked\r\n\r\n20\r\n" + body + b"\r\n0\r\n\r\n")
        self.held("chunks alone", got.startswith(b"HTTP/1.1 400"), got[:12].decode(errors="replace"))
        got = self.talk(post + b"\r\n")
        self.held("a POST without a length", got.startswith(b"HTTP/1.1 411"), got[:12].decode(errors="replace"))
        for method in ("TRACE", "PUT", "DELETE", "OPTIONS", "CONNECT"):
            got = self.talk(self.head(method))
            self.held(f"method {method}", got[:12] in (b"HTTP/1.1 405", b"HTTP/1.1 400"), got[:12].decode(errors="replace"))
        self.status_is("method override by header", self.awa.get("/api/1/logout", X_HTTP_Method_Override="POST"), 405)
        self.status_is("method override by query", self.awa.get("/api/1/logout?_method=POST"), 405)
        got = self.talk(self.head(path="/" + "a" * 5000))
        self.held("an overlong address", got[:12] == b"HTTP/1.1 414", got[:12].decode(errors="replace"))
        got = self.talk(self.head(more=f"X-Big: {'b' * 60000}\r\n"))
        self.held("an overlong header", got[:12] in (b"HTTP/1.1 431", b"HTTP/1.1 413", b""), got[:12].decode(errors="replace"))
        got = self.talk(self.head(more="".join(f"X-{i}: 1\r\n" for i in range(100))))
        self.held("a hundred headers", got[:12] == b"HTTP/1.1 400", got[:12].decode(errors="replace"))
        whole = self.awa.get("/api/1/session")
        part = self.awa.get("/api/1/session", Range="bytes=0-5")
        self.held("a range of an answer", part.status == 200 and len(part.body) == len(whole.body), f"{part.status}, whole")

    def origins(self):
        post = ("/api/1/alerts/read", {"ids": [1]})
        self.status_is("foreign Origin", self.awa.post(*post, Origin="https://evil.example"), 403)
        self.status_is("Origin null", self.awa.post(*post, Origin="null"), 403)
        self.status_is("Origin of plain HTTP", self.awa.post(*post, Origin=f"http://127.0.0.1:{self.at}"), 403)
        self.status_is("Origin of another port", self.awa.post(*post, Origin="https://127.0.0.1:1"), 403)
        self.status_is("Sec-Fetch-Site: cross-site", self.awa.get("/api/1/session", Sec_Fetch_Site="cross-site"), 403)
        got = self.talk(self.head(host="evil.example"))
        self.held("DNS rebinding: a foreign Host", got[:12] == b"HTTP/1.1 421", got[:12].decode())
        got = self.talk(self.head(host="127.0.0.1.evil.example"))
        self.held("DNS rebinding: a Host that begins like ours", got[:12] == b"HTTP/1.1 421", got[:12].decode())
        got = self.talk(self.head(more="Host: evil.example\r\n"))
        self.held("two Hosts", got[:12] == b"HTTP/1.1 400", got[:12].decode())

    def tokens(self):
        post = ("/api/1/alerts/act", {"ids": [self.alert], "action": "ack"})
        other = self.browser("binta")
        self.status_is("no CSRF token", self.awa.post(*post, X_CSRF=""), 403)
        self.status_is("a wrong CSRF token", self.awa.post(*post, X_CSRF="A" * 43), 403)
        self.status_is("another session's CSRF token", self.awa.post(*post, X_CSRF=other.csrf), 403)
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp"):
            self.status_is(f"content type {kind}", self.awa.post(*post, Content_Type=kind), 415)
        self.held("nothing of it was done", self.awa.get(f"/api/1/alerts/{self.alert}").json["state"] == "new", "state new")

    def sessions(self):
        b = browser.Browser(self.at)
        b.cookies["__Host-tama"] = fixed = "A" * 43
        answer = b.login("binta", "demo")
        self.held("session fixation", b.cookies["__Host-tama"] != fixed, "a new token at login")
        lines = [c for c in answer.headers.get_all("Set-Cookie")]
        self.held("the cookie's attributes", all(all(w in c for w in ("Secure", "HttpOnly", "SameSite=Strict", "Path=/")) and
                  "Domain" not in c and c.startswith("__Host-") for c in lines), "__Host-, Secure, HttpOnly, Strict")
        old = dict(b.cookies)
        b.post("/api/1/logout")
        b.cookies = old
        again = b.get("/api/1/session")
        self.held("a cookie after logout", again.status == 401 and again.json["reason"] == "ended", f"{again.status}")
        b.cookies["__Host-tama"] = "B" * 43
        self.status_is("an invented cookie", b.get("/api/1/queue"), 401)
        b.cookies["__Host-tama"] = "../../../etc/passwd\x01"
        self.status_is("rubbish as a cookie", b.get("/api/1/queue"), 401, 400)
        self.held("no secret in an address", self.awa.csrf.encode() not in self.awa.get("/api/1/sessions").body and
                  self.awa.cookies["__Host-tama"].encode() not in self.awa.get("/api/1/sessions").body, "sessions shown by number")
        api = self.awa.get("/api/1/session").headers
        self.held("an answer is kept by no cache", api["Cache-Control"] == "no-store", api["Cache-Control"])
        for name in ("Content-Security-Policy", "Cross-Origin-Opener-Policy", "Cross-Origin-Embedder-Policy",
                     "Cross-Origin-Resource-Policy", "X-Content-Type-Options", "Referrer-Policy", "Permissions-Policy",
                     "Strict-Transport-Security"):
            self.held(f"header {name}", name in api and "unsafe" not in api[name], api.get(name, "missing")[:60])

    def static(self):
        for path in ("/../../etc/passwd", "/app/../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/app/..%2f..%2ftama.conf",
                     "//etc/passwd", "/app/%00.js", "/console/key.pem", "/queue.db"):
            got = self.talk(self.head(path=path))
            self.held(f"static {path}", got[:12] in (b"HTTP/1.1 404", b"HTTP/1.1 400"), got[:12].decode(errors="replace"))

    def bodies(self):
        def raw(name, body, *want, **headers):
            head = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.awa.cookies.items()), "Content-Type": "application/json",
                    "X-CSRF": self.awa.csrf, **headers}
            try:
                answer = self.awa.raw("POST", "/api/1/alerts/read", body, head)
            except OSError:  # refused at its length, and cut off while it was still talking
                self.awa.close()
                self.held(name, 413 in want, "cut off")
                return
            self.status_is(name, answer, *want)
        raw("broken JSON", b'{"ids": [1', 400)
        raw("no object", b"[1]", 400)
        raw("nested 10,000 deep", b'{"ids":' + b"[" * 10000 + b"]" * 10000 + b"}", 400)
        raw("a NUL in JSON", b'{"ids": [1], "x": "a\x00b"}', 400)
        raw("an escaped NUL", b'{"ids": [1], "x": "a\\u0000b"}', 400)
        raw("invalid UTF-8", b'{"ids": [1], "x": "\xff\xfe"}', 400)
        raw("a key twice", b'{"ids": [1], "ids": [2]}', 400)
        raw("an empty body", b"", 400)
        raw("70 KB", b'{"ids": [1], "x": "' + b"a" * 70000 + b'"}', 413)
        raw("a gzip bomb", gzip.compress(b"0" * 10_000_000), 415, **{"Content-Encoding": "gzip"})
        for ids in ([0], [-1], [10**18], [1.5], ["1"], [None], [], list(range(1, 202)), {"a": 1}):
            answer = self.awa.post("/api/1/alerts/act", {"ids": ids, "action": "ack"})
            self.status_is(f"ids {str(ids)[:20]}", answer, 400)
        for path in ("0", "-1", "99999999999999999999", "1e3", "0x1", "1%20", "%2e%2e", "1/../2"):
            self.status_is(f"alerts/{path}", self.awa.get(f"/api/1/alerts/{path}"), 404)
        for query in ("limit=0", "limit=201", "limit=-1", "after=9-1", "after=x", "severity=6", "after=5-1;drop"):
            self.status_is(f"queue?{query}", self.awa.get(f"/api/1/queue?{query}"), 400)
        sql = self.awa.get("/api/1/queue?queue=x'%20OR%20'1'='1&state=%22--")
        self.held("SQL in a filter", sql.status == 200 and sql.json["alerts"] == [], f"{sql.status}, nothing found")
        long = self.awa.post("/api/1/alerts/act", {"ids": [self.alert], "action": "note", "note": "a" * 4000})
        self.status_is("an overlong note", long, 400)

    def rights(self):
        dede, ousmane, binta = self.browser("dede"), self.browser("ousmane"), self.browser("binta")
        self.held("another queue's alert in the list", dede.get("/api/1/queue?all=1").json["alerts"] == [], "not there")
        self.held("the size of another's queue", dede.get("/api/1/queue").json["counts"]["open"] == 0, "0")
        self.status_is("another queue's alert by number", dede.get(f"/api/1/alerts/{self.alert}"), 403, 404)
        answer = dede.post("/api/1/alerts/act", {"ids": [self.alert], "action": "ack"}).json["results"][0]
        self.held("a step on an alert that one cannot open", answer["ok"] is False, answer["message"])
        self.status_is("an answer to a sender whom one cannot see",
                       dede.post("/api/1/alerts/reply", {"id": self.alert, "text": "x", "flash": False}), 403, 404)
        self.status_is("presence on another's alert", dede.post("/api/1/alerts/presence", {"id": self.alert}), 404)
        self.status_is("a reveal of another's alert",
                       dede.post("/api/1/reveals", {"alert_id": self.alert, "reason": "long enough a reason"}), 403, 404)
        for path in ("queue", f"alerts/{self.alert}", "events", "changes?since=0", "map", "reveals", "sections", "rules"):
            self.status_is(f"an auditor reads {path}", ousmane.get(f"/api/1/{path}"), 403)
        for path, data in (("people/add", {"name": "x", "role": "administrator", "password": "0123456789", "queues": []}),
                           ("people/grant", {"name": "binta", "queue": "restricted"}), ("people/revoke", {"name": "awa"}),
                           ("rules/propose", {"text": "", "comment": ""}), ("sections/token", {"section": "humanitarian"})):
            self.status_is(f"an officer calls {path}", binta.post(f"/api/1/{path}", data), 403)
        self.status_is("an officer reads the audit chain", binta.get("/api/1/audit"), 403)
        self.status_is("an officer reads the rules", binta.get("/api/1/rules"), 403)
        theirs = next(s["id"] for s in self.awa.get("/api/1/sessions").json if s["name"] == "awa")
        self.status_is("ending another's session", binta.post("/api/1/sessions/end", {"id": theirs}), 404)
        self.held("seeing another's sessions", {s["name"] for s in binta.get("/api/1/sessions").json} == {"binta"}, "own only")
        self.status_is("a feed without a token", binta.get("/feeds/humanitarian/alerts.json"), 401)
        self.status_is("a feed with an invented token", binta.get("/feeds/humanitarian/alerts.json",
                       Authorization="Bearer tama-section-" + "A" * 43), 401)
        self.status_is("a second first officer", binta.post("/api/1/first-run",
                       {"code": "AAAAA-AAAAA-AAAAA-AAAAA", "name": "eve", "password": "0123456789"}), 403)

    def texts(self):
        answer = self.awa.get(f"/api/1/alerts/{self.alert}")
        self.held("markup in a text", answer.headers["Content-Type"] == "application/json" and
                  "<img" in answer.json["text"], "data in JSON, no sniffing")
        sent = self.awa.post("/api/1/alerts/reply", {"id": self.alert, "text": "merci\r\nSet-Cookie: x=1\r\n\r\n<b>", "flash": False})
        self.held("header injection in an answer", sent.headers.get("x") is None and
                  not any("x=1" in c for c in sent.headers.get_all("Set-Cookie") or []), f"{sent.status}, no header")
        got = self.talk(self.head(path="/api/1/session?x=%0d%0aSet-Cookie:%20x=1"))
        self.held("header injection in an address", b"Set-Cookie" not in got, "no header")
        include = self.awa.post("/api/1/rules/check", {"text": f'@include "{self.dir}/tama.conf"\n'})
        self.held("a rules file that includes another", include.status == 200 and include.json["errors"] > 0 and
                  b"station" not in include.body.replace(str(self.dir).encode(), b""), "a mistake, nothing of the file")
        deep = self.awa.post("/api/1/rules/check", {"text": "a = " + "{ b = " * 5000})
        self.held("rules nested 5,000 deep", deep.status in (200, 400), f"{deep.status}")

    def second_factor(self):
        b = self.browser("binta")
        secret = b.post("/api/1/totp/begin").json["secret_base32"]
        self.status_is("a wrong code when it is chosen", b.post("/api/1/totp/confirm", {"code": "000000"}), 403)
        wait_for(lambda: time.time() - self.started > 31, 60, "codes of before the start are void")
        code = code_of(secret, time.time())
        self.held("the right one", b.post("/api/1/totp/confirm", {"code": code}).status == 200, "taken")
        n = browser.Browser(self.at)
        again = n.login("binta", "demo", totp=code)
        self.held("a code replayed", again.status == 401 and again.json["error"] == "totp", f"{again.status} totp")
        none = n.login("binta", "demo")
        self.held("password without the code", none.status == 401 and none.json["error"] == "totp", f"{none.status} totp")
        self.status_is("the second factor off with a wrong password", b.post("/api/1/totp/off", {"password": "wrong"}), 403)
        with open(self.dir / "queue.db", "rb") as f, open(self.dir / "queue.db-wal", "rb") as w:
            kept = f.read() + w.read()
        self.held("the secret in a stolen database", base64.b32decode(secret) not in kept and secret.encode() not in kept, "sealed")
        self.held("off with the right one", b.post("/api/1/totp/off", {"password": "demo"}).status == 200, "off")

    def guessing(self):
        n = browser.Browser(self.at)
        known, unknown = n.login("dede", "wrong"), n.login("nobody-at-all", "wrong")
        self.held("telling officers from others by words", known.json == unknown.json and known.status == unknown.status == 401,
                  "the same answer")
        times = {"dede": [], "nobody": []}
        device = self.browser("dede")  # its cookie: not made to wait
        for i in range(12):
            for name in times:
                d = browser.Browser(self.at)
                begun = time.monotonic()
                d.raw("GET", "/", None, {})  # the handshake is not in it
                begun = time.monotonic()
                answer = d.login(name if name == "dede" else f"nobody{i}", "wrong")
                if answer.status == 401:
                    times[name].append(time.monotonic() - begun)
                d.close()
        a, b = (statistics.median(v) if v else 0 for v in times.values())
        self.held("telling officers from others by time", not (a and b) or abs(a - b) < max(0.01, 0.5 * max(a, b)),
                  f"{a * 1000:.1f} and {b * 1000:.1f} ms")
        refused = [n.login("dede", f"wrong{i}").status for i in range(12)]
        self.held("guessing a password", 429 in refused, f"{refused.count(429)} of 12 not even tried")
        device.cookies.pop("__Host-tama")
        self.held("locking an officer out", device.login("dede", "demo").status == 200, "the known browser logs in")

    def floods(self):
        streams = [self.awa.events() for _ in range(8)]
        self.held("a flood of streams", sorted({e.status for e in streams}) == [200, 429], "6 a session")
        for e in streams:
            e.close()
        quick = [self.awa.get("/api/1/session").status for _ in range(300)]
        self.held("a flood of requests", 429 in quick and 200 in quick, f"{quick.count(429)} of 300 refused")
        slow = self.socket()
        slow.sendall(b"GET / HTTP/1.1\r\n")
        begun, cut = time.monotonic(), False
        while time.monotonic() - begun < 30 and not cut:
            try:
                slow.sendall(b"X: 1\r\n")
                time.sleep(1)
                slow.settimeout(0.01)
                cut = slow.recv(10) == b""
            except TimeoutError:
                continue
            except (OSError, ssl.SSLError):
                cut = True
        self.held("a client that sends a line a second", cut, f"cut after {time.monotonic() - begun:.0f} s")
        idle = [socket.create_connection(("127.0.0.1", self.at), timeout=5) for _ in range(100)]
        begun = time.monotonic()
        self.held("a hundred connections that say nothing", self.browser().get("/").status in (200, 404) and
                  time.monotonic() - begun < 2, f"others wait {(time.monotonic() - begun) * 1000:.0f} ms")
        for s in idle:
            s.close()

    def start(self, unlock=True):
        super().start(unlock)
        self.started = time.time()


if __name__ == "__main__":
    try:
        flow.main()
    finally:
        for row in TABLE:
            print(f"{row[0]:52} {row[1]:7} {row[2]}")
        print(f"{len(TABLE)} attacks, {sum(r[1] == 'held' for r in TABLE)} held")
