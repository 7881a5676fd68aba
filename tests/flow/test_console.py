# SPDX-License-Identifier: GPL-2.0-or-later
"""The console's server as a browser meets it, on a whole station."""
import unittest

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


if __name__ == "__main__":
    flow.main()
