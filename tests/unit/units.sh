#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The units of the station leave the world 1.5 or less of systemd's exposure: units.sh FOLDER
set -eu
command -v systemd-analyze >/dev/null || { echo "systemd-analyze is not here"; exit 77; }
for unit in "$1"/*.service; do
	# the threshold is ten times the exposure
	systemd-analyze security --offline=true --no-pager --threshold=15 "$unit" >/tmp/tama-units.$$ 2>&1 || {
		grep -E '✗|Overall|rror' /tmp/tama-units.$$
		rm -f /tmp/tama-units.$$
		exit 1
	}
	grep Overall /tmp/tama-units.$$
	rm -f /tmp/tama-units.$$
done
