#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds Tama and runs every test: plain, then with ASan and UBSan. Ends in one line `N passed, N failed`.
# Installs what it needs with apt when it is allowed to. TAMA_BUILD names another folder to build in.
set -eu
cd "$(dirname "$0")/.."
. packaging/packages.sh
install_packages "$PACKAGES_BUILD $PACKAGES_TEST"

builds=${TAMA_BUILD:-build-test}
passed=0 failed=0

# One build of `$1` with the meson options behind it; its tests count.
run_build() {
	dir=$builds-$1
	shift
	if ! grep -qF "\"source\": \"$PWD\"" "$dir/meson-info/meson-info.json" 2>/dev/null; then # not there, or of another checkout
		rm -rf "$dir"
		meson setup "$dir" "$@" >"$builds.log" 2>&1 || { cat "$builds.log"; failed=$((failed + 1)); return; }
	fi
	ninja -C "$dir" >"$builds.log" 2>&1 || { tail -n 60 "$builds.log"; failed=$((failed + 1)); return; }
	if grep -n 'warning:' "$builds.log"; then
		echo "warnings: a build is without any"
		failed=$((failed + 1))
	fi
	meson test -C "$dir" --no-rebuild --no-suite slow --print-errorlogs --timeout-multiplier 3 || true
	json=$dir/meson-logs/testlog.json
	ok=$(grep -c '"result": "OK"' "$json" || true)
	all=$(grep -c '"result":' "$json" || true)
	passed=$((passed + ok))
	failed=$((failed + all - ok))
	[ "$all" -gt 0 ] || failed=$((failed + 1))
}

echo "== gcc, as it is installed"
CC=gcc run_build gcc
echo "== clang, with AddressSanitizer and UndefinedBehaviorSanitizer"
CC=clang run_build asan -Db_sanitize=address,undefined -Db_lundef=false

echo "== branch coverage of the secrets"
if sh tests/coverage.sh "$builds-coverage"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi

echo "== every parser of foreign octets, a second each (longer: sh tests/fuzz/run.sh SECONDS)"
if TAMA_BUILD=$builds sh tests/fuzz/run.sh 1; then passed=$((passed + 1)); else failed=$((failed + 1)); fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
