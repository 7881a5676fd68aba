# SPDX-License-Identifier: GPL-2.0-or-later
"""The console's feeds: with a section's token, in each format, signed and written down; and what officers see of them."""
import browser
import flow
import formats


class Feeds(browser.ConsoleFlow):
    def stranger(self, officer):
        """Whoever has no session."""
        s = browser.Browser(officer.port)
        self.addCleanup(s.close)
        return s

    def test_a_section_reads_its_feed(self):
        self.start()
        b = self.browser("awa")
        made = b.post("/api/1/sections/token", {"section": "operations"}).json
        other = b.post("/api/1/sections/token", {"section": "analysis"}).json
        self.assertRegex(made["token"], r"^tama-section-[\w-]{43}$")
        self.arrive("+22310000001", "A1 12H 40")
        self.settle(1)
        stranger = self.stranger(b)
        bearer = {"Authorization": f"Bearer {made['token']}"}

        def get(path, headers=bearer):
            return stranger.raw("GET", path, headers=headers)
        for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": f"Bearer {other['token']}"},
                        {"Authorization": f"Basic {made['token']}"}, {"Authorization": "Bearer tama-section-" + "A" * 43}):
            r = get("/feeds/operations/alerts.json", headers)
            self.assertEqual((r.status, r.headers["WWW-Authenticate"]), (401, "Bearer"))
        for path in ("/feeds/operations/alerts.txt", "/feeds/operations", "/feeds//alerts.json", "/feeds/a/b/alerts.json"):
            self.assertIn(get(path).status, (401, 404))
        before = next(s for s in b.get("/api/1/sections").json if s["name"] == "operations")
        self.assertEqual((before["items"], before["read"]), (1, 0))

        r = get("/feeds/operations/alerts.json")
        self.assertEqual((r.status, r.headers["Cache-Control"], r.headers["Content-Type"]), (200, "no-store", "application/json"))
        alert = r.json["alerts"][0]
        self.assertEqual((alert["event"], alert["redaction"]), ("A1", "place"))
        document = self.where / "document"
        document.write_bytes(r.body)
        self.tama("export", "verify", document, "--key", self.tama("section", "key", "-c", self.config).strip())
        self.assertEqual(formats.cap(self, get("/feeds/operations/cap.xml").body.decode()).findtext(formats.CAP + "msgType"), "Alert")
        self.assertEqual(len(formats.geojson(self, get("/feeds/operations/alerts.geojson").body.decode())), 1)
        self.assertEqual(len(formats.hxl(self, get("/feeds/operations/alerts.csv").body.decode())), 1)
        after = next(s for s in b.get("/api/1/sections").json if s["name"] == "operations")
        self.assertEqual((after["items"], after["read"], after["unread"]), (1, 1, 0))
        self.assertEqual(b.post("/api/1/sections/revoke", {"section": "operations", "id": made["id"]}).status, 200)
        self.assertEqual(get("/feeds/operations/alerts.json").status, 401)

    def test_an_officer_refers_to_a_section_in_the_page(self):
        self.start()
        b = self.browser("awa")
        made = b.post("/api/1/sections/token", {"section": "civil-affairs"}).json
        self.arrive("+22310000001", "C3 12H 9")
        alert = self.settle(1)[0]["id"]

        def refer(**more):
            return b.post("/api/1/alerts/act", {"ids": [alert], "action": "refer", "detail": "civil-affairs", **more}).json["results"][0]
        self.assertFalse(refer()["ok"], "a step that says what was not done")
        self.assertTrue(refer(level="area")["ok"])
        self.assertFalse(refer(level="area")["ok"])
        r = self.stranger(b).raw("GET", "/feeds/civil-affairs/alerts.json", headers={"Authorization": f"Bearer {made['token']}"})
        self.assertEqual([(a["event"], a["state"]) for a in r.json["alerts"]], [("C3", "referred")])
        self.assertEqual(b.get(f"/api/1/alerts/{alert}").json["state"], "referred")


if __name__ == "__main__":
    flow.main()
