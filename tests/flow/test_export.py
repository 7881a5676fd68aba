# SPDX-License-Identifier: GPL-2.0-or-later
"""`tama export` as an officer: each format as other systems check it, hostile texts in it, and what is left out."""
import json
import stat

import flow
import formats


class Export(flow.Flow):
    def export(self, *args, expect=0):
        return self.tama("export", *args, "-c", self.config, "--as", "awa", "--password-file", self.password, expect=expect)

    def send(self, *texts):
        for i, text in enumerate(texts):
            self.arrive(f"+2231050{i:04d}", text)
        return {a["text"]: a for a in self.settle(len(texts))}

    def test_every_format(self):
        self.start()
        alerts = self.send("A1 12H 40", "=cmd|' /C calc'!A0", "B1 200J", "T1", "@SUM(1) <b>&amp;\"]]>")
        self.assertEqual(len(alerts), 5)

        features = formats.geojson(self, self.export("geojson"))
        self.assertEqual(len(features), 5)
        shown = {f["properties"]["text"]: f for f in features}
        self.assertEqual(shown["A1 12H 40"]["geometry"], {"type": "Point", "coordinates": [-11.43, 14.45]})
        self.assertIsNone(shown["B1 200J"]["geometry"], "the sheet does not know where that is")
        self.assertEqual(shown["A1 12H 40"]["properties"]["sub_event"], "Attack")

        rows = {r["#meta+text"].lstrip("'"): r for r in formats.hxl(self, self.export("hxl"))}
        self.assertEqual(set(rows), set(alerts))
        one = rows["A1 12H 40"]
        self.assertEqual((one["#adm1+code"], one["#adm2+code"], one["#adm2+name"], one["#event+code"], one["#severity"]),
                         ("ML01", "ML0103", "Kayes", "A1", "5"))
        self.assertEqual(one["#date+start"], alerts["A1 12H 40"]["received_at"])
        self.assertEqual(one["#geo+lon"], "-11.43000", "a number stays one")

        whole = formats.cap(self, self.export("cap"))
        self.assertEqual(len(whole.findall(formats.CAP + "info")), 4, "a drill is not mixed with what is real")
        self.assertIn("1 messages are not in this digest", whole.findtext(formats.CAP + "note"))

        listed = json.loads(self.export("json"))
        self.assertEqual(listed["format"], "tama/feed/1")
        for a in listed["alerts"]:
            for key, value in alerts[a["text"]].items():
                self.assertEqual(a[key], value, f"{key} is not what the queue says")

    def test_last_letter_accented(self):
        self.start()
        self.send("le marché est brûlé")
        whole = formats.cap(self, self.export("cap"))
        self.assertTrue(any((e.text or "").endswith("brûlé") for e in whole.iter()), "a letter was lost")

    def test_one_alert_through_its_life(self):
        self.start()
        alert = self.send("A1 12H 40")["A1 12H 40"]["id"]
        info = formats.CAP + "info/" + formats.CAP
        first = formats.cap(self, self.export("cap", alert))
        self.assertEqual([first.findtext(formats.CAP + n) for n in ("status", "msgType")], ["Test", "Alert"])
        self.assertEqual([first.findtext(info + n) for n in ("urgency", "severity", "certainty", "category")],
                         ["Immediate", "Extreme", "Unknown", "Security"])
        area = first.find(info + "area")
        self.assertEqual(area.findtext(f"{formats.CAP}geocode/{formats.CAP}valueName"), "ML-COD-2016")
        self.assertEqual(area.findtext(f"{formats.CAP}geocode/{formats.CAP}value"), "ML0103")
        self.queue("ack", alert)
        update = formats.cap(self, self.export("cap", alert))
        self.assertEqual(update.findtext(formats.CAP + "msgType"), "Update")
        self.queue("respond", alert, "patrol")
        self.queue("close", alert, "false", "no such thing")
        cancel = formats.cap(self, self.export("cap", alert))
        self.assertEqual([cancel.findtext(formats.CAP + "msgType"), cancel.findtext(info + "urgency"),
                          cancel.findtext(info + "certainty")], ["Cancel", "Past", "Unlikely"])
        self.assertIn(first.findtext(formats.CAP + "identifier"), cancel.findtext(formats.CAP + "references"))
        self.assertEqual(formats.geojson(self, self.export("geojson", "--open")), [])

    def test_files(self):
        self.start()
        self.send("A1 12H 40", "T1", "B1 200J")
        folder = self.where / "out"
        self.export("cap", "--output", folder)
        files = sorted(folder.iterdir())
        self.assertEqual(len(files), 3)
        roots = [formats.cap(self, f.read_text()) for f in files]
        self.assertEqual(sorted(r.findtext(formats.CAP + "status") for r in roots), ["Exercise", "Test", "Test"])
        self.assertEqual(stat.S_IMODE(files[0].stat().st_mode), 0o600)
        self.export("hxl", "--output", self.where / "out.csv")
        octets = (self.where / "out.csv").read_bytes()
        self.assertEqual(octets.count(b"\n"), octets.count(b"\r\n"), "RFC 4180")
        self.assertEqual(len(formats.hxl(self, octets.decode())), 3)
        self.export("kml", expect=2)
        self.export("cap", "999", expect=1)
        self.export("json", "--since", "yesterday", expect=2)
        self.assertEqual(json.loads(self.export("json", "--since", "2100-01-01"))["alerts"], [])


if __name__ == "__main__":
    flow.main()
