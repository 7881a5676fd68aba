#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Who may include and link whom (README, "The tree"): layer.sh SOURCE BUILD
set -eu
cd "$1"
build=$2
status=0
wrong() { echo "$*"; status=1; }

# Lines that include something of the tree other than what is allowed.
includes_only() {
	found=$(grep -n '^#include "' "$1"/*.[ch] | grep -vE "#include \"($2)/" || true)
	[ -z "$found" ] || wrong "$1 may include $2 only: $found"
}
only_in() { # a header, and the files that may include it
	found=$(grep -lE "^#include <$1>" gateway/*.[ch] gateway/*/*.[ch] crypto/*.[ch] rules/*.[ch] | grep -vE "^gateway/($2)" || true)
	[ -z "$found" ] || wrong "$1 belongs to $2: $found"
}
includes_only gateway/base gateway/base
includes_only crypto 'crypto|gateway/base'
includes_only rules 'rules|gateway/base'
only_in gammu.h 'modem'
only_in sqlite3.h 'store_sqlite\.h'
only_in 'cairo.*' 'cards/'
only_in 'pango/.*' 'cards/'
only_in seccomp.h 'sandbox\.c|cards/confine\.c'
only_in 'curl/.*' 'notify_send\.c'
only_in microhttpd.h 'console/|notify_metrics\.c'
only_in 'gnutls/.*' 'console/'
only_in zlib.h 'console/zip\.c'

# Comparisons of secrets take the same time whatever they find. What is public says so in the line.
! grep -n 'memcmp(' crypto/*.c | grep -v 'sodium_memcmp\|// public' || wrong "crypto/ compares with memcmp: use sodium_memcmp, or say that it is public"

# What is linked is what a process can do.
links() { ldd "$build/gateway/$1" | grep -q "$2"; }
for program in tama tama-supervisor tama-keeper tama-intake tama-triage tama-console; do
	! links $program libGammu || wrong "$program is linked with libGammu"
done
links tama-modem libGammu || wrong "tama-modem is not linked with libGammu: this check checks nothing"
for program in tama-supervisor tama-keeper tama-intake tama-modem; do
	! links $program libsqlite3 || wrong "$program is linked with SQLite"
done
links tama-triage libsqlite3 || wrong "tama-triage is not linked with SQLite: this check checks nothing"
for program in tama-keeper tama-intake tama-modem; do
	! links $program libjansson || wrong "$program is linked with jansson"
done

for program in tama-supervisor tama-keeper tama-intake tama-modem tama-triage; do
	! links $program libmicrohttpd || wrong "$program is linked with the web server"
done
links tama-console libmicrohttpd || wrong "tama-console is not linked with the web server: this check checks nothing"
for name in keyfile_read keyfile_kek_open triage_unlock spool_reader_open; do
	! nm "$build/gateway/tama-console" 2>/dev/null | grep -q " T $name" || wrong "tama-console can open the station's secrets: $name"
done
for program in tama tama-supervisor tama-keeper tama-intake tama-triage tama-modem tama-console; do
	! links $program libcairo || wrong "$program is linked with cairo"
done
links tama-cards libcairo || wrong "tama-cards is not linked with cairo: this check checks nothing"
! links tama-cards 'libsodium\|libsqlite3\|libGammu' || wrong "tama-cards is linked with more than it prints with"

links tama-notify libcurl || wrong "tama-notify is not linked with libcurl: this check checks nothing"
! links tama-notify 'libsqlite3\|libGammu\|libqrencode' || wrong "tama-notify is linked with more than it calls out with"
for program in tama tama-supervisor tama-keeper tama-intake tama-triage tama-modem tama-console tama-cards; do
	! links $program libcurl || wrong "$program is linked with libcurl"
done
for name in custody_open seal_open wrap_open spool_next store_open; do
	! nm "$build/gateway/tama-notify" 2>/dev/null | grep -q " T $name" || wrong "tama-notify can open what is sealed: $name"
done

# rules and crypto: no clock, no socket, no file but what an administrator wrote.
undefined() { nm --undefined-only "$build/$1" 2>/dev/null | sed -n 's/^ *U \([A-Za-z0-9_]*\).*/\1/p' | sort -u; }
for library in crypto/libtama-crypto.a rules/libtama-rules.a; do
	names=$(undefined $library)
	[ -n "$names" ] || wrong "$library cannot be read: this check checks nothing"
	for name in time clock_gettime gettimeofday socket connect bind fork execve system sqlite3_open log_line_; do
		! echo "$names" | grep -qx "$name" || wrong "$library calls $name"
	done
done
for name in shamir_combine seal_open custody_open wrap_open; do
	! nm "$build/gateway/tama-modem" 2>/dev/null | grep -q " T $name" || wrong "tama-modem can open secrets: $name"
done
exit $status
