# SPDX-License-Identifier: GPL-2.0-or-later
"""What is inside the Debian packages, as CycloneDX 1.5 (JSON):  python3 packaging/sbom.py FOLDER >tama.cdx.json
FOLDER holds the .debs. The libraries are those of their Depends with the version on this machine, that they were built with;
the vendored files of the console are those of tests/browser/package-lock.json. The same packages give the same octets."""
import base64
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import uuid

ROOT = pathlib.Path(__file__).resolve().parent.parent
LOCK = ROOT / "tests/browser/package-lock.json"


def dpkg(*words):
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


def ours(deb):
    field = {name: dpkg("dpkg-deb", "-f", deb, name) for name in ("Package", "Version", "Architecture", "Depends")}
    ref = f"pkg:deb/debian/{field['Package']}@{field['Version']}?arch={field['Architecture']}"
    component = {"type": "application", "bom-ref": ref, "name": field["Package"], "version": field["Version"], "purl": ref,
                 "licenses": [{"license": {"id": "GPL-2.0-or-later"}}],
                 "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(deb.read_bytes()).hexdigest()}]}
    names = [re.match(r"[a-z0-9.+-]+", part.strip())[0] for part in field["Depends"].split(",") if part.strip()]
    return component, [n for n in names if not n.startswith("tama")]


def library(name):
    """A package of this machine; None where another one of an alternative is installed."""
    try:
        said = dpkg("dpkg-query", "-W", "-f", "${Version}\t${Architecture}\t${source:Package}\t${source:Version}", name)
    except subprocess.CalledProcessError:
        return None
    if "\t" not in said:  # known, but not installed
        return None
    version, architecture, source, source_version = said.split("\n")[0].split("\t")
    ref = f"pkg:deb/debian/{name}@{version}?arch={architecture}&distro=bookworm"
    return {"type": "library", "bom-ref": ref, "name": name, "version": version, "purl": ref,
            "properties": [{"name": "debian:source", "value": f"{source} {source_version}"}]}


def vendored():
    """The console's files of others: what npm's lock says of them, without what only tests use."""
    packages = json.loads(LOCK.read_text())["packages"] if LOCK.exists() else {}
    for path, entry in sorted(packages.items()):
        name = path.removeprefix("node_modules/")
        if not path or entry.get("dev") or not (ROOT / "gateway/web/vendor" / name).is_dir():
            continue
        algorithm, digest = entry["integrity"].split("-", 1)
        ref = f"pkg:npm/{name}@{entry['version']}"
        yield {"type": "library", "bom-ref": ref, "name": name, "version": entry["version"], "purl": ref,
               "licenses": [{"license": {"id": entry["license"]}}],
               "hashes": [{"alg": algorithm.upper().replace("SHA", "SHA-"), "content": base64.b64decode(digest).hex()}]}


def bom(folder):
    debs = sorted(p for p in folder.glob("*.deb") if "-dbgsym" not in p.name)
    if not debs:
        sys.exit(f"{folder}: no .deb there: sh packaging/deb.sh")
    components, edges, libraries = [], {}, {}
    for deb in debs:
        component, names = ours(deb)
        components.append(component)
        for name in names:
            libraries[name] = libraries.get(name) or library(name)
        edges[component["bom-ref"]] = sorted(libraries[n]["bom-ref"] for n in names if libraries[n])
    web = list(vendored())
    for component in components:
        if component["name"] == "tama-station":
            edges[component["bom-ref"]] += [v["bom-ref"] for v in web]
    parts = components + sorted((v for v in libraries.values() if v), key=lambda c: c["name"]) + web
    whole = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    return {"$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json", "bomFormat": "CycloneDX", "specVersion": "1.5",
            "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, whole)}", "version": 1,
            "metadata": {"component": {"type": "application", "bom-ref": "tama", "name": "tama", "version": components[0]["version"]}},
            "components": parts,
            "dependencies": [{"ref": "tama", "dependsOn": [c["bom-ref"] for c in components]}] +
                            [{"ref": ref, "dependsOn": on} for ref, on in sorted(edges.items())]}


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    json.dump(bom(pathlib.Path(sys.argv[1])), sys.stdout, indent=1)
    print()
