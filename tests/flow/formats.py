# SPDX-License-Identifier: GPL-2.0-or-later
"""What other systems ask of the formats in which alerts leave: CAP 1.2 by xmllint and a schema, GeoJSON by the letters of
RFC 7946, HXL by its row of tags."""
import csv
import io
import json
import math
import pathlib
import re
import subprocess
import xml.etree.ElementTree

SCHEMA = pathlib.Path(__file__).resolve().parent.parent / "schema/cap12.xsd"
CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"


def cap(test, text):
    """Valid, and what the schema cannot say; gives the root element."""
    done = subprocess.run(["xmllint", "--noout", "--nonet", "--schema", str(SCHEMA), "-"], input=text.encode(), capture_output=True,
                          check=False)
    test.assertEqual(done.returncode, 0, done.stderr.decode())
    root = xml.etree.ElementTree.fromstring(text)
    test.assertEqual(root.findtext(CAP + "scope"), "Restricted")
    test.assertTrue(root.findtext(CAP + "restriction"), "a restricted alert says for whom")
    if root.findtext(CAP + "msgType") in ("Update", "Cancel"):
        test.assertTrue(root.findtext(CAP + "references"), "an update says of what")
    return root


def geojson(test, text):
    """Every rule of RFC 7946 that a collection of points can break; gives the features."""
    def refuse(constant):
        raise ValueError(constant)
    whole = json.loads(text, parse_constant=refuse)
    test.assertEqual(whole["type"], "FeatureCollection")
    test.assertNotIn("crs", whole, "RFC 7946 §4")
    for name in ("coordinates", "geometries", "geometry", "properties"):
        test.assertNotIn(name, whole, "RFC 7946 §7.1")
    for feature in whole["features"]:
        test.assertEqual(feature["type"], "Feature")
        test.assertIsInstance(feature["properties"], dict)
        test.assertIsInstance(feature["id"], (str, int))
        test.assertIn("geometry", feature)
        if feature["geometry"] is not None:
            test.assertEqual(set(feature["geometry"]), {"type", "coordinates"})
            test.assertEqual(feature["geometry"]["type"], "Point")
            longitude, latitude = feature["geometry"]["coordinates"]
            test.assertTrue(-180 <= longitude <= 180 and -90 <= latitude <= 90)
            test.assertTrue(math.isfinite(longitude) and math.isfinite(latitude))
    return whole["features"]


def hxl(test, text):
    """The second row is tags, as the HXL 1.1 standard writes them, and no cell is a formula; gives rows by their tags."""
    test.assertTrue(text.endswith("\n"))
    rows = list(csv.reader(io.StringIO(text, newline="")))
    heads, tags, rest = rows[0], rows[1], rows[2:]
    for tag in tags:
        test.assertRegex(tag, r"^#[a-z][a-z0-9_]*(\+[a-z][a-z0-9_]*)*$")
    test.assertEqual(len(set(tags)), len(tags))
    for row in rest:
        test.assertEqual(len(row), len(heads))
        for cell in row:
            test.assertFalse(re.match(r"[=+@\t\r]|-(?!\d+(\.\d+)?$)", cell), "a formula")
    return [dict(zip(tags, row)) for row in rest]
