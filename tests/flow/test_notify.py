# SPDX-License-Identifier: GPL-2.0-or-later
"""Who is notified, of what, how often: endpoints of its own (HTTP, SMTP) and the phones behind the simulated modem. No
notification holds a text, a place, a count or a sender; none is lost, none is sent twice; none slows triage."""
import hashlib
import hmac
import http.server
import json
import os
import signal
import socket
import socketserver
import ssl
import subprocess
import threading
import time

import flow

SECRET = "only for this test"
TEXT, PLACE, SENDER = "A1 12H 40", "12H", "+22310700001"


class Endpoint(http.server.ThreadingHTTPServer):
    """Answers with what `statuses` says, then 200; keeps what it was sent."""
    daemon_threads = True

    def __init__(self, context=None):
        super().__init__(("127.0.0.1", 0), Receiver)
        self.heard, self.statuses, self.attempts = [], [], 0
        if context:
            self.socket = context.wrap_socket(self.socket, server_side=True)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # a client that does not like our certificate

    @property
    def port(self):
        return self.server_address[1]

    def deliveries(self):
        return [json.loads(body)["delivery"] for _, body in self.heard]

    def bodies(self):
        return [json.loads(body) for _, body in self.heard]


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.attempts += 1
        status = self.server.statuses.pop(0) if self.server.statuses else 200
        if status == 200:
            self.server.heard.append((dict(self.headers), body))
        self.send_response(status)
        if status == 302:
            self.send_header("Location", f"http://127.0.0.1:{self.server.port}/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST

    def log_message(self, *_):
        pass


class Mail(socketserver.ThreadingTCPServer):
    daemon_threads, allow_reuse_address = True, True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Session)
        self.mails = []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Session(socketserver.StreamRequestHandler):
    def handle(self):
        to = []
        self.say("220 here")
        while line := self.rfile.readline().decode().strip():
            word = line[:4].upper()
            if word == "RCPT":
                to.append(line.partition("<")[2].rstrip(">"))
            if word == "DATA":
                self.say("354 go on")
                data = b""
                while not data.endswith(b"\r\n.\r\n"):
                    data += self.rfile.readline()
                self.server.mails.append((to, data.decode()))
                to = []
            self.say("221 bye" if word == "QUIT" else "250 ok")
            if word == "QUIT":
                return

    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")


