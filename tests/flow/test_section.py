# SPDX-License-Identifier: GPL-2.0-or-later
"""Sections: what leaves for them and how coarse it is, tokens that come and go, signatures that others can check, and
that reading is written down."""
import contextlib
import json
import re
import sqlite3

import flow
import formats

SMALL = "small village"


class Section(flow.Flow):
    settings = 'retention = { days = 20; grace_days = 10; reminder_days = 0; };\n'

    def as_awa(self, *args, expect=0):
        return self.tama(*args, "-c", self.config, "--as", "awa", "--password-file", self.password, expect=expect)

    def token(self, section, name=None):
        made = json.loads(self.as_awa("section", "add", section, "--json"))
        path = self.where / f"token-{name or section}"
        path.write_text(made["token"] + "\n")
        return path, made["id"]

    def feed(self, token, form="json", *args, expect=0):
        out = self.tama("export", form, "-c", self.config, "--token-file", token, *args, expect=expect)
        return json.loads(out)["alerts"] if form == "json" and expect == 0 else out

    def send(self, *texts):
        n = self.rows()
        for i, text in enumerate(texts):
            self.arrive(f"+2231070{n + i:04d}", text)
        return {a["text"]: a for a in self.settle(n + len(texts))}

    def list(self, section):
        return next(s for s in json.loads(self.as_awa("section", "list", "--json")) if s["name"] == section)

    def database(self):
        with contextlib.closing(sqlite3.connect(f"file:{self.dir}/queue.db?mode=ro", uri=True)) as db:
            return "\n".join(db.iterdump())

    def audit(self, kind):
        return [r["detail"] for r in json.loads(self.tama("audit", "show", "-c", self.config, "--json")) if r["kind"] == kind]

    def small_villages(self):
        """A sheet with a village too small to be named in a commune of which nobody knows the people."""
        sheet = self.dir / "sheet.conf"
        place = '  { code = "901S";'
        text = sheet.read_text()
        self.assertIn(place, text)
        commune, village = '801' + flow_letter("801"), '802' + flow_letter("802")
        sheet.write_text(text.replace(place, f'''  {{ code = "{commune}"; pcode = "ML010301"; name = "Commune"; level = "commune"; parent = "ML0103"; }},
  {{ code = "{village}"; pcode = "ML01030101"; name = "{SMALL}"; level = "village"; parent = "ML010301"; k = 60; lat = 14.5; lon = -11.5; }},
''' + place, 1))
        return village

    def test_each_level_and_each_format(self):
        village = self.small_villages()
        self.start()
        operations, _ = self.token("operations")  # level place
        analysis, _ = self.token("analysis")      # level area
        human_rights, _ = self.token("human-rights")
        self.assertEqual(self.feed(operations), [])
        alerts = self.send(f"A1 {village} 40", "E1 12H", "B5 200J", "A3 12H", "A1 12H 7")
        here = self.feed(operations)
        self.assertEqual([a["event"] for a in here], ["A1", "A1"], "not what uniformed men did, not what is restricted")
        first = here[0]
        self.assertEqual([(a["level"], a["name"]) for a in first["areas"]], [("region", "Kayes"), ("cercle", "Kayes")],
                         "too small to be named, and so is its commune")
        self.assertNotEqual(first["lat"], 14.5, "the point of the area, not of the village")
        self.assertEqual((first["count"], first["redaction"], first["reporters"]), ("20–49", "place", None))
        self.assertEqual((first["from"][13:], first["until"][13:]), (":00:00Z", ":00:00Z"))
        self.assertTrue(first["from"] <= alerts[f"A1 {village} 40"]["received_at"] < first["until"])
        there = self.feed(analysis)
        self.assertEqual([(a["event"], a["redaction"], a["count"]) for a in there], [("A1", "area", None)] * 2)
        self.assertEqual(len(set(a["id"] for a in here + there)), 4, "no id that links what two sections have")
        self.assertNotEqual(here[0]["incident"], there[0]["incident"])
        self.assertEqual(here[0]["incident"], here[1]["incident"])
        self.assertEqual([a["event"] for a in self.feed(human_rights)], ["E1"])
        everything = "".join(self.feed(t, f) for t in (operations, analysis, human_rights) for f in ("cap", "geojson", "hxl"))
        self.assertFalse(SMALL in everything)
        records = json.dumps(here + there)  # a document says when it was made
        for a in alerts.values():
            self.assertFalse(a["handle"] in everything or a["received_at"] in records)
        self.assertFalse(f"A1 {village}" in everything, "no text leaves")
        self.assertEqual(len(formats.cap(self, self.feed(operations, "cap")).findall(formats.CAP + "info")), 2)
        self.assertEqual(len(formats.geojson(self, self.feed(operations, "geojson"))), 2)
        rows = formats.hxl(self, self.feed(operations, "hxl"))
        self.assertEqual([(r["#adm2+code"], r["#adm3+code"], r["#indicator+count"]) for r in rows],
                         [("ML0103", "", "20–49"), ("ML0103", "", "5–9")])
        shares = {s["section"]: s for s in alerts["A1 12H 7"]["shares"]}
        self.assertEqual(set(shares), {"operations", "analysis"})
        self.assertTrue(all(s["item"] for s in shares.values()), "an officer sees which record it became")

    def test_what_becomes_of_an_alert(self):
        self.start()
        token, _ = self.token("operations")
        alert = self.send("A1 12H 40")["A1 12H 40"]["id"]
        self.feed(token)
        self.queue("ack", alert)
        self.assertEqual(len(self.feed(token)[0]["records"]), 1, "that somebody looks at it is no news")
        self.queue("respond", alert, "patrouille")
        self.queue("close", alert, "false", "rien")
        now = self.feed(token)[0]
        self.assertEqual((now["type"], now["revision"], now["state"], now["outcome"], now["grade"]), ("cancel", 2, "closed", "false", "F5"))
        cancel = formats.cap(self, self.feed(token, "cap"))
        self.assertEqual(cancel.findtext(formats.CAP + "msgType"), "Cancel")
        self.assertIn(f"tama-{now['id']}-1,", cancel.findtext(formats.CAP + "references"))
        self.assertNotIn("rien", json.dumps(now))
        self.tama("lock", "-c", self.config)  # an officer goes on while the station is locked
        self.assertEqual(self.feed(token)[0]["revision"], 2, "and sections go on reading")
        self.unlock()
        second = self.send("A1 12H 41")["A1 12H 41"]["id"]
        self.tama("lock", "-c", self.config)
        self.queue("ack", second)
        self.queue("close", second, "confirmed", "vu")
        self.assertEqual(self.feed(token)[1]["state"], "new")
        self.unlock()
        told = self.feed(token)[1]
        self.assertEqual((told["type"], told["outcome"], told["grade"]), ("update", "confirmed", "F1"))

    def test_tokens(self):
        self.start()
        one, one_id = self.token("operations", "one")
        self.send("A1 12H 40")
        two, two_id = self.token("operations", "two")
        self.assertEqual((len(self.feed(one)), len(self.feed(two))), (1, 0), "a token reads what comes from then on")
        self.send("A1 12H 41")
        self.assertEqual((len(self.feed(one)), len(self.feed(two))), (2, 1))
        self.as_awa("section", "revoke", "operations", one_id)
        self.feed(one, expect=2)
        self.assertIn("was revoked", self.complaint)
        self.send("A1 12H 42")
        self.assertEqual(len(self.feed(two)), 2)
        self.feed(two, "json", "--section", "analysis", expect=2)
        self.assertEqual({t["id"]: t["revoked"] for t in self.list("operations")["tokens"]}, {one_id: True, two_id: False})
        self.as_awa("section", "revoke", "operations")
        self.send("A1 12H 43")
        self.assertEqual(self.list("operations")["items"], 3, "sealed to nobody, so not made")
        self.as_awa("section", "revoke", "operations", expect=2)
        self.as_awa("section", "add", "operetta", expect=2)
        wrong = self.where / "wrong"
        wrong.write_text("tama-section-" + "A" * 43 + "\n")
        self.feed(wrong, expect=2)
        wrong.write_text("nonsense\n")
        self.feed(wrong, expect=2)
        moussa = self.where / "moussa"
        moussa.write_text("password of moussa\n")
        self.as_awa("user", "add", "moussa", "--new-password-file", moussa)
        self.tama("section", "add", "operations", "-c", self.config, "--as", "moussa", "--password-file", moussa, expect=1)
        self.assertEqual(self.audit("section-token"), [f"section=operations token={one_id}", f"section=operations token={two_id}"])
        self.assertNotIn(one.read_text().strip()[13:], self.database())

    def test_reading_is_written_down(self):
        self.start()
        token, _ = self.token("operations")
        self.token("analysis")
        self.send("A1 12H 40", "A1 12H 41")
        before = self.list("operations")
        self.assertEqual((before["items"], before["read"], before["unread"], before["last_read_at"]), (2, 0, 2, None))
        self.feed(token)
        self.feed(token)
        after = self.list("operations")
        self.assertEqual((after["read"], after["unread"], len(after["items_detail"])), (2, 0, 2))
        self.assertTrue(all(i["read_at"] for i in after["items_detail"]))
        self.assertEqual(self.audit("section-read"), ["section=operations items=2"], "once")
        self.assertEqual(self.list("analysis")["unread"], 2)
        self.send("A1 12H 42")
        report = json.loads(self.as_awa("report", "--json"))
        figures = {s["section"]: s for s in report["sections"]}
        self.assertEqual((figures["operations"]["items"], figures["operations"]["read"]), (3, 2))
        self.assertLess(figures["operations"]["median_read_s"], 60)
        self.assertIsNone(figures["analysis"]["median_read_s"])
        self.stop()
        self.feed(token, expect=3)
        self.assertIn("must run", self.complaint)
        self.assertEqual(self.list("operations")["unread"], 1, "not shown, so not read")

    def test_a_thief_of_the_disk(self):
        self.start()
        token, _ = self.token("operations")
        alert = self.send("A1 12H 40")["A1 12H 40"]
        entry = self.feed(token)[0]
        dump = self.database()
        for secret in (entry["id"], "Kayes", "ML0103", "Attaque", entry["from"], alert["handle"]):
            self.assertNotIn(secret, dump)
        with contextlib.closing(sqlite3.connect(f"file:{self.dir}/queue.db?mode=ro", uri=True)) as db:
            columns = [r[1] for r in db.execute("PRAGMA table_info(section_item)")]
            self.assertNotIn("alert_id", columns, "which alert went to whom would say what it is about")
            sizes = {len(r[0]) for r in db.execute("SELECT body FROM section_item")}
            self.assertTrue(all((s - 48) % 256 == 0 for s in sizes), sizes)

    def test_signed(self):
        self.start()
        token, _ = self.token("operations")
        alert = self.send("A1 12H 40", "A1 12H 41")["A1 12H 40"]["id"]
        self.queue("ack", alert)
        self.queue("close", alert, "confirmed", "vu")
        key = self.tama("section", "key", "-c", self.config).strip()
        self.assertRegex(key, r"^[0-9a-f]{32}-[0-9a-f]{64}$")
        self.assertEqual(self.audit("feed-key"), [f"public={key[33:]}"], "the chain says which key it is")
        path = self.where / "document"
        for form in ("json", "geojson", "cap", "hxl"):
            whole = self.feed(token, form) if form != "json" else self.tama("export", "json", "-c", self.config, "--token-file", token)
            self.check(path, whole, key, 0)
            self.assertIn("2 records" if form == "hxl" else "3 records", self.checked)
            self.check(path, whole, key[:-1] + ("0" if key[-1] != "0" else "1"), 1)
            if form == "hxl":
                self.check(path, whole.rstrip() + "\r\na row without a signature\r\n", key, 1)
            self.check(path, re.sub(r"(severity\\*(?:&quot;|\"\")?\"?:)5", r"\g<1>1", whole, count=1), key, (0, 1))
        whole = self.tama("export", "json", "-c", self.config, "--token-file", token)
        for name, value in (("severity", 1), ("outcome", "false"), ("from", "2016-01-01T00:00:00Z"), ("areas", []), ("records", [])):
            changed = json.loads(whole)
            changed["alerts"][0][name] = value
            self.check(path, json.dumps(changed), key, 1)
        swapped = json.loads(whole)
        swapped["alerts"][0]["records"][1] = swapped["alerts"][1]["records"][0]
        self.check(path, json.dumps(swapped), key, 1)
        forged = json.loads(whole)
        forged["alerts"][0]["records"][0]["text"] = forged["alerts"][0]["records"][0]["text"].replace('"A1"', '"E1"')
        self.check(path, json.dumps(forged), key, 1)
        self.check(path, "something else", key, 2)
        self.check(path, whole, "1234", 2)

    def check(self, path, text, key, expect):
        path.write_text(text)
        self.checked = self.tama("export", "verify", path, "--key", key, expect=expect)

    def test_by_an_officers_hand(self):
        self.start()
        civil, _ = self.token("civil-affairs")
        operations, _ = self.token("operations")
        alerts = self.send("A3 12H 9", "E1 12H", "B5 200J", "bonjour mon frere")
        ids = {text: a["id"] for text, a in alerts.items()}
        self.queue("refer", ids["A3 12H 9"], "civil-affairs", "--level", "area")
        given = self.feed(civil)
        self.assertEqual([(a["event"], a["redaction"], a["severity"]) for a in given], [("A3", "area", alerts["A3 12H 9"]["severity"])])
        self.assertEqual(next(a["state"] for a in self.alerts() if a["id"] == ids["A3 12H 9"]), "referred")
        self.queue("refer", ids["A3 12H 9"], "civil-affairs", expect=1)
        self.queue("refer", ids["E1 12H"], "operations", expect=1)
        self.assertIn("uniformed side", self.complaint)
        self.queue("refer", ids["bonjour mon frere"], "operations", expect=1)
        self.queue("refer", ids["B5 200J"], "civil-affairs", expect=1)
        self.assertIn("named officers", self.complaint)
        self.queue("refer", ids["E1 12H"], "nobody", expect=2)
        self.assertEqual(self.feed(operations), [])
        self.assertEqual(self.audit("section-refer"), [f"alert={ids['A3 12H 9']} section=civil-affairs level=area"])

    def test_retention_ends_it(self):
        self.clock()
        self.start()
        token, _ = self.token("operations")
        self.send("A1 12H 40")
        self.assertEqual(len(self.feed(token)), 1)
        self.clock(gone_on_s=29 * 86400)
        flow.wait_for(lambda: self.alerts() and self.list("operations")["items"] == 1, 30, "still there")
        self.clock(gone_on_s=31 * 86400)
        flow.wait_for(lambda: self.alerts() and self.list("operations")["items"] == 0, 30, "the record goes with its alert")
        self.assertEqual(self.feed(token), [])


def flow_letter(digits):
    """The check letter of a place's digits, as rules/sheet.h says: weights 2, 3, 4 … from the right, modulo 23."""
    letters = "ABCDEFGHJKMNPQRSTUVWXYZ"
    return letters[sum(int(d) * (i + 2) for i, d in enumerate(reversed(digits))) % 23]


if __name__ == "__main__":
    flow.main()
