# SPDX-License-Identifier: GPL-2.0-or-later
"""The console's server as a browser meets it, on a whole station."""
import gzip
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import ssl
import subprocess
import threading
import time

import browser
import flow
from flow import wait_for


class Console(browser.ConsoleFlow):
    def test_a_text_at_the_modem_appears_in_an_open_page_and_is_worked(self):
        self.start()
        b = self.browser("awa")
        session = b.get("/api/1/session").json
        self.assertEqual((session["name"], session["role"]), ("awa", "supervisor"))
        self.assertIn("protection", session["queues"])
        self.assertEqual(b.get("/api/1/queue").json["alerts"], [])
        page = b.events()
        self.addCleanup(page.close)
        self.arrive("+22310000001", "A1 12H 40")
        wait_for(lambda: [c for c in page.of("change") if c.get("alerts")], 10, "the page hears of the alert")
        small = next(c for c in page.of("change") if c.get("alerts"))["alerts"][0]
        self.assertEqual((small["event"], small["place"], small["severity"], small["state"]), ("A1", "12H", 5, "new"))
        alert = b.get("/api/1/queue").json["alerts"][0]
        self.assertEqual(alert["text"], "A1 12H 40")
        self.assertTrue(alert["unread"])
        self.assertEqual(b.post("/api/1/alerts/read", {"ids": [alert["id"]]}).status, 200)
        self.assertFalse(b.get("/api/1/queue").json["alerts"][0]["unread"])
        for action, detail, note, state in (("ack", None, None, "acknowledged"), ("verify", None, None, "verifying"),
                                            ("note", None, "asked the mayor", "verifying"),
                                            ("respond", None, "patrol sent", "responded"),
                                            ("close", "confirmed", "seen by the patrol", "closed")):
            r = b.post("/api/1/alerts/act", {"ids": [alert["id"]], "action": action, "detail": detail, "note": note})
            self.assertEqual(r.json["results"], [{"id": alert["id"], "ok": True}], r)
            whole = b.get(f"/api/1/alerts/{alert['id']}").json
            self.assertEqual(whole["state"], state)
        self.assertEqual([h["note"] for h in whole["history"]],
                         [None, None, "asked the mayor", "patrol sent", "seen by the patrol"])
        wait_for(lambda: any(a["state"] == "closed" for c in page.of("change") for a in c.get("alerts", [])), 5, "closed")
        self.assertEqual(b.get("/api/1/queue").json["alerts"], [])
        self.assertEqual(len(b.get("/api/1/queue?state=closed").json["alerts"]), 1)

    def test_two_officers_race_for_one_alert_and_exactly_one_wins(self):
        self.start()
        self.officer("binta")
        awa, binta = self.browser("awa"), self.browser("binta")
        self.arrive("+22310000001", "A1 12H 40")
        alert = wait_for(lambda: binta.get("/api/1/queue").json["alerts"], 20, "the alert")[0]["id"]
        results = {}

        def acknowledge(who, b):
            results[who] = b.post("/api/1/alerts/act", {"ids": [alert], "action": "ack"}).json["results"][0]
        threads = [threading.Thread(target=acknowledge, args=a) for a in (("awa", awa), ("binta", binta))]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(sorted(r["ok"] for r in results.values()), [False, True])
        winner = next(w for w, r in results.items() if r["ok"])
        loser = next(r for r in results.values() if not r["ok"])
        self.assertIn(winner, loser["message"])
        self.assertEqual(awa.get(f"/api/1/alerts/{alert}").json["assignee"], winner)
        self.assertEqual(awa.post("/api/1/alerts/presence", {"id": alert}).json["viewers"], ["awa"])
        self.assertEqual(binta.get(f"/api/1/alerts/{alert}").json["viewers"], ["awa"])

    def test_a_restarted_console_says_why_nobody_is_logged_in(self):
        self.start()
        b = self.browser("awa")
        page = b.events()
        self.addCleanup(page.close)
        os.kill(self.pid("console"), signal.SIGKILL)
        wait_for(self.ready, 20, "the console is back")
        b.close()
        b.port = self.port()
        answer = b.get("/api/1/session")
        self.assertEqual((answer.status, answer.json["reason"]), (401, "restart"))
        self.assertEqual(b.login().status, 200)

    def test_a_triage_that_restarts_is_waited_for(self):
        self.start()
        b = self.browser("awa")
        self.arrive("+22310000001", "A1 12H 40")
        alert = wait_for(lambda: b.get("/api/1/queue").json["alerts"], 20, "the alert")[0]["id"]
        os.kill(self.pid("triage"), signal.SIGKILL)
        def acked():
            results = b.post("/api/1/alerts/act", {"ids": [alert], "action": "ack"}).json["results"]
            return results == [{"id": alert, "ok": True}]
        wait_for(acked, 20, "it is done, when triage is back")

    def test_a_locked_station_shows_it(self):
        self.start(unlock=False)
        b = self.browser("awa")
        wait_for(lambda: b.get("/api/1/session").json["station"]["banner"] == "locked", 10, "locked")
        page = b.events()
        self.addCleanup(page.close)
        self.unlock()
        wait_for(lambda: page.of("station")[-1:] and page.of("station")[-1]["banner"] is None, 10, "the page hears of it")

    def test_the_idle_are_logged_out_and_told(self):
        self.stop()
        text = self.config.read_text().replace("console = { port = 0; };", "console = { port = 0; idle_s = 2; };")
        self.config.write_text(text)
        self.start()
        b = self.browser("awa")
        end = time.monotonic() + 20
        while (answer := b.get("/api/1/queue", X_Background="1")).status == 200 and time.monotonic() < end:
            time.sleep(0.3)
        self.assertEqual((answer.status, answer.json["reason"]), (401, "idle"))

    def test_the_first_officer_is_made_from_the_code_of_init_once(self):
        self.stop()
        shutil.rmtree(self.dir)
        made = json.loads(self.tama("init", self.dir, "--json", "--passphrase-file", self.passphrase, "--modem",
                                    self.modem.device))
        with self.config.open("a") as f:
            f.write(self.settings)
        self.start()
        b = self.browser()
        self.assertTrue(b.get("/api/1/session").json["first_run"])
        first = {"code": "AAAAA-AAAAA-AAAAA-AAAAA", "name": "zara", "password": "a long password"}
        self.assertEqual(b.post("/api/1/first-run", first).status, 403)
        answer = b.post("/api/1/first-run", {**first, "code": made["first_code"].lower()})
        self.assertEqual(answer.status, 200, answer)
        self.assertIn("protection", answer.json["queues"])
        self.arrive("+22310000001", "A1 12H 40")
        wait_for(lambda: b.get("/api/1/queue").json["alerts"], 20, "she reads what comes")
        again = self.browser()
        self.assertFalse(again.get("/api/1/session").json["first_run"])
        self.assertEqual(again.post("/api/1/first-run", {**first, "code": made["first_code"], "name": "eve"}).status, 403)
        self.assertEqual(self.status()["console_certificate_sha256"], made["certificate_sha256"])
        pem = ssl.get_server_certificate(("127.0.0.1", b.port))
        self.assertEqual(hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest(), made["certificate_sha256"])

    def test_people_rules_sections_and_figures(self):
        self.start()
        awa = self.browser("awa")
        add = {"name": "moussa", "role": "administrator", "password": "0123456789", "queues": ["protection"]}
        self.assertEqual(awa.post("/api/1/people/add", add).status, 200)
        moussa = self.browser("moussa", "0123456789")
        people = {p["name"]: p for p in awa.get("/api/1/people").json}
        self.assertEqual((people["moussa"]["role"], people["moussa"]["queues"]), ("administrator", ["protection"]))
        self.assertEqual(moussa.post("/api/1/password", {"old": "wrong", "new": "abcdefghij"}).status, 403)
        self.assertEqual(moussa.post("/api/1/password", {"old": "0123456789", "new": "abcdefghij"}).status, 200)
        self.browser("moussa", "abcdefghij")
        rules = moussa.get("/api/1/rules").json
        text = rules["text"] + "\n// one line more\n"
        self.assertEqual(moussa.post("/api/1/rules/check", {"text": text}).json["errors"], 0)
        self.assertGreater(moussa.post("/api/1/rules/check", {"text": "rules = ( { nme = 1; } );"}).json["errors"], 0)
        tried = moussa.post("/api/1/rules/try", {"text": text, "message": "A1 12H 40"}).json
        self.assertEqual((tried["decision"]["severity"], bool(tried["trace"])), (5, True))
        self.assertEqual(moussa.post("/api/1/rules/replay", {"text": text, "days": 30}).json["changes"], [])
        proposed = moussa.post("/api/1/rules/propose", {"text": text, "comment": "a test"})
        self.assertEqual(proposed.status, 200, proposed)
        self.assertEqual(moussa.post("/api/1/rules/approve", {"id": proposed.json["id"]}).status, 409, "by the same person")
        self.assertEqual(awa.get("/api/1/rules").json["proposals"][0]["text"], text)
        approved = awa.post("/api/1/rules/approve", {"id": proposed.json["id"]})
        self.assertEqual(approved.status, 200, approved)
        self.assertEqual(awa.get("/api/1/rules").json["text"], text)
        for path in ("sections", "map", "report", "audit", "status", "sheet", "reveals", "sheets"):
            answer = awa.get(f"/api/1/{path}")
            self.assertEqual(answer.status, 200, f"{path}: {answer}")
        section = awa.get("/api/1/sections").json[0]["name"]
        token = awa.post("/api/1/sections/token", {"section": section}).json["token"]
        for name, kind in (("alerts.json", "json"), ("cap.xml", "xml"), ("alerts.geojson", "json"), ("alerts.csv", "csv")):
            feed = self.browser().get(f"/feeds/{section}/{name}", Authorization=f"Bearer {token}")
            self.assertEqual(feed.status, 200, feed)
            self.assertIn(kind, feed.headers["Content-Type"])

    def test_long_answers_are_zipped_but_none_with_a_secret(self):
        self.start()
        b = self.browser("awa")
        for i in range(8):
            self.arrive(f"+2231000001{i}", f"A{i % 5 + 1} 12H {i + 10}")
        wait_for(lambda: len(b.get("/api/1/queue").json["alerts"]) == 8, 20, "the alerts")
        zip_too = {"Accept_Encoding": "br, gzip"}
        lengths = set()
        for path in ("queue", "sheet", "alerts/1", "rules"):
            plain = b.get(f"/api/1/{path}")
            zipped = b.get(f"/api/1/{path}", **zip_too)
            self.assertIsNone(plain.headers["Content-Encoding"])
            self.assertEqual(zipped.headers["Content-Encoding"], "gzip", path)
            self.assertEqual(zipped.headers["Cache-Control"], "no-store")
            self.assertEqual(json.loads(gzip.decompress(zipped.body)).keys(), plain.json.keys())
            self.assertLess(len(zipped.body), len(plain.body))
        for _ in range(6):
            lengths.add(len(b.get("/api/1/sheet", **zip_too).body))
        self.assertGreater(len(lengths), 1, "the length of the same answer is drawn by lot")
        secret = b.post("/api/1/totp/begin", {}, **zip_too)
        self.assertGreater(len(secret.body), 1024)
        self.assertIsNone(secret.headers["Content-Encoding"])
        self.assertIn("secret_base32", secret.json)
        for path in ("session", "sessions", "reveals"):
            self.assertIsNone(b.get(f"/api/1/{path}", **zip_too).headers["Content-Encoding"], path)
        self.assertIsNone(b.get("/api/1/sheet", Accept_Encoding="gzip;q=0").headers["Content-Encoding"])

    def test_a_number_is_opened_with_what_two_custodians_sent(self):
        self.stop()
        self.config.write_text(self.config.read_text() + "reveal = { cooling_off_s = 0; a_day = 20; };\n")
        self.start()
        awa = self.browser("awa")
        number = "+22310200001"
        self.arrive(number, "A5 12H 10")
        alert = wait_for(lambda: awa.get("/api/1/queue").json["alerts"], 20, "the alert")[0]["id"]
        asked = awa.post("/api/1/reveals", {"alert_id": alert, "reason": "the wounded must be found", "emergency": False},
                         Accept_Encoding="gzip")
        self.assertEqual(asked.status, 200, asked)
        self.assertIsNone(asked.headers["Content-Encoding"])
        listed = awa.get("/api/1/reveals").json[0]
        self.assertEqual((listed["state"], listed["threshold"], listed["approvals"]), ("asked", 2, None))
        code = self.where / "code"
        code.write_text("demo\n")
        approvals = []
        for r in asked.json["requests"][:2]:
            request, approval = self.where / f"{r['custodian']}.request", self.where / f"{r['custodian']}.approval"
            request.write_text(r["text"])
            self.tama("custodian", "approve", request, "--key", self.dir / f"custodians/custodian-{r['custodian']}.key",
                      "--code-file", code, "--out", approval)
            approvals.append(pathlib.Path(approval).read_text())
        one = awa.post("/api/1/reveals/open", {"id": asked.json["id"], "approvals": approvals[:1]})
        self.assertNotEqual(one.status, 200)
        self.assertIn("1 more", one.json["message"])
        opened = awa.post("/api/1/reveals/open", {"id": asked.json["id"], "approvals": approvals}, Accept_Encoding="gzip")
        self.assertEqual(opened.status, 200)
        self.assertTrue(opened.json == {"number": number}, "the number of that alert")
        self.assertNotEqual(awa.post("/api/1/reveals/open", {"id": asked.json["id"], "approvals": approvals}).status, 200)
        self.assertEqual(awa.get("/api/1/reveals").json[0]["state"], "opened")

    def test_a_code_sheet_is_proposed_by_one_and_approved_by_another(self):
        self.start()
        awa = self.browser("awa")
        self.officer("moussa", "administrator")
        moussa = self.browser("moussa")
        text = moussa.get("/api/1/sheets").json["text"] + "\n// one line more\n"
        self.assertEqual(moussa.post("/api/1/sheets/check", {"text": text}).json["errors"], 0)
        proposed = moussa.post("/api/1/sheets/propose", {"text": text, "comment": "a test"})
        self.assertEqual(proposed.status, 200, proposed)
        self.assertEqual(moussa.post("/api/1/sheets/approve", {"id": proposed.json["id"]}).status, 409, "by the same person")
        self.assertEqual(awa.get("/api/1/sheets").json["proposals"][0]["text"], text)
        approved = awa.post("/api/1/sheets/approve", {"id": proposed.json["id"]})
        self.assertEqual(approved.status, 200, approved)
        self.assertEqual(awa.get("/api/1/sheets").json["text"], text)

    def test_a_card_is_shown_as_it_would_be_printed(self):
        self.start()
        b = self.browser("awa")
        place = next(p for p in b.get("/api/1/sheet").json["places"] if p["code"] == "12H")
        ask = f"/api/1/sheets/cards?place={place['pcode']}"
        for more in ("&cover=0&lang=fr", "&cover=1&lang=fr", ""):
            card = b.get(ask + more)
            self.assertEqual((card.status, card.headers["Content-Type"]), (200, "application/pdf"), card)
            self.assertTrue(card.body.startswith(b"%PDF"))
            file = self.where / "card.pdf"
            file.write_bytes(card.body)
            text = subprocess.run(["pdftotext", file, "-"], check=True, capture_output=True, text=True).stdout
            self.assertIn("12H", text)
        self.assertEqual(b.get(ask + "&lang=xx").status, 404)
        self.assertEqual(b.get("/api/1/sheets/cards?place=nowhere").status, 404)
        console = self.pid("console")
        helper = subprocess.run(["pgrep", "-P", str(console)], check=True, capture_output=True, text=True).stdout.split()
        self.assertEqual(len(helper), 1)
        lists = [int(re.search(r"Seccomp_filters:\t(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1])
                 for pid in (console, helper[0])]
        self.assertEqual(lists[0], lists[1], "the supervisor's list and one of its own, as the console (sanitized: none)")
        os.kill(int(helper[0]), signal.SIGKILL)
        wait_for(lambda: b.get(ask).status == 503, 10, "without it there are no cards")
        self.assertIn("tama sheet print", b.get(ask).json["message"])
        self.assertEqual(b.get("/api/1/queue").status, 200)


if __name__ == "__main__":
    flow.main()
