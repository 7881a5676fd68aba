# SPDX-License-Identifier: GPL-2.0-or-later
"""`tama sheet print`: cards for people who read little, looked at as paper: pages, texts, edges, octets."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unicodedata
import unittest

from flow import TAMA
import flow

SHEET = pathlib.Path(__file__).resolve().parents[2] / "packaging/etc/sheet-mali.conf"
NUMBER = "+22310000000"
A6 = (297.638, 419.528)  # points
ENVIRONMENT = {**os.environ, "LSAN_OPTIONS": f"suppressions={pathlib.Path(__file__).with_name('leaks')}:print_suppressions=0"}
EDGE = 5 / 25.4 * 72 - 0.6  # the margin, less what letters of a bold face stand out
# pdftotext gives a ligature's letters in the order they are drawn
LIGATURE = re.compile("[لاأإآى]+")


def squeezed(text):
    """Letters only, without what wrapping and direction change."""
    text = unicodedata.normalize("NFKC", text)
    text = "".join(c for c in text if not c.isspace() and unicodedata.category(c) != "Cf")
    return LIGATURE.sub(lambda m: "".join(sorted(m.group())), text)


def events():
    """{code: {"fr": name, "bm": …, "words": […], "cover": {…}}} of the default sheet, read apart from Tama."""
    found = {}
    for part in re.split(r'(?=\{ code = "[A-Z]\d")', SHEET.read_text())[1:]:
        part = part.split("\n);")[0]
        tags = dict(re.findall(r'(\w+) = "([^"]*)"', re.search(r"names = \{(.*?)\};", part).group(1)))
        found[part[10:12]] = {"fr": re.search(r'name = "([^"]*)"', part).group(1), **tags,
                              "cover": dict(re.findall(r'(\w+) = "([^"]*)"', re.search(r"cover = \{(.*?)\};", part).group(1))),
                              "words": re.findall(r'"([^"]*)"', part.split("words =")[1])}
    return found


class Cards(unittest.TestCase):
    def setUp(self):
        if not shutil.which("pdftotext"):
            self.skipTest("poppler-utils is not here")
        temporary = tempfile.TemporaryDirectory(prefix="tama-cards-")
        self.addCleanup(temporary.cleanup)
        self.where = pathlib.Path(temporary.name)

    def print(self, *args, sheet=SHEET, expect=0, given=None, output="card.pdf"):
        path = self.where / output
        path.unlink(missing_ok=True)
        done = subprocess.run([str(TAMA), "sheet", "print", str(sheet), *args, "--output", str(path)], capture_output=True,
                              text=True, timeout=300, check=False, input=given, env=ENVIRONMENT)
        self.complaint = done.stderr
        if done.returncode != expect or "Sanitizer" in done.stderr:
            raise AssertionError(f"exit {done.returncode}, expected {expect}: {done.stderr.strip()}")
        self.assertEqual(path.exists(), expect == 0)  # whole or not at all
        self.assertEqual([p.name for p in self.where.iterdir() if p.name.startswith(output + ".")], [])
        return path

    def text(self, path):
        return subprocess.run(["pdftotext", "-raw", path, "-"], capture_output=True, text=True, check=True).stdout

    def info(self, path):
        out = subprocess.run(["pdfinfo", "-l", "-1", path], capture_output=True, text=True, check=True).stdout
        sizes = re.findall(r"size:\s+([\d.]+) x ([\d.]+) pts", out)
        return out, [(float(w), float(h)) for w, h in sizes]

    def with_sheet(self, *changes):
        text = SHEET.read_text()
        for old, new in changes:
            self.assertIn(old, text)
            text = text.replace(old, new, 1)
        path = self.where / "sheet.conf"
        path.write_text(text)
        return path

    def assert_inside(self, path):
        out = subprocess.run(["pdftotext", "-bbox", path, "-"], capture_output=True, text=True, check=True).stdout
        words = re.findall(r'<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)"', out)
        self.assertGreater(len(words), 20)
        for x, y, right, bottom in (map(float, w) for w in words):
            self.assertGreaterEqual(x, EDGE)
            self.assertLessEqual(right, A6[0] - EDGE)
            self.assertGreaterEqual(y, 0)
            self.assertLessEqual(bottom, A6[1])

    def test_one_a6_page_a_place(self):
        _, sizes = self.info(self.print("--place", "41R"))
        self.assertEqual(len(sizes), 1)
        path = self.print("--all")
        _, sizes = self.info(path)
        codes = re.findall(r'\{ code = "(\d+[A-Z])"', SHEET.read_text())
        self.assertEqual(len(sizes), len(codes))
        for width, height in sizes:
            self.assertAlmostEqual(width, A6[0], places=2)
            self.assertAlmostEqual(height, A6[1], places=2)
        pages = self.text(path).split("\f")
        for code, page in zip(codes, pages):
            self.assertIn(code, page.split())

    def test_each_language_has_its_names_and_french_where_it_has_none(self):
        for language in ("fr", "bm", "ff", "son", "taq", "ar", "en"):
            path = self.print("--place", "214W", "--language", language, "--number", NUMBER)
            text = squeezed(self.text(path))
            for code, event in events().items():
                self.assertIn(code, text, language)
                self.assertIn(squeezed(event.get(language, event["fr"])), text, f"{language}: {code}")
            self.assertIn("214W", text)
            self.assertIn(NUMBER, text)
            self.assert_inside(path)
        _, sizes = self.info(self.print("--place", "214W", "--language", "all"))
        self.assertEqual(len(sizes), 7)

    def test_a_card_shows_one_example_to_copy_and_its_version(self):
        text = self.text(self.print("--place", "12H"))
        self.assertRegex(text, r"(?m)^A1\s12H\s40\b")
        self.assertIn("fiche ML-1", text)

    def test_every_language_and_the_longest_names_stay_inside(self):
        long = "Population déplacée qui fuit, arrive, part ou attend au bord de la rivière"
        sheet = self.with_sheet(('name = "Population qui fuit, arrive ou part"', f'name = "{long}"'),
                                ('name = "Petaka-Sud Peulh"', 'name = "Saint-Jean-Baptiste-de-la-Petaka-Sud-et-des-Trois-Collines du Hairebo Peulh"'))
        for more in ((), ("--cover",), ("--language", "ar"), ("--language", "ar", "--cover"), ("--language", "taq")):
            path = self.print("--place", "214W", "--reporter", "ABCDEFGH-1234567", "--number", "+223100000000000", *more, sheet=sheet)
            self.assert_inside(path)

    def test_what_cannot_fit_is_refused_by_name(self):
        word = "M" * 79
        self.print("--place", "12H", sheet=self.with_sheet(('name = "Tuerie"', f'name = "{word}"')), expect=2)
        self.assertIn(word, self.complaint)
        self.assertIn("does not fit", self.complaint)
        self.print("--all", sheet=self.with_sheet(('name = "Kubaye"', f'name = "{word}"')), expect=2)
        self.assertIn("201M", self.complaint)
        many = "".join(f'{{ code = "{letter}{digit}"; name = "Un {letter}{digit}"; }},' for letter in "GJK" for digit in range(10))
        self.print("--place", "12H", sheet=self.with_sheet(("events = (", f"events = ({many}")), expect=2)
        self.assertIn("events do not fit", self.complaint)

    def test_letters_of_no_font_are_refused(self):
        self.print("--place", "12H", sheet=self.with_sheet(('name = "Tuerie"', 'name = "Tu\U000F0000erie"')), expect=2)
        self.assertIn("no font", self.complaint)

    def test_the_cover_card_does_not_betray(self):
        for language in ("fr", "bm", "ar"):
            path = self.print("--place", "214W", "--language", language, "--cover", "--number", NUMBER, "--reporter", "K7M2")
            text = self.text(path)
            for event in events().values():
                typed = event["cover"]["fr" if language == "ar" else language]
                self.assertIn(squeezed(typed), squeezed(text))
                if language == "ar":
                    self.assertIn(squeezed(event["cover"]["ar"]), squeezed(text))
            self.assertIn("214W", text)
            self.assert_inside(path)
            words = set(re.findall(r"\w+", text.lower()))
            plain = {w.lower() for event in events().values() for tag, name in event.items() if tag not in ("cover", "words")
                     for w in re.findall(r"\w{4,}", name)}
            plain |= {w.lower() for event in events().values() for w in event["words"]}
            plain |= {code.lower() for code in events()} | {"tama", "alerte", "alert", "sheet", "fiche", "reporter", "code", "votre", "onu", "minusma"}
            self.assertEqual(words & plain, set(), language)
            octets = path.read_bytes().lower()
            for word in (b"tama", b"alert", b"cover", b"sheet"):
                self.assertNotIn(word, octets)

    def test_the_cover_card_has_no_drawing(self):
        drawn = {}
        for name, more in (("plain", ()), ("cover", ("--cover",))):
            svg = self.print("--place", "214W", "--format", "svg", *more, output=f"{name}.svg").read_text()
            svg = re.sub(r"<defs>.*?</defs>", "", svg, flags=re.S)  # the letters
            drawn[name] = len(re.findall(r"<path[^>]*fill:rgb\(0%,0%,0%\)", svg)) + len(re.findall(r"<path[^>]*stroke-linecap:round", svg))
        self.assertEqual(drawn["cover"], 0)
        self.assertGreater(drawn["plain"], 23)

    def test_what_stands_on_the_cover_card_is_read(self):
        for code, event in events().items():
            for tag in ("fr", "bm"):
                done = subprocess.run([str(TAMA), "sheet", "decode", f"{event['cover'][tag]} 214W 40", str(SHEET)],
                                      capture_output=True, text=True, check=True)
                self.assertIn(f"event {code} ", done.stdout)
                self.assertIn("1 reading,", done.stdout)

    def test_no_cover_words_no_cover_card(self):
        text = re.sub(r"\n    cover = [^\n]*", "", SHEET.read_text())
        path = self.where / "sheet.conf"
        path.write_text(text)
        self.print("--place", "12H", "--cover", sheet=path, expect=2)
        self.assertIn("cover", self.complaint)

    def test_the_same_order_gives_the_same_octets(self):
        for more in ((), ("--cover",), ("--language", "all")):
            first = self.print("--all", *more).read_bytes()
            self.assertEqual(first, self.print("--all", *more, output="again.pdf").read_bytes())
            self.assertNotIn(b"CreationDate", first)
        out, _ = self.info(self.print("--place", "12H", "--date", "2026-05-01"))
        self.assertRegex(out, r"CreationDate:.*May +1 .*2026")
        for form in ("svg", "png"):
            first = self.print("--place", "12H", "--format", form, output="card." + form).read_bytes()
            self.assertEqual(first, self.print("--place", "12H", "--format", form, output="again." + form).read_bytes())
            self.assertTrue(first.startswith({"svg": b"<?xml", "png": b"\x89PNG"}[form]))

    def test_a_number_is_whole_or_refused(self):
        for wrong in ("10000000", "+0231000000", "+2231000000000000", "+223 10 00 00 00", "+22310a00000", "+", ""):
            self.print("--place", "12H", "--number", wrong, expect=2)
            self.assertIn("--number", self.complaint)
        self.assertNotIn("+", self.text(self.print("--place", "12H")))

    def test_a_reporter_code_stands_on_the_card(self):
        self.assertIn("votre code: AB-K7M2", self.text(self.print("--place", "12H", "--reporter", "AB-K7M2")))
        self.assertIn("your code: Q9", self.text(self.print("--place", "12H", "--language", "en", "--reporter", "-", given="Q9\n")))
        self.assertIn("client: Q9", self.text(self.print("--place", "12H", "--cover", "--reporter", "Q9")))
        for wrong in ("q9", "", "A" * 17, "A B"):
            self.print("--place", "12H", "--reporter", wrong, expect=2)
        self.print("--place", "12H", "--reporter", "-", given="\n", expect=2)

    def test_wrong_usage(self):
        for args, says in (((), "--place"), (("--place", "12H", "--all"), "--place"), (("--place", "12K"), "check letter"),
                           (("--place", "12H", "--language", "de"), "fr bm ff son taq ar en"),
                           (("--all", "--format", "svg"), "one card"), (("--place", "12H", "--format", "gif"), "pdf"),
                           (("--place", "12H", "--date", "today"), "--date")):
            self.print(*args, expect=2)
            self.assertIn(says, self.complaint)
        self.print("--place", "12H", sheet=self.where / "none.conf", expect=2)
        self.assertIn("none.conf", self.complaint)
        done = subprocess.run([str(TAMA), "sheet", "check", str(SHEET), "--language", "fr"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("for print", done.stderr)

    def test_what_cannot_be_written_is_told(self):
        done = subprocess.run([str(TAMA), "sheet", "print", str(SHEET), "--place", "12H", "--output", "/dev/full"],
                              capture_output=True, text=True, check=False, env=ENVIRONMENT)
        self.assertEqual(done.returncode, 3)
        self.assertIn("/dev/full", done.stderr)
        done = subprocess.run([str(TAMA), "sheet", "print", str(SHEET), "--place", "12H"], capture_output=True, check=True,
                              env=ENVIRONMENT)
        self.assertTrue(done.stdout.startswith(b"%PDF"))


if __name__ == "__main__":
    os.environ.setdefault("TZ", "UTC")
    flow.main()
