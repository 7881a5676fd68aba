#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Fuzzes every parser that meets foreign octets: run.sh SECONDS [TARGET …]. Builds with clang, AddressSanitizer and
# UndefinedBehaviorSanitizer; prints executions, covered edges and crashes of each target; exit 1 when there are any.
# Found inputs stay in $TAMA_BUILD-fuzz/corpus; the kept ones are in tests/fuzz/corpus.
set -eu
cd "$(dirname "$0")/../.."
seconds=${1:?how many seconds for each target?}
shift
build=${TAMA_BUILD:-build-test}-fuzz
[ -f "$build/build.ninja" ] || CC=clang meson setup "$build" -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false \
	-Dc_args=-fsanitize=fuzzer-no-link >/dev/null
targets=${*:-$(sh tests/fuzz/targets.sh)}
# shellcheck disable=SC2086 # a list on purpose
ninja -C "$build" tests/fuzz/seeds $(for t in $targets; do echo "tests/fuzz/fuzz_$t"; done) >"$build.log" 2>&1 || { tail -n 40 "$build.log"; exit 1; }
# shellcheck disable=SC2086
sh tests/fuzz/targets.sh "$build" $targets
printf '%-10s %12s %10s %8s\n' target executions edges crashes
status=0
# libconfig 1.5 leaks in its lexer on runs of quotes: not ours, and only while an administrator's file is read.
export LSAN_OPTIONS=suppressions=tests/fuzz/leaks:print_suppressions=0 ASAN_OPTIONS=detect_stack_use_after_return=1
for t in $targets; do
	log=$build/fuzz_$t.log crashes=0
	"$build/tests/fuzz/fuzz_$t" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1500 -print_final_stats=1 \
		-artifact_prefix="$build/crash-$t-" "$build/corpus/$t" >"$log" 2>&1 || { crashes=1 status=1; }
	printf '%-10s %12s %10s %8s\n' "$t" "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" \
		"$(grep -o 'cov: [0-9]*' "$log" | tail -n 1 | cut -c 6-)" "$crashes"
	[ "$crashes" -eq 0 ] || grep -m 3 -E 'ERROR|SUMMARY|BUG|runtime error' "$log" | sed 's/^/    /'
done
exit $status
