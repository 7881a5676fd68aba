# SPDX-License-Identifier: GPL-2.0-or-later
"""The audit chain: whole when nobody touched it; edited, deleted, reordered, cut off and continued, signed again with a
later key, or rolled back, each is found."""
import contextlib
import json
import shutil
import sqlite3

import flow


class Audit(flow.Flow):
    def steps(self, n):
        """n records of officers' steps."""
        self.start()
        for i in range(n):
            self.arrive(f"+2231030{i:04d}", f"A5 12H {i + 10}")
        for a in self.settle(n):
            self.queue("ack", a["id"])

    def verify(self, *more, expect=0):
        said = json.loads(self.tama("audit", "verify", "-c", self.config, "--json", *more, expect=(0, 1)))
        self.assertEqual(said["whole"], expect == 0, said["problems"])
        return said

    def head(self):
        return json.loads(self.tama("audit", "head", "-c", self.config, "--json"))["head"]

    def found(self, text, *more):
        said = self.verify(*more, expect=1)
        self.assertFalse(said["whole"])
        self.assertTrue(any(text in p for p in said["problems"]), f"{text}: {said['problems']}")

    @contextlib.contextmanager
    def database(self):
        self.stop()
        with contextlib.closing(sqlite3.connect(self.dir / "queue.db")) as db:
            yield db
            db.commit()

    def records(self, db):
        return [r[0] for r in db.execute("SELECT record FROM audit ORDER BY seq")]

    def test_whole(self):
        self.steps(4)
        before = self.head()
        shown = json.loads(self.tama("audit", "show", "-c", self.config, "--json"))
        self.assertEqual([r["kind"] for r in shown], ["feed-key", "unlock", "session", "step", "step", "step", "step"])
        self.assertEqual([r["seq"] for r in shown], [1, 2, 3, 4, 5, 6, 7])
        self.queue("note", 1, "seen")
        for again in range(2):
            said = self.verify("--head", before)
            self.assertTrue(said["whole"])
            self.stop()
            self.start()
        self.assertEqual(self.verify("--head", before.lower())["records"], 8 + 2)
        self.tama("audit", "verify", "-c", self.config, "--head", "seven", expect=2)
        self.assertIn("█", self.tama("audit", "head", "-c", self.config, "--qr"))

    def test_steps_taken_while_locked_are_written_at_the_next_unlock(self):
        self.steps(2)
        self.tama("lock", "-c", self.config)
        self.queue("note", 1, "by night")
        self.assertEqual(json.loads(self.tama("audit", "show", "-c", self.config, "--json"))[-1]["kind"], "lock")
        self.unlock()
        kinds = [r["kind"] for r in json.loads(self.tama("audit", "show", "-c", self.config, "--json"))]
        self.assertEqual(kinds[-3:], ["lock", "unlock", "step"])
        self.assertTrue(self.verify()["whole"])

    def test_a_head_a_day_to_a_file_and_to_the_custodians(self):
        with self.config.open("a") as f:
            f.write('audit = { phones = "+22310009001 +22310009002"; };\n')
        self.clock()
        self.steps(2)
        for day in (1, 2):
            self.clock(0, day * 86400 + 7200)
            self.queue("list")
            sent = flow.wait_for(lambda: (s := self.modem.ask("sent")["sent"]) and len(s) == 2 * day and s, 20, "sent")
            self.assertEqual({s["to"] for s in sent[-2:]}, {"+22310009001", "+22310009002"})
            head = sent[-1]["text"].split(": ")[1]
            self.assertTrue(self.verify("--head", head)["whole"])
        files = sorted((self.dir / "heads").iterdir())
        self.assertEqual(len(files), 2)
        self.assertTrue(files[1].read_text().startswith(head))

    def test_edited(self):
        self.steps(4)
        with self.database() as db:
            record = bytearray(self.records(db)[3])
            record[record.index(b"alert=")] ^= 1
            db.execute("UPDATE audit SET record = ? WHERE seq = 4", (bytes(record),))
        self.found("record 4 was changed")

    def test_deleted(self):
        self.steps(4)
        with self.database() as db:
            db.execute("DELETE FROM audit WHERE seq = 4")
        self.found("records 4 to 4 are missing")

    def test_reordered(self):
        self.steps(4)
        with self.database() as db:
            r = self.records(db)
            db.execute("UPDATE audit SET record = ? WHERE seq = 4", (r[4],))
            db.execute("UPDATE audit SET record = ? WHERE seq = 5", (r[3],))
        self.found("records 4 to 4 are missing")
        self.found("the order was changed")

    def test_cut_off(self):
        self.steps(4)
        with self.database() as db:
            db.execute("DELETE FROM audit WHERE seq > 4")
        self.found("records were cut off")

    def test_cut_off_and_continued_by_the_station(self):
        self.steps(4)
        with self.database() as db:
            db.execute("DELETE FROM audit WHERE seq > 4")
        self.start()
        self.found("records 5 to 7 are missing")
        notices = [a for a in self.alerts() if a["handle"] == "STATION"]
        self.assertEqual((len(notices), notices[0]["severity"]), (1, 5))
        self.assertIn("older queue was put back", notices[0]["text"])

    def test_cut_off_and_continued_with_keys_and_all(self):
        """A thief with the disk of last week puts it back whole: only a head on paper shows it."""
        self.steps(2)
        self.stop()
        shutil.copytree(self.dir, self.where / "old", ignore=shutil.ignore_patterns("*.sock"))
        self.start()
        self.queue("note", 1, "what the thief wants undone")
        head = self.head()
        self.stop()
        shutil.rmtree(self.dir)
        shutil.copytree(self.where / "old", self.dir)
        self.start()
        for i in range(4):
            self.queue("note", 2, f"another story {i}")
        self.assertTrue(self.verify()["whole"])
        self.found("is not the one of the head on paper", "--head", head)

    def test_rolled_back_with_the_database(self):
        self.steps(2)
        self.stop()
        shutil.copy(self.dir / "queue.db", self.where / "queue.db")
        self.start()
        self.queue("note", 1, "later")
        head = self.head()
        self.stop()
        for f in self.dir.glob("queue.db*"):
            f.unlink()
        shutil.copy(self.where / "queue.db", self.dir / "queue.db")
        self.found("an older database was put back")
        self.found("which is not there", "--head", head)

    def test_begun_anew(self):
        self.steps(2)
        self.stop()
        (self.dir / "keys/log").unlink()
        with self.database() as db:
            db.execute("DELETE FROM audit")
        self.start()
        self.assertEqual(self.verify(expect=1)["records"], 2)
        self.found("record 1 was changed, or is not signed")
        self.assertIn("lost or changed", [a for a in self.alerts() if a["handle"] == "STATION"][0]["text"])

    def test_another_first_key(self):
        self.steps(1)
        (self.dir / "keys/log.first").write_text("00" * 32 + "\n")
        self.found("the chain was begun anew")

    def test_power_cut_between_the_record_and_its_key(self):
        """keys/log one record behind is what a crash leaves: the chain goes on, whole."""
        self.steps(1)
        self.stop()
        old = (self.dir / "keys/log").read_bytes()
        self.start()
        self.queue("note", 1, "one more")
        self.kill_all()
        (self.dir / "keys/log").write_bytes(old)
        self.start()
        self.queue("note", 1, "and on")
        self.assertTrue(self.verify()["whole"])


if __name__ == "__main__":
    flow.main()
