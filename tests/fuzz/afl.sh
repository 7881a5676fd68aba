#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The same harnesses with AFL++: afl.sh SECONDS [TARGET …]. Without sanitizers: what it has found lies in
# $TAMA_BUILD-afl/corpus afterwards, and run.sh may read it. Prints executions, edges and crashes; exit 1 when there are any.
set -eu
cd "$(dirname "$0")/../.."
seconds=${1:?how many seconds for each target?}
shift
build=${TAMA_BUILD:-build-test}-afl
command -v afl-clang-fast >/dev/null || apt-get install -y afl++ >/dev/null
export AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_UI=1 AFL_NO_AFFINITY=1 AFL_QUIET=1
[ -f "$build/build.ninja" ] || CC=afl-clang-fast meson setup "$build" -Dfuzz=true -Db_lundef=false >"$build.log" 2>&1 || { tail -n 40 "$build.log"; exit 1; }
targets=${*:-$(sh tests/fuzz/targets.sh)}
# shellcheck disable=SC2086 # a list on purpose
ninja -C "$build" tests/fuzz/seeds $(for t in $targets; do echo "tests/fuzz/fuzz_$t"; done) >"$build.log" 2>&1 || { tail -n 40 "$build.log"; exit 1; }
# shellcheck disable=SC2086
sh tests/fuzz/targets.sh "$build" $targets
printf '%-10s %12s %10s %8s\n' target executions edges crashes
status=0
for t in $targets; do
	out=$build/out-$t log=$build/afl_$t.log crashes=failed
	rm -rf "$out"
	find "$build/corpus/$t" -size +200k -delete
	if afl-fuzz -V "$seconds" -t 2000+ -m none -i "$build/corpus/$t" -o "$out" -- "$build/tests/fuzz/fuzz_$t" >"$log" 2>&1; then
		of() { sed -n "s/^$1 *: *//p" "$out/default/fuzzer_stats"; }
		crashes=$(($(of saved_crashes) + $(of saved_hangs)))
	fi
	printf '%-10s %12s %10s %8s\n' "$t" "$(of execs_done 2>/dev/null)" "$(of edges_found 2>/dev/null)" "$crashes"
	[ "$crashes" = 0 ] || status=1
	[ "$crashes" != failed ] || tail -n 5 "$log" | sed 's/^/    /'
done
exit $status
