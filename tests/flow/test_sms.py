# SPDX-License-Identifier: GPL-2.0-or-later
"""What the network really brings: long messages, other alphabets, the same SMS twice, PDUs that kill libGammu."""
import flow

# SMS-DELIVER from +22310000042, 2024-02-01 12:34:56 +00:00 (TS 23.040 §9.2.2.1), before TP-PID: SMSC, first octet,
# originating address; behind it: TP-PID, TP-DCS, SCTS, TP-UDL, TP-UD.
SMSC, SENDER, SCTS = "0691221300000F", "0B912213000040F2", "42201021436500"


def deliver(dcs, length, data, first="04"):
    return SMSC + first + SENDER + "00" + dcs + SCTS + f"{length:02X}" + data


def ucs2(text, header=""):
    data = header + text.encode("utf-16-be").hex().upper()
    return deliver("08", len(data) // 2, data, "44" if header else "04")


class Sms(flow.Flow):
    settings = "reassembly = { wait_s = 3; };\n"

    def pdu(self, octets):
        self.modem.ask("pdu", hex=octets)

    def texts(self, n):
        """In no order: a SIM gives the slots that were freed meanwhile before those behind them."""
        return sorted(a["text"] for a in self.settle(n))

    def test_long_messages_are_joined(self):
        self.start()
        accents = "Attaque à Ténenkou, hommes armés ɛ ɔ ŋ — " * 5
        ascii_ = "A1 12H " + "les hommes sont venus du nord " * 12
        self.arrive("+22310000001", accents)
        self.arrive("+22310000002", ascii_)
        self.assertEqual(self.texts(2), sorted([accents, ascii_]))
        self.assertEqual({tuple(a["flags"]) for a in self.alerts() if a["text"] == ascii_}, {()})

    def test_parts_out_of_order_and_a_split_surrogate_pair(self):
        self.start()
        whole = "A1 12H \U0001F525 fin"
        units = whole.encode("utf-16-be").hex().upper()
        cut = units.index("D83D") + 4  # between the two halves
        for index, part in ((2, units[cut:]), (1, units[:cut])):
            header = f"050003070{2}0{index}"
            data = header + part
            self.pdu(deliver("08", len(data) // 2, data, "44"))
        self.assertEqual(self.texts(1), [whole])

    def test_a_part_that_never_comes(self):
        self.start()
        self.pdu(ucs2("A1 12H premier", "050003090201"))
        alerts = self.settle(1)
        self.assertIn("incomplete", alerts[0]["flags"])
        self.assertEqual(alerts[0]["event"], "A1")
        self.assertIn("[...]", alerts[0]["text"])

    def test_the_same_sms_twice_is_one_alert(self):
        self.start()
        for _ in range(3):
            self.pdu(ucs2("A1 12H deux fois"))
        self.pdu(ucs2("A1 12H autre"))
        self.assertEqual(len(self.settle(2)), 2)
        flow.wait_for(lambda: self.status()["triaged"] == 4, 20, "four were read")
        self.assertEqual(self.status()["duplicates"], 2)
        self.assertEqual(self.rows(), 2)
        self.tama("lock", "-c", self.config)  # nor after the station was locked, or restarted
        self.pdu(ucs2("A1 12H deux fois"))
        self.stop()
        self.start()
        flow.wait_for(lambda: self.status()["duplicates"] >= 1, 20, "it was known")
        self.assertEqual(self.rows(), 2)

    def test_one_person_has_one_handle_however_the_number_is_written(self):
        self.start()
        for sender in ("+22310000001", "0022310000001", "10000001", "22310000001"):
            self.arrive(sender, f"A1 12H {len(sender)}")
        self.arrive("+22310000002", "A1 12H 40")
        self.arrive("10555", "A1 12H 41")
        self.arrive("ORANGE", "A1 12H 42")
        handles = {a["count"]: a["handle"] for a in self.settle(7)}
        self.assertEqual(len({handles[n] for n in (12, 13, 8, 11)}), 1)
        self.assertEqual(len(set(handles.values())), 4)

    def test_alphabets(self):
        self.start()
        texts = ["à é ù ì ò Ç Ø Å Δ € [ ] { } \\ ^ ~ |", "هجوم ١٢", "ߊߟߎ ߂߃", "𞤀𞤣𞤤𞤢𞤥", "\u200bA1\u200b 12H",
                 "ınşğ ÇÖ"]
        for i, text in enumerate(texts):
            self.arrive(f"+2231000000{i}", text)
        self.assertEqual(self.texts(len(texts)), sorted(texts))
        self.assertEqual([a["event"] for a in self.alerts() if "A1" in a["text"]], ["A1"])

    def test_national_shift_tables(self):
        self.start()
        self.modem.ask("text", **{"from": "+22310000001", "text": "ğış İ€ Ş", "locking_shift": 1, "single_shift": 1})
        self.assertEqual(self.texts(1), ["ğış İ€ Ş"])

    def test_what_kills_libgammu_is_read_all_the_same(self):
        self.start()
        bad_udhl = deliver("04", 140, "FF" + "41" * 139, "44")
        overlong = deliver("04", 140, "42" * 300)
        self.arrive("+22310000001", "A1 12H 7")
        self.pdu(bad_udhl)
        self.pdu(overlong)
        self.pdu("00")
        self.arrive("+22310000001", "A1 12H 8")
        alerts = self.settle(5, 60)
        self.assertEqual(sorted(a["count"] for a in alerts if a["count"]), [7, 8])
        rest = [a for a in alerts if not a["count"]]
        self.assertEqual([sorted(a["flags"]) for a in rest], [["raw", "undecoded"]] * 3)
        self.assertNotIn("122130", "".join(a["text"] for a in rest))  # nor the sender in semi-octets
        self.assertEqual(sum("may hold a number" in a["text"] for a in rest), 1)

    def test_eight_bit_data_is_shown_as_octets(self):
        self.start()
        self.pdu(deliver("04", 4, "DEADBEEF"))
        alert = self.settle(1)[0]
        self.assertEqual((alert["text"], sorted(alert["flags"])), ("deadbeef", ["raw", "undecoded"]))

    def test_a_missed_call_is_an_alert(self):
        self.start()
        self.modem.ask("call", **{"from": "+22310000001"})
        alert = self.settle(1)[0]
        self.assertEqual((alert["flags"], alert["event"], alert["text"]), (["beep"], None, ""))
        self.modem.ask("call", **{"from": "+22310000001"})  # it rings again: the same call
        self.modem.ask("call", **{"from": "+22310000002"})
        self.assertEqual([a["flags"] for a in self.settle(2)], [["beep"]] * 2)

    def test_a_missed_call_while_the_modem_reads(self):
        self.start()
        for i in range(60):
            self.arrive("+22310000003", f"A5 12H {i + 1}")
            if i % 10 == 0:
                self.modem.ask("call", **{"from": f"+2231000001{i // 10}"})
        self.assertEqual(sum(a["flags"] == ["beep"] for a in self.settle(66)), 6)


if __name__ == "__main__":
    flow.main()
