# SPDX-License-Identifier: GPL-2.0-or-later
"""Officers: rights that are keys, passwords, and the password for duress that shows a harmless queue and tells nobody
who looks on."""
import json

import flow


class User(flow.Flow):
    def as_awa(self, *args, expect=0):
        return self.tama(*args, "-c", self.config, "--as", "awa", "--password-file", self.password, expect=expect)

    def secret(self, name, text=None):
        path = self.where / f"password-{name}"
        path.write_text((text or f"password of {name}") + "\n")
        return path

    def add(self, name, *queues, role="officer", duress=None, since=None):
        more = ("--duress-password-file", duress) if duress else ()
        self.as_awa("user", "add", name, "--role", role, "--new-password-file", self.secret(name), *more)
        for q in queues:
            self.as_awa("user", "grant", name, q, *(("--since", since) if since else ()))

    def sees(self, name, password=None, expect=0):
        out = self.tama("queue", "list", "--all", "--json", "-c", self.config, "--as", name, "--password-file",
                        password or self.where / f"password-{name}", expect=expect)
        return json.loads(out) if expect == 0 else None

    def audit(self):
        return [(r["kind"], r["actor"], r["detail"])
                for r in json.loads(self.tama("audit", "show", "-c", self.config, "--json"))]

    def send(self, *texts):
        n = self.rows()
        for i, text in enumerate(texts):
            self.arrive(f"+2231040{n + i:04d}", text)
        return self.settle(n + len(texts))

    def test_a_queue_is_read_from_the_grant_on_or_from_a_day(self):
        self.start()
        queue = self.send("A5 12H 9")[0]["queue"]
        self.add("moussa")
        self.assertEqual(self.sees("moussa"), [])
        self.as_awa("user", "grant", "moussa", queue)
        self.assertEqual(len(self.sees("moussa")), 1, "today's key is still with triage")
        self.tama("lock", "-c", self.config)
        self.unlock()
        self.add("fatou", queue)
        self.assertEqual(self.sees("fatou"), [], "that key is with nobody but officers now")
        self.as_awa("user", "grant", "fatou", queue, "--since", "2020-01-01")
        self.assertEqual(len(self.sees("fatou")), 1)
        self.assertIn(("user-grant", "awa", f"name=fatou queue={queue}"), self.audit())

    def test_revoked(self):
        self.start()
        queue = self.send("A5 12H 9")[0]["queue"]
        self.add("moussa", queue)
        self.as_awa("user", "revoke", "moussa", queue)
        self.send("A5 12H 8")
        self.assertEqual(self.sees("moussa"), [])
        self.as_awa("user", "grant", "moussa", queue)
        self.as_awa("user", "revoke", "moussa", expect=2)
        self.as_awa("user", "revoke", "moussa", "--for-good")
        self.sees("moussa", expect=2)
        self.as_awa("user", "add", "moussa", "--new-password-file", self.secret("moussa"), expect=1)
        self.assertIn("names are not used again", self.complaint)
        self.as_awa("user", "revoke", "awa", "--for-good", expect=1)
        shown = json.loads(self.as_awa("user", "list", "--json"))
        self.assertEqual({o["name"]: o["revoked"] for o in shown["officers"]}, {"awa": False, "moussa": True})
        self.assertEqual([len(c["words"].split()) for c in shown["custodians"]], [8, 8, 8])

    def test_who_may_not(self):
        self.start()
        self.add("moussa")
        for args in (["add", "x", "--new-password-file", self.secret("x")], ["grant", "moussa", "security"],
                     ["revoke", "awa", "--for-good"]):
            self.tama("user", *args, "-c", self.config, "--as", "moussa", "--password-file", self.where / "password-moussa",
                      expect=1)
            self.assertIn("supervisors and administrators", self.complaint)
        self.assertEqual(sum(kind == "refused" and actor == "moussa" for kind, actor, _ in self.audit()), 3)
        for args, status in ((["grant", "nobody", "security"], 2), (["grant", "moussa", "no-such"], 2), (["add", "a b"], 2),
                             (["add", "y", "--role", "king", "--new-password-file", self.secret("y")], 2)):
            self.as_awa("user", *args, expect=status)
        self.tama("lock", "-c", self.config)
        self.as_awa("user", "grant", "moussa", "security", expect=3)
        self.assertIn("tama unlock", self.complaint)

    def test_a_new_password(self):
        self.start()
        alert = self.send("A5 12H 9")[0]["id"]
        new = self.secret("new")
        self.as_awa("user", "passwd", "--new-password-file", new)
        self.queue("list", expect=2)
        self.password = new
        self.queue("ack", alert)

    def test_duress(self):
        duress = self.secret("duress")
        self.start()
        self.as_awa("user", "passwd", "--new-password-file", self.password, "--duress-password-file", duress)
        alerts = self.send("A5 12H 9", "H1 12H", "A1 12H 40")
        severe = [a["id"] for a in alerts if a["severity"] > 2]
        quiet = [a["id"] for a in alerts if a["severity"] <= 2]
        self.assertTrue(severe and quiet)
        before = self.complaint
        shown = self.sees("awa", duress)
        self.assertEqual([a["id"] for a in shown], quiet, "harmless, and something")
        self.assertEqual(self.complaint, before, "no word about what it does not show")
        silent = [a for a in self.alerts() if a["handle"] == "STATION"]
        self.assertEqual((len(silent), silent[0]["severity"]), (1, 5))
        self.assertIn("awa has used the password for duress", silent[0]["text"])
        for kind, _, detail in self.audit():
            self.assertNotIn("duress", kind + detail, "who forces an officer may read the chain over his shoulder")
        under = ("-c", self.config, "--as", "awa", "--password-file", duress)
        self.tama("queue", "show", severe[0], *under, expect=1)
        self.tama("queue", "ack", quiet[0], *under)
        self.assertEqual(next(a["state"] for a in self.alerts() if a["id"] == quiet[0]), "acknowledged")
        self.tama("key", "rotate", "pseudonym", *under, expect=3)
        self.assertIn("try again later", self.complaint)
        self.assertEqual(len([a for a in self.alerts() if a["handle"] == "STATION"]), 1, "one a quarter of an hour")
        self.assertEqual([a["id"] for a in self.sees("awa", duress)], quiet, "nor does it show the silent alert")


if __name__ == "__main__":
    flow.main()
