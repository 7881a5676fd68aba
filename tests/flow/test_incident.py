# SPDX-License-Identifier: GPL-2.0-or-later
"""What an officer does with incidents: two that are one, one that is two. Whoever reported to both counts once."""
import json

import flow

ONE, TWO, THREE = "+22310000001", "+22310000002", "+22310000003"


class Incident(flow.Flow):
    def send(self, *reports):
        n = self.rows()
        for i, (sender, text) in enumerate(reports):
            self.arrive(sender, text)
            self.settle(n + i + 1)

    def incidents(self):
        """{texts of one incident, in order: (reporters, grade)}"""
        of = {}
        for a in sorted(self.alerts("--all"), key=lambda a: a["id"]):
            of.setdefault(a["incident"] or -a["id"], []).append(a)
        for group in of.values():
            self.assertEqual(len({(a["reporters"], a["grade"]) for a in group}), 1)
        return {tuple(a["text"] for a in g): (g[0]["reporters"], g[0]["grade"]) for g in of.values()}

    def two_of_one_attack(self):
        self.start()
        self.send((ONE, "A1 12H 40"), (TWO, "A1 12H 41"), (ONE, "A1 41R 42"), (THREE, "A1 41R 43"))
        self.assertEqual(self.incidents(), {("A1 12H 40", "A1 12H 41"): (2, "F3"), ("A1 41R 42", "A1 41R 43"): (2, "F3")})

    def test_merged_incidents_count_each_person_once_and_stay_one(self):
        self.two_of_one_attack()
        self.queue("merge", 3, 1, "même colonne")
        four = ("A1 12H 40", "A1 12H 41", "A1 41R 42", "A1 41R 43")
        self.assertEqual(self.incidents(), {four: (3, "F2")})
        self.send((TWO, "A1 41R 44"), (ONE, "A1 12H 45"))
        self.assertEqual(self.incidents(), {four + ("A1 41R 44", "A1 12H 45"): (3, "F2")})
        history = json.loads(self.queue("show", 3, "--json"))["history"]
        self.assertEqual([(h["action"], h["detail"], h["note"]) for h in history], [("merge", "1", "même colonne")])
        steps = [(r["actor"], r["detail"].split(" signature")[0]) for r in
                 json.loads(self.tama("audit", "show", "-c", self.config, "--json")) if r["kind"] == "step"]
        self.assertEqual(steps, [("awa", "alert=3 step=merge to=1")])
        self.queue("merge", 4, 2, expect=1)
        self.assertIn("one incident already", self.complaint)

    def test_a_merge_of_a_merge_is_followed(self):
        self.two_of_one_attack()
        self.send((THREE, "A1 201M 50"))
        self.queue("merge", 3, 1)
        self.queue("merge", 1, 5)
        self.send((TWO, "A1 41R 44"))
        self.assertEqual(list(self.incidents().values()), [(3, "F2")])
        flow.os.kill(self.pid("triage"), flow.signal.SIGKILL)
        flow.wait_for(self.ready, 20, "triage is back")
        self.send((ONE, "A1 12H 46"))
        self.assertEqual(list(self.incidents().values()), [(3, "F2")])

    def test_an_alert_that_was_split_off_is_alone_and_stays_so(self):
        self.two_of_one_attack()
        self.queue("split", 2, "un autre village")
        self.assertEqual(self.incidents(), {("A1 12H 40",): (1, "F6"), ("A1 12H 41",): (1, "F6"),
                                            ("A1 41R 42", "A1 41R 43"): (2, "F3")})
        self.send((TWO, "A1 12H 47"))
        self.assertEqual(self.incidents()[("A1 12H 40", "A1 12H 47")], (2, "F3"))
        self.queue("split", 2, expect=1)
        self.assertIn("of its own already", self.complaint)

    def test_an_undecoded_text_is_put_to_the_incident_it_speaks_of(self):
        self.start()
        self.send((ONE, "A1 12H 40"), (TWO, "bonjour mon frère"), (THREE, "un mot"))
        self.queue("merge", 2, 1)
        self.assertEqual(self.incidents()[("A1 12H 40", "bonjour mon frère")], (2, "F3"))
        self.queue("merge", 1, 3)
        self.assertEqual(list(self.incidents().values()), [(3, "F2")])

    def test_neighbours_across_a_border_are_one_incident(self):
        """201M (cercle ML0507) and 207Z (ML0505) are 20 km apart; 208B is of the cercle of 207Z, 225B far away."""
        sheet = self.dir / "sheet.conf"
        text = sheet.read_text()
        for code, where in (("201M", "lat = 14.5; lon = -4.5;"), ("207Z", "lat = 14.6; lon = -4.35;"),
                            ("208B", "lat = 13.9; lon = -3.2;"), ("225B", "lat = 15.9; lon = 2.4;")):
            text = text.replace(f'code = "{code}";', f'code = "{code}"; {where}')
        sheet.write_text(text)
        self.start()
        self.send((ONE, "A1 201M 40"), (TWO, "A1 207Z 41"), (THREE, "A1 225B 42"), (TWO, "A5 207Z 43"))
        self.assertEqual(self.incidents(), {("A1 201M 40", "A1 207Z 41"): (2, "F3"), ("A1 225B 42",): (1, "F6"),
                                            ("A5 207Z 43",): (1, "F6")})
        self.send((THREE, "A1 208B 44"), (ONE, "A1 207Z 45"))  # the own cercle's comes first
        self.assertEqual(self.incidents()[("A1 208B 44", "A1 207Z 45")], (2, "F3"))
        for f in self.dir.glob("queue.db*"):
            self.assertNotIn(b"ML0505", f.read_bytes())

    def test_one_voice_from_several_telephones_is_told(self):
        self.start()
        said = "A1 201M 40 ils viennent du marché avec des motos et brûlent les greniers"
        again = "a1 201m 41 ils viennent du marche avec motos et brulent les greniers !"
        other = "A1 201M 30 beaucoup de tirs près de la mosquée, les gens fuient vers le fleuve"
        self.send((ONE, said), (ONE, again + "!"), (TWO, other), (THREE, again))
        notes = {a["id"]: [(n["name"], n["alert"]) for n in a["notes"]] for a in self.alerts()}
        self.assertEqual({i: n for i, n in notes.items() if n}, {4: [("same-voice", 1)]})
        self.assertEqual({a["reporters"] for a in self.alerts()}, {3})  # told, not hidden
        self.assertIn("(same-voice)", self.queue("list", "--all"))
        self.assertIn("they may be one person", self.queue("show", 4))

    def test_what_a_card_says_is_nobodys_voice(self):
        self.start()
        self.send((ONE, "A1 12H 40"), (TWO, "A1 12H 40"), (THREE, "attaque Kayes 40"), ("+22310000004", "attaque Kayes 40"))
        self.send(("+22310000005", "A1 12H hommes armés au marché vers midi"), ("+22310000006", "A1 41R hommes armés au marché vers midi"))
        self.assertEqual([a["id"] for a in self.alerts() if a["notes"]], [])

    def test_refused(self):
        self.two_of_one_attack()
        self.send((THREE, "B5 14M"))
        for other in ("1", "0", "x", "-3", "3x", ""):
            self.queue("merge", 1, other, expect=2)
        self.queue("merge", 1, 99, expect=2)
        password = self.where / "password-moussa"
        password.write_text("password of moussa\n")
        self.tama("user", "add", "moussa", "--role", "officer", "--new-password-file", password, "-c", self.config,
                  "--as", "awa", "--password-file", self.password)
        self.tama("user", "grant", "moussa", "protection", "-c", self.config, "--as", "awa", "--password-file",
                  self.password)
        self.assertEqual({a["queue"] for a in self.alerts() if a["id"] == 5}, {"restricted"})
        self.tama("queue", "merge", "1", "5", "-c", self.config, "--as", "moussa", "--password-file", password, expect=1)
        self.assertIn("moussa has no right in queue restricted", self.complaint)
        before = self.incidents()
        self.tama("lock", "-c", self.config)
        self.queue("merge", 1, 3, expect=3)
        self.assertIn("the station is locked", self.complaint)
        self.queue("split", 1, expect=3)
        self.assertEqual(self.incidents(), before)
        self.assertEqual(len(before), 3)


if __name__ == "__main__":
    flow.main()
