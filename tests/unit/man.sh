#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every command has a page, every page is sound: man.sh TAMA PAGES…
set -eu
tama=$1
shift
status=0
for command in $("$tama" help | sed -n 's/^  tama \([a-z]*\) .*/\1/p'); do
	case " $* " in
	*"/tama-$command.1 "*) ;;
	*) echo "tama $command has no manual page"; status=1 ;;
	esac
done
if ! command -v groff >/dev/null; then
	echo "groff is not here: the pages were not read"
	exit $status
fi
for page; do
	said=$(groff -man -Tutf8 -Kutf8 -ww -z "$page" 2>&1)
	[ -z "$said" ] || { echo "$page: $said"; status=1; }
	sed -n '/^.SH SYNOPSIS/,/^.SH [DS]/p' "$page" | grep -q 'tama' || { echo "$page: no synopsis"; status=1; }
done
exit $status
