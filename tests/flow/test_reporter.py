# SPDX-License-Identifier: GPL-2.0-or-later
"""Reporter codes: given out on paper, believed as far as what they said turned out true, worth nothing when they are
invented or revoked; and three telephones of one person are not three witnesses."""
import json
import pathlib
import subprocess

import flow

ONE, TWO, THREE, FOUR = (f"+2231080000{i}" for i in range(1, 5))
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ"


def code(number):
    digits = f"{number:07d}"
    return f"R{digits}{LETTERS[sum(int(d) * (i + 2) for i, d in enumerate(reversed(digits))) % 23]}"


class Reporter(flow.Flow):
    def as_awa(self, *args, expect=0):
        return self.tama(*args, "-c", self.config, "--as", "awa", "--password-file", self.password, expect=expect)

    def issue(self, count=1, **more):
        options = [x for k, v in more.items() for x in (f"--{k}", v)]
        return json.loads(self.as_awa("reporter", "issue", "--count", count, *options, "--json"))

    def list(self):
        return {r["id"]: r for r in json.loads(self.as_awa("reporter", "list", "--json"))}

    def arrived(self, sender, text):
        n = self.rows()
        self.arrive(sender, text)
        return max(self.settle(n + 1), key=lambda a: a["id"])

    def close(self, alert, outcome):
        self.queue("close", alert["id"], outcome, "vu sur place")

    def test_a_code_is_known_wherever_it_stands_and_however_it_is_typed(self):
        self.start()
        given = self.issue(2, place="12H", note="women's group of the well")
        one = given[0]["code"].replace("-", "")
        self.assertNotEqual(given[0]["code"], given[1]["code"])
        forms = (f"A1 12H 40 {given[0]['code']}", f"{one.lower()} a1 12h 41", f"A112H42{one}", f"A1 12H 43 {one[0]} {one[1:5]} {one[5:]}",
                 f"A1 12H 44\n{one.replace('0', 'O').replace('1', 'I')}")
        for i, text in enumerate(forms):
            a = self.arrived(f"+223108001{i:02d}", text)
            self.assertEqual((a["event"], a["place"], a["count"]), ("A1", "12H", 40 + i))
            self.assertEqual(a["source"], {"state": "known", "reporter": 1, "grade": "F"})
            self.assertNotIn(one[1:5], a["text"])  # who reads the queue learns no code
            self.assertEqual(len(a["text"].encode()), len(text.encode()))
        self.assertEqual(self.list()[1]["texts"], 5)
        self.assertEqual((self.list()[1]["place"], self.list()[1]["note"], self.list()[2]["texts"]),
                         ("12H", "women's group of the well", 0))
        self.assertEqual(self.arrived(ONE, "A1 12H 50")["source"], {"state": "none", "grade": "F"})

    def test_grades_grow_from_what_officers_found_out(self):
        self.start()
        good = self.issue()[0]["code"]
        bad = self.issue()[0]["code"]
        grades = []
        for i in range(7):  # each of another place: an incident of its own
            a = self.arrived(ONE, f"A1 {('12H', '41R', '10D', '11F', '13K', '14N', '15Q')[i]} 40 {good}")
            grades.append(a["grade"])
            self.close(a, "confirmed")
            self.assertEqual({x["id"]: x["grade"] for x in self.alerts()}[a["id"]], a["grade"][0] + "1")
        self.assertEqual(grades, ["F6", "F6", "F6", "C6", "C6", "C6", "B6"])
        for i in range(4):
            a = self.arrived(TWO, f"A5 {('12H', '41R', '10D', '11F')[i]} 40 {bad}")
            self.close(a, "false")
        self.assertEqual({x["id"]: x["grade"] for x in self.alerts()}[a["id"]], "E5")
        reporters = self.list()
        self.assertEqual([(r["grade"], r["confirmed"], r["false"]) for r in reporters.values()], [("B", 7, 0), ("E", 0, 4)])

    def test_what_counts(self):
        self.start()
        one = self.issue()[0]["code"]
        for text in (f"A1 12H 40 {one}", f"A1 12H 41 {one}"):  # one incident, once
            self.close(self.arrived(ONE, text), "confirmed")
        self.close(self.arrived(ONE, f"H1 12H {one}"), "confirmed")  # all quiet shows nothing
        self.close(self.arrived(ONE, f"A1 41R 40 {one}"), "unverifiable")
        self.assertEqual((self.list()[1]["confirmed"], self.list()[1]["false"]), (1, 0))
        late = self.arrived(ONE, f"A5 10D 40 {one}")
        self.tama("lock", "-c", self.config)  # what is closed meanwhile is counted at the unlocking
        self.close(late, "false")
        self.unlock()
        late = self.arrived(ONE, f"A5 11F 40 {one}")
        self.close(late, "unverifiable")
        self.assertEqual((self.list()[1]["confirmed"], self.list()[1]["false"]), (1, 1))

    def test_a_revoked_or_invented_code_is_told_and_believed_nothing(self):
        self.start()
        given = self.issue(1)[0]["code"]
        self.as_awa("reporter", "grade", "1", "B", "chief of the village, known for years")
        self.assertEqual(self.arrived(ONE, f"A1 12H 40 {given}")["grade"], "B6")
        self.as_awa("reporter", "revoke", given, "card found at a checkpoint")
        self.as_awa("reporter", "revoke", "1", "again", expect=1)
        revoked = self.arrived(ONE, f"A1 41R 40 {given}")
        self.assertEqual((revoked["source"]["state"], revoked["grade"], revoked["event"]), ("revoked", "F6", "A1"))
        self.assertIn("its card may be in other hands", revoked["notes"][0]["text"])
        self.assertIn("its card may be in other hands", self.queue("show", revoked["id"]))
        r = self.list()[1]
        self.assertEqual((r["revoked"], r["why"]), (True, "card found at a checkpoint"))
        invented = self.arrived(TWO, f"A1 10D 40 {code(1234567)}")
        self.assertEqual((invented["source"], invented["event"]), ({"state": "unknown", "grade": "F"}, "A1"))
        self.assertIn("never gave out", invented["notes"][0]["text"])
        both = self.arrived(THREE, f"A1 11F 40 {code(1234567)} {code(7654321)}")
        self.assertEqual(both["source"]["state"], "several")

    def test_who_tries_codes_is_not_believed_when_he_hits_one(self):
        self.start()
        given = self.issue(1)[0]["code"]
        for i in range(3):
            self.assertEqual(self.arrived(TWO, f"A1 12H 40 {code(i + 5)}")["source"]["state"], "unknown")
        a = self.arrived(TWO, f"A1 12H 40 {given}")
        self.assertEqual(a["source"], {"state": "doubted", "grade": "F"})
        self.assertEqual(self.arrived(ONE, f"A1 12H 40 {given}")["source"]["state"], "known")
        for i in range(17):
            self.arrive(f"+223108002{i:02d}", f"A5 12H 40 {code(i + 50)}")
        notices = [a for a in self.settle(23) if a["handle"] == "STATION"]
        self.assertEqual([n["severity"] for n in notices], [4])
        self.assertIn("never given out", notices[0]["text"])

    def test_one_code_on_three_telephones_is_one_witness(self):
        self.start()
        one, two = (g["code"] for g in self.issue(2))
        for sender in (ONE, TWO, THREE):
            a = self.arrived(sender, f"A1 12H 40 {one}")
            self.assertEqual((a["reporters"], a["grade"]), (1, "F6"))
        self.assertEqual(self.arrived(TWO, "A1 12H 41")["reporters"], 1)      # without it: still the same
        self.assertEqual(self.arrived(FOUR, "A1 12H 42")["reporters"], 2)     # somebody else
        self.assertEqual(self.arrived(FOUR, f"A1 12H 42 {two}")["reporters"], 2)
        a = self.arrived(FOUR, f"A1 12H 43 {one}")                            # who lends his telephone, or has both codes
        self.assertEqual(a["reporters"], 1)

    def test_merged_and_split_incidents_count_persons(self):
        self.start()
        one = self.issue()[0]["code"]
        for sender, text in ((ONE, f"A1 12H 40 {one}"), (TWO, "A1 12H 41"), (THREE, f"A1 41R 42 {one}"), (FOUR, "A1 41R 43")):
            self.arrived(sender, text)
        count = lambda: {a["id"]: a["reporters"] for a in self.alerts()}
        self.assertEqual(count(), {1: 2, 2: 2, 3: 2, 4: 2})
        self.queue("merge", 3, 1)
        self.assertEqual(count(), {1: 3, 2: 3, 3: 3, 4: 3})
        self.queue("split", 2)
        self.assertEqual(count(), {1: 2, 2: 1, 3: 2, 4: 2})
        self.close({"id": 4}, "confirmed")  # the incident's information is an officer's now
        self.assertEqual({a["id"]: a["grade"] for a in self.alerts()}, {1: "F1", 2: "F6", 3: "F1", 4: "F1"})
        self.queue("split", 4)
        self.assertEqual({a["id"]: a["grade"] for a in self.alerts()}, {1: "F6", 2: "F6", 3: "F6", 4: "F1"})

    def test_an_answer_names_no_code(self):
        self.start()
        a = self.arrived(ONE, "A1 12H 40")
        self.queue("reply", a["id"], f"gardez {code(4829153)}", expect=1)

    def test_cards(self):
        self.start()
        # fontconfig keeps what it read of the fonts until the end
        self.environment["LSAN_OPTIONS"] = f"suppressions={pathlib.Path(__file__).with_name('leaks')}:print_suppressions=0"
        folder = self.where / "cards"
        folder.mkdir()
        cards = self.issue(2, place="12H", cards=folder, language="en")
        self.assertEqual([c["id"] for c in cards], [1, 2])
        for c in cards:
            self.assertNotIn("code", c)
            self.assertEqual(pathlib.Path(c["card"]).stat().st_mode & 0o777, 0o600)
            text = subprocess.run(["pdftotext", "-layout", c["card"], "-"], capture_output=True, text=True, check=True).stdout
            printed = text.split("your code: ")[1].split()[0]
            self.assertRegex(printed, r"^R[0-9]{3}-[0-9]{4}[A-Z]$")
            self.assertEqual(self.arrived(ONE, f"A1 12H 4{c['id']} {printed}")["source"]["reporter"], c["id"])
        again = self.where / "again.pdf"
        self.tama("reporter", "print", code(4829153), "--place", "12H", "--cover", "--output", again, "-c", self.config)
        text = subprocess.run(["pdftotext", again, "-"], capture_output=True, text=True, check=True).stdout
        self.assertIn("R482-9153K", text)
        self.tama("reporter", "print", "R4829153A", "--place", "12H", "--output", again, "-c", self.config, expect=2)
        self.as_awa("reporter", "issue", "--place", "12A", expect=2)
        self.assertIn("with its check letter", self.complaint)

    def test_it_is_for_supervisors_and_written_down_without_what_it_is_about(self):
        self.start()
        given = self.issue(1, note="through the school")[0]["code"]
        new = self.where / "password-moussa"
        new.write_text("password of moussa\n")
        self.as_awa("user", "add", "moussa", "--new-password-file", new)
        for words in (("issue",), ("list",), ("revoke", "1", "x"), ("grade", "1", "A", "x")):
            self.tama("reporter", *words, "-c", self.config, "--as", "moussa", "--password-file", new, expect=1)
        audit = self.tama("audit", "show", "-c", self.config, "--json")
        self.assertIn("reporter-issue", audit)
        for secret in (given, given.replace("-", ""), given[1:4] + given[5:9], "school"):
            self.assertNotIn(secret, audit)
            for f in self.dir.rglob("*"):
                if f.is_file():
                    self.assertNotIn(secret.encode(), f.read_bytes(), f.name)

    def test_after_a_seizure_no_code_is_known(self):
        self.start()
        given = self.issue(1)[0]["code"]
        self.tama("seize", "-c", self.config)
        self.unlock()
        self.assertEqual(self.arrived(ONE, f"A1 12H 40 {given}")["source"]["state"], "unknown")
        self.assertEqual(self.list(), {})
        self.assertEqual([c["id"] for c in self.issue(1)], [2])  # no number twice

    def test_under_duress_a_code_counts_for_nothing(self):
        sheet = self.dir / "sheet.conf"
        sheet.write_text(sheet.read_text() + '\nduress = ("tantie");\n')
        self.start()
        given = self.issue(1)[0]["code"]
        a = self.arrived(ONE, f"A1 12H 40 {given} tantie")
        self.assertEqual((a["flags"], a["source"]["state"]), (["duress"], "known"))
        self.close(a, "false")
        self.assertEqual((self.list()[1]["confirmed"], self.list()[1]["false"]), (0, 0))


if __name__ == "__main__":
    flow.main()
