#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Shows Tama at work on this machine: installs what it needs, builds, makes a station with known passphrases, starts it
# on a simulated modem and shows alerts arriving until Ctrl-C.
#   sh packaging/demo.sh           live
#   sh packaging/demo.sh --once    plays the scenario once, prints the queue, stops everything
#   sh packaging/demo.sh --keep    leaves the station's folder behind
set -eu
cd "$(dirname "$0")/.."
root=$PWD
once=false keep=false
for word; do
	case $word in
	--once) once=true ;;
	--keep) keep=true ;;
	*) echo "usage: sh packaging/demo.sh [--once] [--keep]" >&2; exit 2 ;;
	esac
done

. packaging/packages.sh
say() { printf '\n\033[1m%s\033[0m\n' "$*"; }

install_packages "$PACKAGES_BUILD"
build=${TAMA_DEMO_BUILD:-$root/build-demo}
say "Building Tama in $build"
[ -f "$build/build.ninja" ] || meson setup "$build" -Dtests=false >"$build.log" 2>&1 || { cat "$build.log"; exit 1; }
ninja -C "$build" >"$build.log" 2>&1 || { tail -n 60 "$build.log"; exit 1; }
tama=$build/gateway/tama modem=$build/gateway/sim/tama-modemsim

work=$(mktemp -d "${TMPDIR:-/tmp}/tama-demo.XXXXXX")
station=$work/station conf=$work/station/tama.conf control=$work/modem.sock
running='' simulating='' feeding=''
# shellcheck disable=SC2317 # called by the trap
end() {
	status=$?
	trap - EXIT INT TERM HUP
	for pid in $feeding $running $simulating; do kill "$pid" 2>/dev/null || true; done
	[ -z "$running" ] || wait "$running" 2>/dev/null || true
	if $keep; then echo "kept: $work"; else rm -rf "$work"; fi
	exit "$status"
}
trap end EXIT
trap 'exit 0' INT TERM HUP

# Waits for a command to succeed; says what it waited for when it does not.
await() {
	what=$1 tries=0
	shift
	until "$@" >/dev/null 2>&1; do
		tries=$((tries + 1))
		if [ "$tries" -gt 300 ]; then
			echo "demo: $what: not within 30 seconds" >&2
			tail -n 20 "$work/station.log" >&2 || true
			exit 1
		fi
		sleep 0.1
	done
}
status_has() { "$tama" status -c "$conf" --json | grep -q "$1"; }
queue() { "$tama" queue "$@" -c "$conf" --as awa --password-file "$work/password"; }
# The scenario: SENDER<TAB>TEXT lines, then one SMS whose PDU the network delivers three times, and a missed call.
play_line() { "$modem" send --control "$control" "$1" "$2"; }
doubled=0691221300000F040B912213000050F20008422010214365001000410031002000310032004800200037
play_rest() {
	for _ in 1 2 3; do "$modem" pdu --control "$control" "$doubled"; done
	"$modem" call --control "$control" +22310000051
}

say "Making a station in $station"
printf 'demo demo demo\n' >"$work/passphrase"
printf 'demo\n' >"$work/password"
"$tama" init "$station" --demo --modem "$work/modem" >/dev/null
# Played once it takes any free port, so that it never meets another station's console.
port=${TAMA_DEMO_PORT:-8443}
if $once; then port=0; fi
grep -q '^console' "$conf" || printf 'console = { port = %s; };\n' "$port" >>"$conf"
"$modem" --link "$work/modem" --control "$control" --slots 30 >"$work/modem.log" 2>&1 &
simulating=$!
await "the simulated modem" test -S "$control"
"$tama" run -c "$conf" >"$work/station.log" 2>&1 &
running=$!
await "the station" status_has '"locked"'
echo "The station runs and is LOCKED: texts are received and sealed. Now: tama unlock"
"$tama" unlock -c "$conf" --passphrase-file "$work/passphrase"
# shellcheck disable=SC2317 # called by await
modem_reads() { "$tama" status -c "$conf" --json | grep -A1 '"name": "gsm0"' | head -2 | grep -q running; }
await "the modem" modem_reads

say "Adding people: an officer and an administrator beside Awa, the supervisor"
as_awa() { "$tama" user "$@" -c "$conf" --as awa --password-file "$work/password" >/dev/null; }
as_awa add moussa --role officer --new-password-file "$work/password"
as_awa add zeina --role administrator --new-password-file "$work/password"
as_awa grant moussa protection
for each in protection restricted oversight drill; do as_awa grant zeina "$each"; done
address() { "$tama" status -c "$conf" --json | sed -n 's/.*"\(https:[^"]*\)".*/\1/p' | head -1; }
# shellcheck disable=SC2317 # called by await
has_address() { [ -n "$(address)" ]; }
await "the console (is port $port taken? TAMA_DEMO_PORT=8444 names another)" has_address
logins() {
	cat <<-END
		  moussa   officer         password: demo
		  awa      supervisor      password: demo
		  zeina    administrator   password: demo
	END
}

if $once; then
	say "Playing $(grep -c . packaging/demo/scenario.tsv) texts, one SMS that arrives three times, and a missed call"
	"$modem" load --control "$control" packaging/demo/scenario.tsv
	play_rest
	# shellcheck disable=SC2317 # called by await
	settled() { [ "$(queue list --all --json | grep -c '"id"')" -eq "$1" ] && status_has '"spool_depth": 0'; }
	await "every text in the queue" settled 52
	say "The queue, as the officer Awa sees it (tama queue list)"
	queue list
	say "One alert whole (tama queue show 1)"
	queue show 1
	say "The station (tama status)"
	"$tama" status -c "$conf"
	say "The console stood at $(address) for"
	logins
	kill "$running"
	wait "$running" 2>/dev/null || true
	running=''
	say "50 texts, one SMS that came three times and a missed call: 52 alerts. Everything is stopped."
	exit 0
fi

say "Alerts arrive now and are shown below; Ctrl-C ends. From another terminal:"
echo "  $tama queue list -c $conf --as awa --password-file $work/password"
echo "  $modem send --control $control +22310000099 'A1 12H 40'"
(
	while :; do
		while IFS='	' read -r from text; do
			play_line "$from" "$text" || exit 0
			sleep 1.5
		done <"$root/packaging/demo/scenario.tsv"
		play_rest || exit 0
	done
) &
feeding=$!
say "In the browser, where everybody works (the certificate is the station's own: let the browser take it), log in as"
logins
say "Open $(address)"
queue watch
