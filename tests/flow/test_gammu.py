# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's own gammu reads, sends and deletes through tama-modemsim: the simulated modem is a modem to others too."""
import subprocess

import flow


class Gammu(flow.Flow):
    def gammu(self, *args, expect=0):
        config = self.where / "gammurc"
        config.write_text(f"[gammu]\ndevice = {self.modem.device}\nconnection = at115200\n")
        done = subprocess.run(["gammu", "-c", str(config), *args], capture_output=True, text=True, check=False,
                              timeout=60 * flow.SLOW, env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"})
        self.assertEqual(done.returncode, expect, f"gammu {args[0]}")
        return done.stdout

    def test_identify_and_network(self):
        said = self.gammu("identify")
        self.assertIn("Manufacturer", said)
        self.assertIn("IMEI", said)
        self.assertIn("Network", self.gammu("networkinfo"))
        self.assertIn("Signal strength", self.gammu("monitor", "1"))

    def test_reads_every_alphabet_and_joins_parts(self):
        texts = ["A1 12H", "à é [€]", "Ténenkou ɛɔŋ", "les hommes sont venus du nord " * 12]
        for text in texts:
            self.arrive("+22310000001", text)
        said = self.gammu("geteachsms")
        for text in texts:
            self.assertIn(text.strip(), said)
        self.assertIn("+22310000001", said)

    def test_deletes(self):
        for i in range(3):
            self.arrive("+22310000001", f"A1 12H {i}")
        self.gammu("deletesms", "1", "2")
        self.assertEqual(self.modem.stats()["slots_used"], 2)
        self.gammu("deletesms", "1", "1")
        self.gammu("deletesms", "1", "3")
        self.assertEqual(self.modem.stats()["slots_used"], 0)

    def test_sends(self):
        self.gammu("sendsms", "TEXT", "+22310000002", "-text", "marché: mil 250 € le sac", "-unicode")
        self.gammu("sendsms", "TEXT", "+22310000003", "-autolen", "400", "-text", "abc " * 75)
        sent = self.modem.ask("sent")["sent"]
        self.assertEqual((sent[0]["to"], sent[0]["text"]), ("+22310000002", "marché: mil 250 € le sac"))
        self.assertEqual("".join(s["text"] for s in sent[1:]).strip(), ("abc " * 75).strip())

    def test_sim_that_is_full_and_slots_that_are_freed(self):
        for i in range(40):
            self.arrive("+22310000001", f"A1 12H {i}")
        self.assertEqual((self.modem.stats()["slots_used"], self.modem.stats()["waiting"]), (30, 10))
        self.gammu("deleteallsms", "1")
        flow.wait_for(lambda: self.modem.stats()["slots_used"] == 10, 10, "the network delivers the rest")


if __name__ == "__main__":
    flow.main()
