# SPDX-License-Identifier: GPL-2.0-or-later
"""The forms that a number or a text takes between a modem and a person, as octets to search for."""


def gsm7_packed(text, fill):
    """Septets of TS 23.038 §6.1.2.1 behind `fill` bits; only the octets that are whole."""
    bits = value = 0
    for c in text:
        value |= (ord(c) & 0x7F) << bits
        bits += 7
    value <<= fill
    octets = value.to_bytes((bits + fill + 7) // 8, "little")
    return octets[1 if fill else 0:(bits + fill) // 8]


def semi_octets(number):
    digits = number.lstrip("+")
    digits += "F" * (len(digits) % 2)
    return bytes.fromhex("".join(digits[i + 1] + digits[i] for i in range(0, len(digits), 2)))


def needles(number, text):
    """name → octets. Numbers also without + and country code; of texts a piece in the middle too."""
    forms = {}
    for name, value in (("number", number), ("national number", number[4:]), ("text", text), ("piece", text[9:24])):
        forms[name, "UTF-8"] = value.encode()
        forms[name, "UCS-2 BE"] = value.encode("utf-16-be")
        forms[name, "UCS-2 LE"] = value.encode("utf-16-le")
        forms[name, "hex of UTF-8"] = value.encode().hex().encode()
        forms[name, "hex of UCS-2"] = value.encode("utf-16-be").hex().upper().encode()
        if value.isascii():
            for fill in range(7):
                forms[name, f"GSM-7 packed, {fill} bits"] = gsm7_packed(value, fill)
            forms[name, "hex of GSM-7"] = gsm7_packed(value, 0).hex().upper().encode()
    for name, value in (("number", number), ("national number", number[4:])):
        forms[name, "semi-octets"] = semi_octets(value)
        forms[name, "hex of semi-octets"] = semi_octets(value).hex().upper().encode()
    return {k: v for k, v in forms.items() if len(v) >= 4}
