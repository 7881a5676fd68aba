#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# For run.sh and afl.sh. Without arguments: the targets. BUILD TARGET …: puts first inputs under BUILD/corpus/TARGET.
set -eu
if [ $# -eq 0 ]; then
	sed -n "s/^  '\([a-z]*\)': .*/&/p" tests/fuzz/meson.build | grep -o "'[a-z]*': \[[a-z]*_dep" | sed "s/'\([a-z]*\)'.*/\1/"
	exit 0
fi
build=$1
shift
mkdir -p "$build/corpus"
"$build/tests/fuzz/seeds" "$build/corpus"
for t in "$@"; do
	mkdir -p "$build/corpus/$t"
	[ ! -d "tests/fuzz/corpus/$t" ] || cp -n "tests/fuzz/corpus/$t/"* "$build/corpus/$t/" 2>/dev/null || true
	[ -n "$(ls "$build/corpus/$t")" ] || echo seed >"$build/corpus/$t/seed"
done
cp packaging/etc/sheet-mali.conf "$build/corpus/sheet/" 2>/dev/null || true
cp packaging/etc/rules-default.conf "$build/corpus/rules/" 2>/dev/null || true
cp packaging/etc/*.conf "$build/corpus/desk/" 2>/dev/null || true
[ ! -d "$build/corpus/parse" ] || awk -F '\t' '!/^#/ && NF > 2 {print $NF > "'"$build/corpus/parse/"'text-" NR}' packaging/demo/scenario.tsv
