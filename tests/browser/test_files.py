# SPDX-License-Identifier: GPL-2.0-or-later
"""What can be said of the pages without a browser: every string is in both catalogues and is used, nothing stands inline,
nothing of the outside is asked for, nothing becomes markup."""
import json
import pathlib
import re
import unittest

WEB = pathlib.Path(__file__).resolve().parents[2] / "gateway/web"
SCRIPTS = {p.name: re.sub(r"^\s*//.*$", "", p.read_text(), flags=re.M) for p in (WEB / "app").glob("*.js")}
WORDS = {lang: json.loads((WEB / f"lang/{lang}.json").read_text()) for lang in ("fr", "en")}
# Values of the station whose words are looked up by word(group, value), or a key put together.
GROUPS = ("severity", "state", "outcome", "flag", "flagwhy", "role", "queue", "section", "side", "level", "notify", "nav", "mode", "banner",
          "error", "ended", "action", "did", "done", "near", "verify", "grade", "mend", "span", "refers", "alert.refers", "revealstate", "count",
          "password", "audit", "process", "modemstate", "cond", "editor.form", "account.sound", "map.days", "column")
KEY = re.compile(r"""\bt\(\s*'([a-z0-9.\-]+)'""")
IN_LISTS = re.compile(r"""'((?:[a-z]+\.)+[a-z0-9\-]+)'""")


def base(key):
    return re.sub(r"\.(one|many|other)$", "", key)


class Files(unittest.TestCase):
    def test_the_catalogues_have_the_same_keys_and_places(self):
        self.assertEqual(set(map(base, WORDS["fr"])), set(map(base, WORDS["en"])))
        for key, text in WORDS["fr"].items():
            other = WORDS["en"].get(key) or WORDS["en"].get(base(key) + ".other")
            self.assertEqual(set(re.findall(r"\{\w+\}", text)), set(re.findall(r"\{\w+\}", other)), key)
            self.assertTrue(text.strip() and other.strip(), key)

    def test_every_string_used_is_in_the_catalogue(self):
        known = set(map(base, WORDS["fr"])) | set(WORDS["fr"])
        missing = {(name, key) for name, code in SCRIPTS.items() for key in KEY.findall(code) if key not in known}
        self.assertEqual(missing, set())

    def test_no_string_of_the_catalogue_is_left_over(self):
        code = "\n".join(SCRIPTS.values())
        used = set(KEY.findall(code)) | set(IN_LISTS.findall(code))
        left = {k for k in map(base, WORDS["fr"]) if k not in used and not any(k.startswith(g + ".") for g in GROUPS)}
        self.assertEqual(left, set())

    def test_no_word_for_people_stands_in_the_code(self):
        for name, code in SCRIPTS.items():
            # h('p', 'Some words'): text given as it is to an element
            found = [m for m in re.findall(r"""h\('[^']+',\s*(?:\{[^{}]*\},\s*)?'([^']*[A-Za-z]{3,}[^']*)'""", code)
                     if m not in ("Tama",)]
            self.assertEqual(found, [], name)

    def test_nothing_becomes_markup_or_code(self):
        for name, code in SCRIPTS.items():
            self.assertEqual(re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser", code), [], name)
            self.assertEqual(re.findall(r"setAttribute\('style'|\bstyle: (?!'percent'|\(\) =>)", code), [], name)

    def test_nothing_stands_inline_and_nothing_is_asked_of_others(self):
        html = (WEB / "index.html").read_text()
        self.assertNotRegex(html, r"<style|style=|\son\w+=|<script(?![^>]*\bsrc=)")
        for p in [WEB / "index.html", *(WEB / "app").iterdir()]:
            hosts = set(re.findall(r"(?:https?:)?//[a-z0-9][\w.\-]*\.[a-z]{2,}", p.read_text()))
            self.assertLessEqual(hosts, {"http://www.w3.org"}, p.name)

    def test_files_are_small_enough_to_be_read(self):
        for name, code in SCRIPTS.items():
            self.assertLess(code.count("\n"), 500, name)


if __name__ == "__main__":
    unittest.main(verbosity=2)
