# SPDX-License-Identifier: GPL-2.0-or-later
"""embed.py OUT.c OUT.d FOLDER: every file below FOLDER as a C array, plain and gzipped. The dependency file names the
folders too, so that a new file is seen without any list."""
import gzip
import hashlib
import pathlib
import sys

TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
         ".mjs": "text/javascript; charset=utf-8", ".json": "application/json", ".svg": "image/svg+xml",
         ".png": "image/png", ".ico": "image/x-icon", ".woff2": "font/woff2", ".wav": "audio/wav",
         ".webmanifest": "application/manifest+json", ".txt": "text/plain; charset=utf-8"}


def array(name, data):
    rows = [",".join(map(str, data[i:i + 32])) for i in range(0, len(data), 32)]
    return f"static const uint8_t {name}[] = {{\n" + ",\n".join(rows or ["0"]) + "\n};\n"


def main(out, depfile, folder):
    root = pathlib.Path(folder)
    files = sorted(p for p in root.rglob("*") if p.is_file() and p.suffix in TYPES)
    parts, table = [], []
    for i, path in enumerate(files):
        data = path.read_bytes()
        packed = gzip.compress(data, 9, mtime=0)
        etag = hashlib.sha256(data).hexdigest()[:20]
        parts += [array(f"plain_{i}", data), array(f"gzip_{i}", packed)]
        table.append(f'\t{{"/{path.relative_to(root)}", "{TYPES[path.suffix]}", "\\"{etag}\\"", plain_{i}, gzip_{i}, '
                     f"{len(data)}, {len(packed)}}},\n")
    pathlib.Path(out).write_text(
        '#include "gateway/console/static.h"\n\n' + "".join(parts) + "const struct static_file static_files[] = {\n" +
        "".join(table) + "\t{0}};\nconst size_t static_count = " + str(len(files)) + ";\n")
    folders = [root] + sorted(p for p in root.rglob("*") if p.is_dir())
    pathlib.Path(depfile).write_text(f"{out}: " + " ".join(str(p) for p in files + folders) + "\n")


main(*sys.argv[1:])
