# SPDX-License-Identifier: GPL-2.0-or-later
"""A backup while the station runs, for custodians only; a restore that is never silent; and what each loss shows."""
import json
import os

import flow


class Backup(flow.Flow):
    def as_awa(self, *args, expect=0):
        return self.tama(*args, "-c", self.config, "--as", "awa", "--password-file", self.password, expect=expect)

    def setUp(self):
        super().setUp()
        self.file, self.code, self.other = self.where / "station.backup", self.where / "code", self.where / "other"
        self.code.write_text("demo\n")
        self.key = self.where / "custodian-2.key"

    def prepared(self, n=4):
        self.start()
        for i in range(n):
            self.arrive(f"+2231090{i:04d}", f"A5 12H {i + 10}")
        self.settle(n)
        self.queue("note", 1, "first")
        self.key.write_bytes((self.dir / "custodians/custodian-2.key").read_bytes())

    def backup(self):
        return json.loads(self.tama("backup", self.file, "-c", self.config, "--json"))

    def restore(self, to, *more, expect=0):
        out = self.tama("restore", self.file, to, "--key", self.key, "--code-file", self.code, "--passphrase-file",
                        self.passphrase, "--quick", "--json", *more, expect=expect)
        return json.loads(out) if expect == 0 else None

    def use(self, dir):
        self.dir, self.config = dir, dir / "tama.conf"

    def verify(self, *more, expect=0):
        return json.loads(self.tama("audit", "verify", "-c", self.config, "--json", *more, expect=expect))

    def test_restored_elsewhere(self):
        older = self.dir / "sheets/Before 2016.conf"
        older.parent.mkdir()
        older.write_text((self.dir / "sheet.conf").read_text().replace('code = "A1"', 'code = "K9"', 1))
        self.prepared()
        made = self.backup()
        before = {a["id"]: a["text"] for a in self.alerts()}
        self.stop()
        self.restore(self.other)
        self.use(self.other)
        self.assertEqual({a["id"]: a["text"] for a in self.alerts()}, before)
        self.start()
        self.arrive("+22310909999", "K9 12H 5")  # of a card that the older sheet explains
        alerts = self.settle(5)
        self.assertEqual((len(alerts), max(alerts, key=lambda a: a["id"])["mends"]), (5, ["old-sheet"]))
        said = self.verify("--head", made["head"])
        self.assertTrue(said["whole"])
        self.assertEqual(len(said["notes"]), 1)
        self.assertIn("restored from a backup", said["notes"][0])
        self.assertIn("custodian 2", said["notes"][0])
        self.as_awa("reveal", "request", 1, "--reason", "what a restore cannot give", "--out", self.where, "--emergency")

    def test_who_wanted_no_contact_is_not_written_to_from_the_restored_one(self):
        """It cannot know any more who that was: nobody is, who does not ask for it. Reporter codes are void."""
        self.prepared()
        given = json.loads(self.as_awa("reporter", "issue", "--json"))[0]["code"]
        self.arrive("+22310900000", "P1")
        self.settle(5)
        self.backup()
        self.stop()
        self.restore(self.other)
        self.use(self.other)
        self.start()
        self.arrive("+22310900000", f"A1 12H 41 {given}")
        self.arrive("+22310900001", "A1 12H 42")
        self.arrive("+22310900002", "P3")
        alerts = {a["count"] or a["event"]: a for a in self.settle(8)}
        self.assertEqual([alerts[k].get("no_contact") for k in (41, 42, "P3")], [True, True, None])
        self.assertEqual(alerts[41]["source"]["state"], "unknown")
        self.assertEqual(json.loads(self.as_awa("reporter", "issue", "--json"))[0]["id"], 2)

    def test_nothing_of_a_key_and_nobody_but_custodians(self):
        self.prepared()
        self.backup()
        data = self.file.read_bytes()
        for f in (self.dir / "keys").iterdir():
            if f.suffix == ".key" or f.name in ("kek", "log"):
                self.assertNotIn(f.read_bytes()[1:40], data, f.name)
        self.assertFalse(b"SQLite" in data or b"station" in data, "it is sealed")
        self.tama("backup", self.file, "-c", self.config, expect=2)
        self.key.write_bytes(self.other_custodian())
        self.restore(self.other, expect=2)
        self.assertIn("not sealed to this custodian", self.complaint)
        self.assertFalse(self.other.exists())
        self.assertEqual([p.name for p in self.where.iterdir() if "new-" in p.name or p.name.endswith(".part")], [])

    def other_custodian(self):
        self.tama("custodian", "keygen", "stranger", "--out", self.where / "stranger.key", "--code-file", self.code, "--quick")
        return (self.where / "stranger.key").read_bytes()

    def test_consistent_while_texts_arrive(self):
        self.prepared(1)
        for i in range(60):
            self.arrive(f"+2231091{i:04d}", f"A1 12H {i + 10}")
        self.backup()
        self.settle(61)
        self.stop()
        self.restore(self.other)
        self.use(self.other)
        for a in self.alerts():
            self.assertIsNotNone(a["text"], "no alert without its pad")
        self.assertTrue(self.verify()["whole"])

    def test_cut_or_changed(self):
        self.prepared(1)
        self.backup()
        good = self.file.read_bytes()
        for bad in (good[:-1], good[:len(good) // 2], good[:60], good + b"x" * 0 + b"", b"", good[:9] + b"\0" + good[10:]):
            if bad == good:
                continue
            self.file.write_bytes(bad)
            self.restore(self.other, expect=2)
            self.assertFalse(self.other.exists())
        for at in range(0, len(good), max(1, len(good) // 40)):
            self.file.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1:])
            out = self.tama("restore", self.file, self.other, "--key", self.key, "--code-file", self.code, "--passphrase-file",
                            self.passphrase, "--quick", expect=(0, 2))
            if out:  # the key sealed to another custodian was hit
                self.fail(f"octet {at} was changed and nobody noticed")
        self.file.write_bytes(good)
        self.restore(self.other)

    def test_no_silent_rollback(self):
        self.prepared()
        self.backup()
        self.queue("note", 2, "after the backup")
        head = json.loads(self.tama("audit", "head", "-c", self.config, "--json"))["head"]
        self.stop()
        self.restore(self.dir, expect=1)
        self.assertIn("would be lost", self.complaint.replace("\n", " "))
        self.restore(self.other, "--head", head, expect=1)
        self.restore(self.dir, "--accept-rollback")
        aside = [p for p in self.where.iterdir() if p.name.startswith("station.before-")]
        self.assertEqual(len(aside), 1, "what was there is kept")
        said = self.verify()
        self.assertTrue(said["whole"] and said["notes"])
        shown = json.loads(self.tama("audit", "show", "-c", self.config, "--json"))[-1]
        self.assertEqual(shown["kind"], "RESTORED")
        self.assertRegex(shown["detail"], r"lost=[1-9]")
        self.assertFalse(self.verify("--head", head, expect=1)["whole"], "a head on paper still shows what is gone")

    def test_a_restore_that_no_custodian_signed(self):
        self.prepared(1)
        self.backup()
        self.stop()
        self.restore(self.other)
        self.use(self.other)
        import contextlib
        import sqlite3
        with contextlib.closing(sqlite3.connect(self.dir / "queue.db")) as db:
            db.execute("UPDATE custodian SET public = (SELECT public FROM custodian WHERE id = 1) WHERE id = 2")
            db.commit()
        self.assertFalse(self.verify(expect=1)["whole"])

    def test_exposure(self):
        self.prepared()
        self.as_awa("user", "add", "moussa", "--new-password-file", self.code)
        shown = {x["loss"]: x for x in json.loads(self.as_awa("exposure", "--json"))}
        self.assertEqual({k: x["handles"] for k, x in shown.items()},
                         {"station-off": 0, "station-live": 4, "officer": 4, "custodian": 4, "backup": 0, "phone": 0})
        self.assertEqual(sum(a["handles"] for a in shown["officer"]["areas"]), 4)
        moussa = json.loads(self.as_awa("exposure", "officer", "--officer", "moussa", "--json"))
        self.assertEqual([x["handles"] for x in moussa], [0])
        self.as_awa("exposure", "everything", expect=2)


if __name__ == "__main__":
    flow.main()
