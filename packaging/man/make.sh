#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A manual page from what the program itself says of itself, so that neither goes stale:
#   make.sh NAME SECTION "one line" DETAILS COMMAND …    writes the page on stdout
# COMMAND … prints the usage, an empty line, and more; DETAILS is a file of paragraphs, its headings in capitals.
set -eu
name=$1 section=$2 line=$3 details=$4
shift 4
# Nothing at the start of a line or behind a backslash may be a roff request.
roff() { sed -e 's/\\/\\e/g' -e "s/^\([.']\)/\\\\\&\1/" -e 's/-/\\-/g'; }

printf '.TH %s %s "" Tama "Tama manual"\n' "$(echo "$name" | tr '[:lower:]' '[:upper:]' | sed 's/-/\\-/g')" "$section"
printf '.SH NAME\n%s \\- %s\n.SH SYNOPSIS\n.nf\n' "$(echo "$name" | roff)" "$(echo "$line" | roff)"
"$@" | roff
printf '.fi\n'
roff <"$details" | sed -e '/^[A-Z][A-Z ]*$/s/^/.SH /' -e 's/^$/.PP/' -e 's/^    \(.*\)$/.br\n\\ \\ \\fB\1\\fR\n.br/'
printf '.SH SEE ALSO\ntama(1), tama.conf(5), tama\\-modemsim(1)\n'
