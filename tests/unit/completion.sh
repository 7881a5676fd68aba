#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# bash offers every command, step and option there is: completion.sh COMPLETION TAMA
set -eu
program=$2
tama() { "$program" "$@"; }
# shellcheck disable=SC1090
. "$1"
status=0
offers() { # words of the line …: prints what is offered behind them
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
	_tama
	printf '%s\n' "${COMPREPLY[@]}"
}
wants() { # what is wanted, words of the line …
	local want=$1
	shift
	offers "$@" | grep -qxe "$want" || { echo "$*: does not offer $want"; status=1; }
}
commands=$("$program" help | sed -n 's/^  tama \([a-z]*\) .*/\1/p')
[ "$(wc -w <<<"$commands")" -gt 15 ] || { echo "tama help shows no commands"; exit 1; }
for command in $commands; do
	wants "$command" tama ""
	for option in $("$program" "$command" --help | sed -n 's/^  \(--[a-z-]*\) .*/\1/p'); do
		wants "$option" tama "$command" --
	done
done
for step in list show ack assign note verify respond reply refer close watch; do wants $step tama queue ""; done
for step in verify head show; do wants $step tama -c x.conf audit ""; done
for step in request open; do wants $step tama reveal ""; done
wants rotate tama key ro
[ -z "$(offers tama queue xyz)" ] || { echo "offers what is not there"; status=1; }
cd / && wants etc tama sheet check et
exit $status