class Silent:
    """Accepts and never answers."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port, self.kept = self.socket.getsockname()[1], []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                self.kept.append(self.socket.accept()[0])
            except OSError:
                return

    def close(self):
        self.socket.close()
        for s in self.kept:
            s.close()


class Notify(flow.Flow):
    def setUp(self):
        super().setUp()
        (self.dir / "hub.secret").write_text(SECRET + "\n")

    def targets(self, *targets, more="", deadline=""):
        with self.config.open("a") as f:
            f.write(f"targets = ( {', '.join(targets)} );\n{more}\n{deadline}\n")

    def webhook(self, url, more=""):
        return f'{{ name = "duty"; kind = "webhook"; url = "{url}"; secret_file = "hub.secret"; {more} }}'

    def endpoint(self):
        e = Endpoint()
        self.addCleanup(e.server_close)
        self.addCleanup(e.shutdown)
        return e

    def target(self, name="duty"):
        return next(t for t in self.status()["targets"] if t["name"] == name)

    def attack(self, i=1):
        self.arrive(f"+2231070{i:04d}", f"A1 12H {40 + i}")

    def as_awa(self, *args, expect=0):
        return self.tama(*args, "-c", self.config, "--as", "awa", "--password-file", self.password, expect=expect)

    # ---- webhook

    def test_a_signed_webhook_says_what_its_level_allows(self):
        e = self.endpoint()
        self.targets(self.webhook(f"http://127.0.0.1:{e.port}/in"))
        self.start()
        self.arrive(SENDER, TEXT)
        self.settle(1)
        flow.wait_for(lambda: e.heard, 20, "the endpoint hears")
        headers, body = e.heard[0]
        t, v1 = (p.partition("=")[2] for p in headers["Tama-Signature"].split(","))
        want = hmac.new(SECRET.encode(), t.encode() + b"." + body, hashlib.sha256).hexdigest()
        self.assertTrue(hmac.compare_digest(want, v1))
        self.assertLess(abs(time.time() - int(t)), 60)
        said = json.loads(body)
        self.assertEqual(headers["Tama-Delivery"], str(said["delivery"]))
        self.assertEqual(set(said), {"version", "delivery", "what", "at", "alerts", "alert", "severity", "queue"})
        self.assertEqual((said["what"], said["alert"], said["severity"], said["alerts"]), ("alert", 1, 5, 1))
        everything = json.dumps(said) + json.dumps(headers)
        for never in (TEXT, PLACE, SENDER, "A1", "Kayes", "demo"):
            self.assertNotIn(never, everything)
        flow.wait_for(lambda: self.target()["state"] == "ok", 10, "status says it")
        self.assertEqual(self.target()["waiting"], 0)

    def test_level_nothing(self):
        e = self.endpoint()
        self.targets(self.webhook(f"http://127.0.0.1:{e.port}/", 'level = "nothing";'))
        self.start()
        self.attack()
        flow.wait_for(lambda: e.heard, 20, "the endpoint hears")
        self.assertEqual(set(e.bodies()[0]), {"version", "delivery", "what", "at", "alerts"})

    def test_tried_again_and_no_redirect_followed(self):
        e = self.endpoint()
        e.statuses = [500, 302, 404]
        self.targets(self.webhook(f"http://127.0.0.1:{e.port}/"))
        self.start()
        self.attack()
        flow.wait_for(lambda: self.target()["failures"] == 2, 20, "a redirect is a failure")
        self.assertIn("redirect", self.target()["text"])
        flow.wait_for(lambda: e.heard, 40, "it arrives")
        self.assertEqual(e.attempts, 4)
        flow.wait_for(lambda: (self.target()["failures"], self.target()["state"]) == (0, "ok"), 10, "all is well again")

    def test_a_restart_loses_none_and_sends_none_twice(self):
        e = self.endpoint()
        self.targets(self.webhook(f"http://127.0.0.1:{e.port}/"))
        self.start()
        for i in range(40):
            self.attack(i)
            if i % 10 == 5:
                os.kill(self.pid(("notify", "triage")[i // 10 % 2]), signal.SIGKILL)
                flow.wait_for(self.ready, 20, "it is back")
        self.settle(40)
        flow.wait_for(lambda: len(set(e.deliveries())) >= 20, 60, "half of them")
        self.kill_all()
        self.start()
        flow.wait_for(lambda: len(set(e.deliveries())) >= 40 and self.target()["waiting"] == 0, 90, "all of them")
        alerts = [b["alert"] for b in e.bodies()]
        self.assertEqual(set(alerts), set(range(1, 41)))
        # a try that was cut down between the endpoint's answer and us may come again, with its number
        self.assertLessEqual(len(e.deliveries()) - len(set(e.deliveries())), 3)

    def test_triage_that_dies_behind_the_answer_sends_none_twice(self):
        e = self.endpoint()
        self.targets(self.webhook(f"http://127.0.0.1:{e.port}/"))
        self.start()
        for i in range(20):
            self.attack(i)
        flow.wait_for(lambda: len(e.heard) >= 3, 20, "some")
        for _ in range(3):
            os.kill(self.pid("triage"), signal.SIGKILL)
            flow.wait_for(self.ready, 20, "triage is back")
        self.settle(20)
        flow.wait_for(lambda: len(set(e.deliveries())) >= 20 and self.target()["waiting"] == 0, 60, "all")
        self.assertEqual(len(e.deliveries()), 20)

    def test_only_over_tls_that_can_be_trusted(self):
        cert, key = self.where / "cert.pem", self.where / "key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "9",
                        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(cert)],
                       check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        e = Endpoint(context)
        self.addCleanup(e.server_close)
        self.addCleanup(e.shutdown)
        self.targets(self.webhook(f"https://localhost:{e.port}/"),
                     self.webhook(f"https://localhost:{e.port}/", f'ca_file = "{cert}";').replace('"duty"', '"known"'))
        self.start()
        self.as_awa("notify", "test", "duty", expect=1)
        self.assertIn("certificate", self.complaint)
        self.assertEqual(e.heard, [])
        self.assertIn("took it", self.as_awa("notify", "test", "known"))
        self.assertEqual([b["what"] for b in e.bodies()], ["test"])
        self.assertIn(("notify-test", "target=known"),
                      [(r["kind"], r["detail"]) for r in json.loads(self.tama("audit", "show", "-c", self.config, "--json"))])
        self.as_awa("notify", "test", "nobody", expect=2)

    def test_an_endpoint_that_never_answers_slows_nothing(self):
        silent = Silent()
        self.addCleanup(silent.close)
        took = {}
        self.targets(self.webhook(f"http://127.0.0.1:{silent.port}/"))
        rules = (self.dir / "rules.conf").read_text()
        for who in ("nobody", "duty", "nobody", "duty"):
            (self.dir / "rules.conf").write_text(rules.replace('"duty"', f'"{who}"'))
            self.start()
            done = self.rows()
            os.kill(self.pid("triage"), signal.SIGSTOP)  # so that all of them wait in the spool
            before = self.status()["spooled"]
            for i in range(500):
                self.attack(i + 1000 * len(took) + (500 if who == "duty" else 0))
            flow.wait_for(lambda: self.status()["spooled"] - before == 500, 60, "all in the spool")
            start = time.monotonic()
            os.kill(self.pid("triage"), signal.SIGCONT)
            flow.wait_for(lambda: self.rows() == done + 500, 60, "500 alerts")
            took.setdefault(who, []).append(time.monotonic() - start)
            self.stop()
        print(f"500 alerts: {min(took['nobody']):.2f} s, with an endpoint that accepts and never answers {min(took['duty']):.2f} s",
              file=flow.sys.stderr)
        self.assertTrue(silent.kept)
        self.assertLess(min(took["duty"]), min(took["nobody"]) * 1.5 + 0.1)

    # ---- mail

    def test_mail_says_nothing(self):
        server = Mail()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.targets('{ name = "duty"; kind = "mail"; level = "nothing"; from = "tama@example.org"; every_s = 2; '
                     f'url = "smtp://127.0.0.1:{server.server_address[1]}"; to = "one@example.org,two@example.org three@example.org"; }}',
                     deadline="deadline = { severity_5_s = 6; again_s = 600; };")
        self.start()
        for i in range(5):
            self.attack(i)
        flow.wait_for(lambda: len(server.mails) >= 2, 30, "two mails: the first, and the others together")
        self.assertEqual(server.mails[0][0], ["one@example.org", "two@example.org"])
        head, _, body = server.mails[0][1].partition("\r\n\r\n")
        self.assertIn("Subject: Note\r\n", head)
        self.assertEqual(body.strip(" .\r\n"), "Les prix du marche sont a jour")
        flow.wait_for(lambda: ["three@example.org"] in [to for to, _ in server.mails], 30, "the next step, when nobody acknowledges")
        self.assertLessEqual(len(server.mails), 5)

    # ---- phones

    ONCALL = ('{ name = "duty"; kind = "sms"; every_s = 3; text = "Bonjour, le marche est ouvert."; oncall = ( '
              '{ days = "%s"; to = "+22310999999"; }, { to = "+22310111111,+22310222222 +22310333333"; } ); }')

    def sent(self):
        return [(s["to"], s["text"]) for s in self.modem.ask("sent")["sent"]]

    def test_duty_phones_step_by_step(self):
        days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
        tomorrow = days[(time.gmtime().tm_wday + 2) % 7]
        self.targets(self.ONCALL % tomorrow, deadline="deadline = { severity_5_s = 8; again_s = 600; };")
        self.start()
        for i in range(6):
            self.attack(i)
            time.sleep(0.05)
        flow.wait_for(lambda: len(self.sent()) >= 4, 30, "both phones, and once more for those behind")
        time.sleep(1)
        first = [to for to, _ in self.sent()]
        self.assertEqual(sorted(first), sorted(["+22310111111", "+22310222222"] * 2))
        self.assertEqual({text for _, text in self.sent()}, {"Bonjour, le marche est ouvert."})
        flow.wait_for(lambda: "+22310333333" in [to for to, _ in self.sent()], 30, "the next step")
        self.assertNotIn("+22310999999", [to for to, _ in self.sent()])
        self.assertNotIn("tama-notify", self.running.log.read_text())
        self.assertIn("handed to the modems", self.as_awa("notify", "test", "duty"))

    def test_the_station_itself(self):
        e = self.endpoint()
        self.targets(self.webhook(f"http://127.0.0.1:{e.port}/").replace('"duty"', '"hub"'), more='notify = { station = "hub"; };')
        self.clock()
        self.start()
        self.attack()
        self.settle(1)  # it has looked at its clock
        self.clock(400 * 86400, 61)
        flow.wait_for(lambda: self.alerts() and e.heard, 30, "the doubted clock")  # asking wakes a loop that sleeps
        self.assertEqual((e.bodies()[0]["what"], e.bodies()[0]["severity"]), ("station", 4))
        self.assertNotIn("clock", json.dumps(e.bodies()))

    def test_mistakes_are_told_with_their_line(self):
        for target, why in (
                ('{ name = "a"; kind = "fax"; }', "kind: expected"),
                ('{ name = "a"; kind = "sms"; }', "who is told"),
                ('{ name = "a"; kind = "sms"; to = "70000001"; }', "numbers with +"),
                ('{ name = "a"; kind = "webhook"; url = "http://example.org/"; secret_file = "hub.secret"; }', "https://"),
                ('{ name = "a"; kind = "webhook"; url = "http://127.0.0.1@example.org/"; secret_file = "hub.secret"; }', "https://"),
                ('{ name = "a"; kind = "webhook"; url = "http://localhost.example.org/"; secret_file = "hub.secret"; }', "https://"),
                ('{ name = "a"; kind = "webhook"; url = "https://example.org/"; }', "secret_file is missing"),
                ('{ name = "a"; kind = "sms"; oncall = ( { hours = "6-18"; to = "+22310000001"; } ); }', "hours: expected"),
                ('{ name = "a"; kind = "sms"; oncall = ( { days = "lun"; to = "+22310000001"; } ); }', "days: expected"),
                ('{ name = "a"; kind = "sms"; to = "+22310000001"; colour = "red"; }', 'unknown setting "colour"')):
            text = self.config.read_text()
            self.targets(target)
            self.tama("status", "-c", self.config, expect=2)
            self.assertRegex(self.complaint, rf"tama\.conf:{len(text.splitlines()) + 1}: ")
            self.assertIn(why, self.complaint)
            self.assertNotIn("70000001", self.complaint)
            self.config.write_text(text)


if __name__ == "__main__":
    flow.main()
