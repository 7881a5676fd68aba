#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds the packages twice, in folders of different names and depth, another hour, time zone, language and umask, and
# prints the hashes of both: sh packaging/reproduce.sh [OUT].  Exit status 1 when one octet differs.
set -eu
cd "$(dirname "$0")/.."
out=${1:-build-reproduce}
rm -rf "$out"
mkdir -p "$out/1" "$out/2"
folder=$(mktemp -d "${TMPDIR:-/tmp}/tama-reproduce.XXXXXX")
trap 'rm -rf "$folder"' EXIT
TAMA_DEB_WORK=$folder/a sh packaging/deb.sh "$out/1" >/dev/null
(
	umask 027
	export TZ=Pacific/Kiritimati LC_ALL=C.UTF-8 LANG=fr_FR.UTF-8
	TAMA_DEB_WORK=$folder/another/and/deeper sh packaging/deb.sh "$out/2" >/dev/null
)
status=0
for deb in "$out"/1/*.deb "$out/1/tama.cdx.json"; do
	name=${deb##*/}
	first=$(sha256sum <"$deb" | cut -c1-64) second=$(sha256sum <"$out/2/$name" | cut -c1-64)
	printf '%s\n  %s\n  %s\n' "$name" "$first" "$second"
	[ "$first" = "$second" ] || { echo "  not the same: diffoscope $deb $out/2/$name"; status=1; }
done
exit $status
