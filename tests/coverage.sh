#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Branch coverage of the secrets: builds crypto/ with clang's counters, runs its unit tests, prints the table. Exit 1 below
# 100 %. Left out: the one branch inside BUG_IF, which a test that lives cannot take.
set -eu
cd "$(dirname "$0")/.."
build=${1:-build-coverage}
export LLVM_PROFILE_FILE=/dev/null # of what the build itself runs
[ -f "$build/build.ninja" ] || CC=clang meson setup "$build" -Db_lundef=false \
	-Dc_args='-fprofile-instr-generate -fcoverage-mapping' -Dc_link_args='-fprofile-instr-generate' >/dev/null
tests=$(sed -n "s/^foreach name : \[\(.*\)\]/\1/p" tests/unit/crypto/meson.build | tr -d "',")
first='' objects='' profiles=''
for name in $tests; do
	ninja -C "$build" "tests/unit/crypto/test_$name" >/dev/null
	LLVM_PROFILE_FILE="$build/$name.profraw" "$build/tests/unit/crypto/test_$name" >/dev/null 2>&1 || { echo "test_$name fails" >&2; exit 1; }
	if [ -z "$first" ]; then first=$build/tests/unit/crypto/test_$name; else objects="$objects -object $build/tests/unit/crypto/test_$name"; fi
	profiles="$profiles $build/$name.profraw"
done
# shellcheck disable=SC2086 # lists on purpose
{
	llvm-profdata merge -o "$build/all.profdata" $profiles
	llvm-cov export --format=lcov -instr-profile "$build/all.profdata" "$first" $objects "$PWD"/crypto/*.c >"$build/crypto.lcov"
}
python3 - "$build/crypto.lcov" <<'PYTHON'
import os, sys
rows, name, source = [], None, []
for line in open(sys.argv[1]):
    key, _, value = line.strip().partition(":")
    if key == "SF":
        name = os.path.relpath(os.path.realpath(value))
        source, branches, lines = open(value).read().splitlines(), {}, {}
    elif key == "BRDA":
        at, block, branch, taken = value.split(",")
        if "BUG_IF" not in source[int(at) - 1]:
            k = (int(at), block, branch)
            branches[k] = branches.get(k, 0) + (0 if taken == "-" else int(taken))
    elif key == "DA":
        at, taken = value.split(",")[:2]
        lines[int(at)] = lines.get(int(at), 0) + int(taken)
    elif key == "end_of_record" and name and name.startswith("crypto/") and name.endswith(".c"):
        rows.append((name, branches, lines))
bad = 0
print(f"{'file':24} {'branches':>10} {'taken':>7} {'lines':>7} {'run':>7}")
for name, branches, lines in sorted(rows):
    taken, run = sum(v > 0 for v in branches.values()), sum(v > 0 for v in lines.values())
    print(f"{name:24} {len(branches):10} {taken:7} {len(lines):7} {run:7}")
    for (at, *_), v in sorted(branches.items()):
        if not v:
            bad += 1
            print(f"    {name}:{at}: a branch that no test takes")
total = sum(len(b) for _, b, _ in rows)
print(f"branch coverage of crypto/: {100 * (total - bad) / total if total else 0:.1f} % of {total} branches")
sys.exit(bad > 0 or not total)
PYTHON
