#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs the other SMS gateways that tests/bench/drain.py compares Tama with, where they are missing (Debian 12).
# Their daemons are neither started nor enabled. Exit status: 0 all there, 77 they cannot be had here (why on stderr).
set -eu
PACKAGES_PEERS="gammu-smsd smstools kannel"
POLICY=/usr/sbin/policy-rc.d

skip() {
	echo "peers.sh: $1" >&2
	exit 77
}

missing=
for package in $PACKAGES_PEERS; do
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
command -v apt-get >/dev/null 2>&1 || skip "no apt-get here; missing:$missing"
if [ "$(id -u)" -eq 0 ]; then
	as_root=
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
	as_root=sudo
else
	skip "missing packages; as root: sh $0"
fi

# invoke-rc.d and deb-systemd-invoke ask policy-rc.d first; 101 is "not allowed". One that is there already stays.
made_policy=
forbid_start() {
	[ ! -e "$POLICY" ] || return 0
	printf '#!/bin/sh\nexit 101\n' | $as_root tee "$POLICY" >/dev/null
	$as_root chmod 755 "$POLICY"
	made_policy=yes
}
allow_start() {
	[ -z "$made_policy" ] || $as_root rm -f "$POLICY"
	made_policy=
}
trap allow_start EXIT
trap 'exit 130' INT TERM HUP

echo "installing:$missing" >&2
forbid_start
# shellcheck disable=SC2086 # a list on purpose
$as_root env DEBIAN_FRONTEND=noninteractive sh -c \
	"apt-get update -q >/dev/null && apt-get install -y -q --no-install-recommends $missing >/dev/null" ||
	skip "apt-get cannot install:$missing"
allow_start

# What we have just installed is not to start at the next boot either; services that were here before are left alone.
if [ -d /run/systemd/system ]; then
	for package in $missing; do
		$as_root systemctl disable --now "$package.service" >/dev/null 2>&1 ||
			echo "peers.sh: $package.service is not known to systemd" >&2
	done
elif command -v update-rc.d >/dev/null 2>&1; then
	for package in $missing; do
		$as_root update-rc.d "$package" disable >/dev/null 2>&1 || true
	done
fi
