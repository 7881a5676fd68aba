# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules and code sheets come into force by two people: proposed, approved by another, both signed; and no text is lost while
they change."""
import contextlib
import json
import pathlib
import signal
import sqlite3
import threading
import time

import flow


class Governed(flow.Flow):
    def setUp(self):
        super().setUp()
        self.rules, self.sheet = self.dir / "rules.conf", self.dir / "sheet.conf"

    def as_(self, name, *args, expect=0):
        password = self.password if name == "awa" else self.where / f"password-{name}"
        return self.tama(*args, "-c", self.config, "--as", name, "--password-file", password, expect=expect)

    def enrol(self, name, role="supervisor"):
        path = self.where / f"password-{name}"
        path.write_text(f"password of {name}\n")
        self.as_("awa", "user", "add", name, "--role", role, "--new-password-file", path)

    def two(self):
        self.start()
        self.enrol("moussa")

    def other(self, *changes, of=None, name="other.conf"):
        text = (of or self.rules).read_text()
        for old, new in changes:
            self.assertIn(old, text)
            text = text.replace(old, new)
        path = self.where / name
        path.write_text(text)
        return path

    def propose(self, path, *more, who="awa", what="rules", expect=0):
        out = self.as_(who, what, "propose", path, "--json", *more, expect=expect)
        return json.loads(out)["version"] if expect == 0 else None

    def log(self, what="rules", who="awa"):
        return json.loads(self.as_(who, what, "log", "--json"))

    def states(self, what="rules"):
        return {v["version"]: v["state"] for v in self.log(what)["versions"]}

    def chain(self):
        return [(r["kind"], r["actor"], r["detail"])
                for r in json.loads(self.tama("audit", "show", "-c", self.config, "--json"))]

    def put(self, path):
        """By hand: as an administrator with an editor does."""
        self.rules.write_text(path.read_text() if isinstance(path, pathlib.Path) else path)
        loaded, refused = self.said("rules="), self.said("the old ones go on")
        self.running.process.send_signal(signal.SIGHUP)
        flow.wait_for(lambda: (self.said("rules="), self.said("the old ones go on")) != (loaded, refused), 20, "it is heard")

    def said(self, words):
        return self.running.log.read_text(errors="replace").count(words)

    def queue_of(self, text):
        n = self.rows()
        self.arrive(f"+2231050{n:04d}", text)
        return next(a for a in self.settle(n + 1) if a["text"] == text)["queue"]

    def shows(self, piece, there=True):
        """What `tama status` says for people; a process tells its state within moments."""
        flow.wait_for(lambda: (piece in self.tama("status", "-c", self.config)) == there, 5, f"status, {piece}: {there}")

    def require(self):
        with self.config.open("a") as f:
            f.write("approval = { required = true; };\n")


TO_OVERSIGHT = (('severity = 3; queue = "protection"; escalate_after_s = 3600', 'severity = 3; queue = "oversight"; escalate_after_s = 3600'),
                ('text = "bonjour mon frere"; severity = 3; queue = "protection"',
                 'text = "bonjour mon frere"; severity = 3; queue = "oversight"'))


class Approval(Governed):
    def test_one_proposes_another_approves_and_it_runs(self):
        self.two()
        before = self.rules.read_text()
        path = self.other(*TO_OVERSIGHT)
        self.assertEqual(self.queue_of("premier texte"), "protection")
        version = self.propose(path, "--comment", "undecoded to oversight")
        self.assertEqual((version, self.states()), (1, {1: "proposed"}))
        self.assertEqual(self.queue_of("deuxieme texte"), "protection")  # nothing runs that one alone wants
        self.assertEqual(self.rules.read_text(), before)
        self.as_("awa", "rules", "approve", version, expect=1)
        self.assertIn("another supervisor", self.complaint)
        self.assertEqual(self.as_("moussa", "rules", "show", version), path.read_text())
        self.as_("moussa", "rules", "approve", version)
        self.assertEqual(self.rules.read_text(), path.read_text())
        self.assertEqual(self.queue_of("troisieme texte"), "oversight")
        seen = self.log(who="moussa")
        v = seen["versions"][0]
        self.assertEqual((seen["running"], seen["approved"]), (1, True))
        self.assertEqual((v["proposed_by"], v["approved_by"], v["comment"]), ("awa", "moussa", "undecoded to oversight"))
        self.as_("moussa", "rules", "approve", version, expect=1)  # once
        chain = {kind: (actor, detail) for kind, actor, detail in self.chain()}
        self.assertEqual(chain["ruleset-propose"][0], "awa")
        actor, detail = chain["ruleset-approve"]
        self.assertEqual(actor, "moussa")
        signature = chain["ruleset-propose"][1].split("signature=")[1]
        self.assertEqual(len(signature), 128)
        self.assertIn(f"by=awa by_signature={signature}", detail)
        self.assertIn(f"hash={v['hash']}", detail)
        self.tama("audit", "verify", "-c", self.config)
        self.stop()
        self.start()  # and it is what the station starts with
        self.assertEqual(self.queue_of("quatrieme texte"), "oversight")
        self.assertTrue(self.status()["rules_approved"])

    def test_who_may(self):
        self.two()
        self.enrol("fatou", "officer")
        path = self.other(*TO_OVERSIGHT)
        self.propose(path, who="fatou", expect=1)
        self.assertIn("supervisors and administrators", self.complaint)
        version = self.propose(path)
        for verb in ("approve", "reject", "rollback", "show"):
            self.as_("fatou", "rules", verb, version, expect=1)
            self.assertIn("supervisors and administrators", self.complaint)
        self.as_("fatou", "rules", "log", expect=1)
        self.as_("moussa", "rules", "approve", 7, expect=(1, 2))
        self.as_("moussa", "rules", "approve", "seven", expect=2)
        self.as_("moussa", "rules", "rollback", version, expect=1)
        self.assertIn("two people had approved", self.complaint)
        self.as_("moussa", "rules", "reject", version)
        self.as_("moussa", "rules", "approve", version, expect=(1, 2))
        self.assertEqual(self.states(), {1: "rejected"})
        second = self.propose(path)
        self.as_("moussa", "user", "revoke", "awa", "--for-good")
        self.as_("moussa", "rules", "approve", second, expect=1)  # awa has not the right any more
        self.assertEqual(self.log(who="moussa")["running"], None)

    def test_a_text_with_mistakes_is_not_taken(self):
        self.two()
        broken = self.other(('event = ("B5")', 'evnt = ("B5")'))
        self.propose(broken, expect=2)
        line = broken.read_text()[:broken.read_text().index("evnt")].count("\n") + 1
        column = broken.read_text().splitlines()[line - 1].index("evnt") + 1
        self.assertIn(f"other.conf:{line}:{column}: error:", self.complaint)
        self.assertIn('did you mean "event"', self.complaint)
        self.propose(self.other(TO_OVERSIGHT[0]), expect=2)  # its own test fails
        self.assertIn("bonjour", pathlib.Path(self.rules).read_text())
        self.assertEqual(self.states(), {})

    def test_one_goes_back_at_night_to_what_two_had_approved(self):
        self.two()
        first = self.propose(self.rules)
        self.as_("moussa", "rules", "approve", first)
        second = self.propose(self.other(*TO_OVERSIGHT))
        self.as_("moussa", "rules", "approve", second)
        self.assertEqual(self.queue_of("un texte"), "oversight")
        self.assertEqual(self.states(), {1: "replaced", 2: "active"})
        self.as_("awa", "rules", "rollback", first)
        self.assertEqual(self.queue_of("autre texte"), "protection")
        self.assertEqual(self.states(), {1: "active", 2: "replaced"})
        detail = next(d for k, _, d in self.chain() if k == "ruleset-rollback")
        self.assertIn("by one person", detail)
        self.assertEqual(self.log()["versions"][1]["rolled_back_by"], "awa")
        self.as_("awa", "rules", "reject", second)  # nobody goes back to a version that somebody fears
        self.as_("moussa", "rules", "rollback", second, expect=(1, 2))
        self.as_("awa", "rules", "reject", first, expect=1)  # what runs is not thrown away

    def test_a_sheet_too(self):
        self.two()
        event = '{ code = "Z9"; name = "Autre chose"; severity = 2; },\n  { code = "A1"'
        path = self.other(('{ code = "A1"', event), of=self.sheet, name="sheet-new.conf")
        version = self.propose(path, what="sheet")
        self.as_("moussa", "sheet", "approve", version)
        self.arrive("+22310500001", "Z9 12H")
        self.assertEqual(self.settle(1)[0]["event"], "Z9")
        self.assertEqual(self.sheet.read_text(), path.read_text())
        self.assertEqual((self.states("sheet"), self.states("rules")), ({1: "active"}, {}))
        without = self.other(('{ code = "E1"', '{ code = "E7"'), of=self.sheet, name="sheet-bad.conf")
        self.propose(without, what="sheet", expect=2)  # the rules name E1
        self.assertIn("E1", self.complaint)

    def test_ten_thousand_rules(self):
        self.two()
        text = self.rules.read_text()
        more = "".join(f'  {{ name = "rule {i}"; when = {{ event = ("A5"); count_min = {i + 2000}; }};\n'
                       f'    then = {{ escalate_after_s = {600 + i}; }}; }},\n' for i in range(10000))
        path = self.where / "many.conf"
        path.write_text(text.replace("rules = (\n", "rules = (\n" + more))
        began = time.monotonic()
        version = self.propose(path)
        proposed = time.monotonic()
        self.as_("moussa", "rules", "approve", version)
        print(f"10,000 rules, {path.stat().st_size} octets: proposed in {proposed - began:.1f} s, approved in "
              f"{time.monotonic() - proposed:.1f} s")
        self.assertEqual(self.rules.read_text(), path.read_text())
        self.arrive("+22310500001", "A5 12H 2001")
        self.assertEqual(self.settle(1)[0]["rules"][:2], ["rule 0", "rule 1"])

    def test_nothing_of_a_text_is_in_clear_in_the_database(self):
        self.two()
        self.propose(self.other(*TO_OVERSIGHT), "--comment", "quartier Medina")
        self.stop()
        for path in self.dir.glob("queue.db*"):
            data = path.read_bytes()
            for word in (b"sexual violence stays", b"Medina", b"default_queue"):
                self.assertNotIn(word, data)

    def test_a_changed_database_approves_of_nothing(self):
        self.two()
        self.as_("moussa", "rules", "approve", self.propose(self.other(*TO_OVERSIGHT)))
        self.stop()
        with contextlib.closing(sqlite3.connect(self.dir / "queue.db")) as db:
            db.execute("UPDATE ruleset SET approved_sig = proposed_sig")
            db.commit()
        self.start()
        self.assertFalse(self.status()["rules_approved"])

    def test_a_file_that_cannot_be_written_changes_nothing(self):
        self.two()
        version = self.propose(self.other(*TO_OVERSIGHT))
        (self.dir / "rules.conf.approved").mkdir()
        before = self.rules.read_text()
        self.as_("moussa", "rules", "approve", version, expect=(2, 3))
        self.assertEqual((self.states(), self.rules.read_text()), ({1: "proposed"}, before))
        self.assertEqual(self.queue_of("un texte"), "protection")
        (self.dir / "rules.conf.approved").rmdir()
        self.as_("moussa", "rules", "approve", version)

    def test_a_crash_between_commit_and_new_name_is_made_good(self):
        self.two()
        self.as_("moussa", "rules", "approve", self.propose(self.rules))
        new = self.other(*TO_OVERSIGHT)
        old = self.rules.read_text()
        self.as_("moussa", "rules", "approve", self.propose(new))
        self.stop()
        self.rules.write_text(old)  # as the crash would have left it
        (self.dir / "rules.conf.approved").write_text(new.read_text())
        self.start()
        self.assertEqual(self.rules.read_text(), new.read_text())
        self.assertFalse((self.dir / "rules.conf.approved").exists())
        self.assertEqual(self.queue_of("un texte"), "oversight")
        (self.dir / "rules.conf.approved").write_text(old)  # one that never was committed
        self.stop()
        self.start()
        self.assertEqual(self.rules.read_text(), new.read_text())


class ByHand(Governed):
    def test_without_the_setting_it_runs_and_everybody_sees_it(self):
        self.two()
        self.shows("not approved by two")
        self.as_("moussa", "rules", "approve", self.propose(self.rules))
        self.as_("moussa", "sheet", "approve", self.propose(self.sheet, what="sheet"))
        self.shows("not approved", False)
        self.put(self.other(*TO_OVERSIGHT))
        self.assertEqual(self.queue_of("un texte"), "oversight")
        self.shows("rules not approved by two")
        self.assertEqual([self.status()[key] for key in ("rules_approved", "sheet_approved")], [False, True])
        self.assertTrue(any(k == "ruleset-loaded" and "not approved by two" in d for k, _, d in self.chain()))

    def test_with_it_only_what_two_approved_runs(self):
        self.require()
        self.two()  # nothing was approved yet: the file runs, for no text waits for a signature
        self.assertEqual(self.queue_of("un texte"), "protection")
        good = self.rules.read_text()
        self.as_("moussa", "rules", "approve", self.propose(self.rules))
        other = self.other(*TO_OVERSIGHT).read_text()
        self.put(other)
        self.assertEqual(self.said("not a version that two people approved"), 1)
        self.shows("what ran before goes on")
        self.assertEqual(self.queue_of("autre texte"), "protection")
        self.stop()
        self.start(unlock=False)  # the file that nobody approved is still there
        self.arrive("+22310600001", "texte de nuit")
        flow.wait_for(lambda: self.status()["spooled"] >= 1, 20, "sealed while locked")
        self.unlock()
        self.assertEqual({a["queue"] for a in self.settle(3)}, {"protection"})
        self.shows("runs in their place")
        self.assertEqual(self.rules.read_text(), other)  # somebody's work is left alone
        self.put(good)
        self.shows("in their place", False)
        self.assertTrue(self.status()["rules_approved"])
        self.stop()
        self.rules.write_text("this is no file of rules")
        self.start()
        self.assertEqual(self.queue_of("encore un"), "protection")


class Reload(Governed):
    def test_twenty_reloads_while_texts_arrive(self):
        self.start()
        good = [self.rules.read_text(), self.other(*TO_OVERSIGHT).read_text()]
        bad = good[0].replace("raise = 1", "riase = 1", 1)
        line = bad[:bad.index("riase")].count("\n") + 1
        column = bad.splitlines()[line - 1].index("riase") + 1
        failed = []

        def arrive():
            try:
                for i in range(300):
                    self.arrive(f"+2231070{i:04d}", f"A5 12H {i + 10}")
                    time.sleep(0.01)
            except Exception as e:  # told in the test's own thread
                failed.append(e)
        sender = threading.Thread(target=arrive)
        sender.start()
        for i in range(20):
            self.put(bad if i % 2 else good[i // 2 % 2])
        sender.join()
        self.assertEqual(failed, [])
        alerts = self.settle(300, 60)
        self.assertEqual({a["count"] for a in alerts}, set(range(10, 310)))
        self.assertEqual(len(alerts), 300)
        self.assertEqual(self.said(f"rules.conf:{line}:{column}: error: unknown key"), 10)
        self.assertEqual(self.said("the old ones go on"), 10)
        self.assertEqual(self.said("rules="), 11)  # at the start, and each good file
        self.assertEqual({p["restarts"] for p in self.status()["processes"]}, {0})


class Refer(Governed):
    def test_nobody_refers_an_alert_to_those_who_may_have_done_it(self):
        text = self.rules.read_text().replace('"drill");', '"drill", { name = "base"; side = "uniformed"; });', 1)
        self.assertIn("base", text)
        self.rules.write_text(text)
        self.start()
        for i, said in enumerate(("A1 12H 5", "E1 12H 5", "A1 E1 12H", "quelque chose", "B5 12H")):
            self.arrive(f"+2231080{i:04d}", said)
        ids = {a["text"]: a["id"] for a in self.settle(5)}
        for said in ("E1 12H 5", "A1 E1 12H", "quelque chose"):
            self.queue("refer", ids[said], "base", expect=1)
            self.assertIn("uniformed", self.complaint)
        self.queue("refer", ids["B5 12H"], "protection", expect=1)
        self.assertIn("named people", self.complaint)
        self.queue("refer", ids["B5 12H"], "oversight")
        self.queue("refer", ids["E1 12H 5"], "drill")
        self.queue("refer", ids["A1 12H 5"], "base")
        self.assertEqual({a["id"]: a["queue"] for a in self.alerts()}[ids["E1 12H 5"]], "drill")
        with contextlib.closing(sqlite3.connect(self.dir / "queue.db")) as db:
            sealed = [r[0] for r in db.execute("SELECT sealed FROM guard")]
        self.assertEqual((len(sealed), len(set(map(len, sealed)))), (5, 1))  # and the rows tell nobody which is which


if __name__ == "__main__":
    flow.main()
