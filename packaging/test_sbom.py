# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether a bill of materials is whole: test_sbom.py FOLDER-OF-DEBS BOM. Every library that a program of the packages is
linked with is of a component; every reference leads somewhere; the hashes are those of the files."""
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import tempfile

folder, bom = pathlib.Path(sys.argv[1]), json.loads(pathlib.Path(sys.argv[2]).read_text())
problems = []
components = {c["bom-ref"]: c for c in bom["components"]}
names = {c["name"] for c in bom["components"]}


def want(holds, what):
    if not holds:
        problems.append(what)


want(bom["bomFormat"] == "CycloneDX" and bom["specVersion"] == "1.5", "it is not CycloneDX 1.5")
want(re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", bom["serialNumber"]), "its serial number is none")
want(len(components) == len(bom["components"]), "a reference stands twice")
for c in components.values():
    want(c["name"] and c["version"] and c["purl"].startswith("pkg:") and c["type"] in ("application", "library"), f"{c['bom-ref']}: not whole")
for edge in bom["dependencies"]:
    want(edge["ref"] == "tama" or edge["ref"] in components, f"{edge['ref']} is no component")
    for on in edge["dependsOn"]:
        want(on in components, f"{edge['ref']}: {on} is no component")
for name in ("tama", "tama-station", "tama-doc", "libsodium23", "libsqlite3-0", "libc6"):
    want(name in names, f"{name} is missing")
linked = set()
for deb in folder.glob("*.deb"):
    if "-dbgsym" in deb.name:
        continue
    digest = hashlib.sha256(deb.read_bytes()).hexdigest()
    want(any(digest == h["content"] for c in components.values() for h in c.get("hashes", [])), f"{deb.name}: its hash is not in it")
    with tempfile.TemporaryDirectory() as where:
        subprocess.run(["dpkg-deb", "-x", deb, where], check=True)
        for program in pathlib.Path(where).rglob("*"):
            if program.is_file() and program.read_bytes()[:4] == b"\x7fELF":
                said = subprocess.run(["objdump", "-p", program], capture_output=True, text=True, check=True).stdout
                linked |= set(re.findall(r"NEEDED +(\S+)", said))
for soname in sorted(linked):
    owners = subprocess.run(["dpkg-query", "-S", f"*/{soname}"], capture_output=True, text=True, check=False).stdout
    owners = {re.split("[:,]", line)[0] for line in owners.splitlines()}
    want(owners & names, f"{soname} of {sorted(owners)} is of no component")
want(len(linked) > 5, "no program was found")
print("\n".join(problems) or f"whole: {len(components)} components, {len(linked)} libraries linked")
sys.exit(bool(problems))
