#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# As root: installs the packages on a clean Debian 12 and runs a station there, as its service would: sh packaging/test-deb.sh
# [DEBS].  Makes the packages first when DEBS (else build-deb) has none. The clean system is kept in TAMA_DEBIAN for the next
# time (else it is made anew, which takes minutes). Ends in one line "N passed, N failed".
set -eu
cd "$(dirname "$0")/.."
. packaging/packages.sh
[ "$(id -u)" -eq 0 ] || { echo "as root: sh packaging/test-deb.sh" >&2; exit 3; }
debs=${1:-build-deb}
install_packages "debootstrap lintian"
ls "$debs"/tama_*.deb >/dev/null 2>&1 || sh packaging/deb.sh "$debs"

base=${TAMA_DEBIAN:-} work=$(mktemp -d "${TMPDIR:-/tmp}/tama-clean.XXXXXX")
root=$work/root
end() {
	trap - EXIT INT TERM
	if [ -f "$work/pids" ]; then
		while read -r pid; do kill "$pid" 2>/dev/null || true; done <"$work/pids"
		sleep 1
	fi
	for mount in sys dev/pts proc; do umount "$root/$mount" 2>/dev/null || true; done
	rm -rf --one-file-system "$work"
}
trap end EXIT
trap 'exit 1' INT TERM

passed=0 failed=0
check() { # "what holds" command …
	what=$1
	shift
	if "$@" >"$work/said" 2>&1; then
		passed=$((passed + 1))
		echo "ok    $what"
	else
		failed=$((failed + 1))
		echo "FAIL  $what"
		sed 's/^/      /' "$work/said" | tail -n 30
	fi
}
# Started with & its number is that of the program itself: each of these becomes the next one.
within() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 "$@"; }
as_tama() { within setpriv --reuid tama --regid tama --init-groups --no-new-privs "$@"; }

if [ -z "$base" ] || [ ! -d "$base/etc" ]; then
	echo "making a clean Debian 12 …"
	debootstrap --variant=minbase --include=systemd,udev bookworm "${base:-$root}" http://deb.debian.org/debian >"$work/log" 2>&1 ||
		{ tail -n 20 "$work/log"; exit 3; }
fi
[ -z "$base" ] || cp -a "$base" "$root"
mount -t proc proc "$root/proc"
mount -t devpts devpts "$root/dev/pts"
mount -t sysfs -o ro sysfs "$root/sys"
mkdir "$root/debs"
cp "$debs"/tama*.deb "$root/debs"
rm -f "$root"/debs/*dbgsym*
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" # no service is started in a chroot
chmod +x "$root/usr/sbin/policy-rc.d"
# What apt asks of packages.debian.org is its own; ours come from the files.
within apt-get update -q >/dev/null 2>&1 || true

install_all() { within sh -c 'apt-get install -y -q --no-install-recommends --reinstall /debs/*.deb'; }
check "the packages install on a clean Debian 12" install_all
cp "$work/said" "$work/installed"
check "the installation says what to do next" grep -q 'tama init /var/lib/tama' "$work/installed"
check "lintian finds no error" lintian --fail-on error "$debs"/*.changes
check "the bill of materials is whole" python3 packaging/test_sbom.py "$debs" "$debs/tama.cdx.json"
check "user tama is there, in dialout" sh -c "chroot '$root' id -nG tama | grep -qw dialout"
check "its folder is its own" test "$(within stat -c '%U %a' /var/lib/tama)" = "tama 700"
check "the service is enabled" within systemctl is-enabled tama.service
check "it waits for a station" grep -q '^ConditionPathExists=/var/lib/tama/tama.conf' "$root/lib/systemd/system/tama.service"
check "its units are well" within systemd-analyze verify --man=no tama.service tama-unlock.service tama-head.timer
udev_is_content() { ! within udevadm test /sys/class/tty/tty0 2>&1 | grep -E '(tama-modem|tama-seize)[^ ]*:[0-9]+'; }
udev_reads() { within udevadm test /sys/class/tty/tty0 2>&1 | grep -q '70-tama-modem.rules'; }
check "udev reads the rules" udev_reads
check "…and has nothing against them" udev_is_content
check "AppArmor's profiles are in place" test -f "$root/etc/apparmor.d/usr.libexec.tama.tama-intake"
check "bash completes its words" within bash -c '. /usr/share/bash-completion/completions/tama; COMP_WORDS=(tama que); COMP_CWORD=1; _tama; test "$COMPREPLY" = queue'
check "manual pages are in place" test -f "$root/usr/share/man/man1/tama-queue.1.gz" -a -f "$root/usr/share/man/man5/tama.conf.5.gz"
check "handbooks are in place" test -f "$root/usr/share/doc/tama/CONTRIBUTING.md"
check "no program names a folder of the building machine" sh -c "! grep -rlE 'tama-deb|packaging/etc' '$root/usr/bin/tama' '$root/usr/libexec/tama'"

# The station, as its user, with what tama.service says.
printf 'demo demo demo\n' >"$root/tmp/passphrase"
printf 'demo\n' >"$root/tmp/password"
chmod 644 "$root/tmp/passphrase" "$root/tmp/password"
queue() { as_tama tama queue list --all --json --as awa --password-file /tmp/password; }
await() { # seconds command …
	tries=$(($1 * 10))
	shift
	until "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.1
	done
}
locked() { as_tama tama status --json | grep -q "\"locked\": $1"; }
has() { test "$(queue | grep -c '"id"')" -eq "$1"; }
send() { as_tama tama-modemsim send --control /tmp/modem.sock "$1" "$2"; }

background() { # log command …: sets $started
	log=$1
	shift
	chroot "$root" env -i PATH=/usr/bin:/bin LC_ALL=C.UTF-8 setpriv --reuid tama --regid tama --init-groups --no-new-privs "$@" >>"$log" 2>&1 &
	started=$!
	echo "$started" >>"$work/pids"
}
background "$work/modem.log" tama-modemsim --link /tmp/modem --control /tmp/modem.sock
start_station() {
	command=$(sed -n 's/^ExecStart=//p' "$root/lib/systemd/system/tama.service")
	# shellcheck disable=SC2086 # words on purpose
	background "$work/station.log" $command
	station=$started
}
check "tama init makes a station in the folder that is there" as_tama tama init /var/lib/tama --demo --modem /tmp/modem
check "…and nobody else may look into it" test "$(within stat -c '%U %a' /var/lib/tama)" = "tama 700"
start_station
check "the station starts, locked" await 20 locked true
await 20 send +22310000001 'A1 12H 40' || true
check "a text that comes while it is locked is sealed" await 20 sh -c "chroot '$root' setpriv --reuid tama --regid tama --clear-groups tama status --json | grep -q '\"spooled\": 1'"
check "tama unlock opens it" as_tama tama unlock --passphrase-file /tmp/passphrase
check "the text is an alert" await 20 has 1

# As tama-unlock.service does it: systemd opens the credential for that unit alone.
lock() { as_tama tama lock && await 10 locked true; }
unlock_unit=$root/lib/systemd/system/tama-unlock.service
seal_credential() {
	within systemd-creds setup && mkdir -p "$root/etc/credstore.encrypted" &&
		within systemd-creds encrypt --with-key=host --name=passphrase /tmp/passphrase /etc/credstore.encrypted/tama.passphrase
}
open_credential() {
	sealed=$(sed -n 's/^LoadCredentialEncrypted=passphrase://p' "$unlock_unit")
	within mkdir -p /run/credentials/tama-unlock.service
	within systemd-creds decrypt --name=passphrase "$sealed" /run/credentials/tama-unlock.service/passphrase
	within chown -R tama: /run/credentials/tama-unlock.service
}
unlock_by_unit() {
	command=$(sed -n 's/^ExecStart=//p' "$unlock_unit" | sed 's,\${CREDENTIALS_DIRECTORY},/run/credentials/tama-unlock.service,')
	# shellcheck disable=SC2086 # words on purpose
	as_tama $command
}
check "the station is locked again" lock
check "systemd-creds seals the passphrase to this machine" seal_credential
check "…so that it cannot be read" sh -c "! grep -q demo '$root/etc/credstore.encrypted/tama.passphrase'"
check "…and opens it under the name that the unit asks for" open_credential
check "what tama-unlock.service runs opens the station" unlock_by_unit
check "…which is open" await 10 locked false

kill "$station" 2>/dev/null || true
wait "$station" 2>/dev/null || true
check "the packages are installed once more over a station" install_all
start_station
check "it comes back locked" await 20 locked true
check "…and opens with its passphrase" as_tama tama unlock --passphrase-file /tmp/passphrase
check "the alert is still there" await 20 has 1
kill "$station" 2>/dev/null || true
wait "$station" 2>/dev/null || true

# A station that an older Tama left here.
put_old_station() {
	rm -rf "$root/var/lib/tama"
	tar -xJf tests/fixtures/station-v2.tar.xz -C "$root/var/lib" station && mv "$root/var/lib/station" "$root/var/lib/tama" &&
		sed -i 's,device = "[^"]*",device = "/tmp/modem",' "$root/var/lib/tama/tama.conf" && within chown -R tama: /var/lib/tama &&
		within chmod 700 /var/lib/tama && within systemd-tmpfiles --create
}
says_what_to_do() { as_tama tama audit head 2>&1 | grep -q 'tama run'; }
check "a station of database version 2 is put here" put_old_station
check "who reads it before the station has run is told what to do" says_what_to_do
start_station
check "the station brings it forward" await 20 locked true
check "…and opens with its passphrase" as_tama tama unlock --passphrase-file /tmp/passphrase
check "…and has all its alerts, and the three that lay sealed" await 20 has 53
kill "$station" 2>/dev/null || true
wait "$station" 2>/dev/null || true

check "the packages go" within apt-get purge -y -q tama-station tama tama-doc
check "a purge leaves no program, unit, rule or profile" sh -c "! find '$root/usr' '$root/lib' '$root/etc' -path '*/doc/*' -prune -o \( -name 'tama*' -o -name '*-tama*' \) -print | grep ."
check "a purge keeps what is sealed: alerts and records" test -f "$root/var/lib/tama/queue.db" -a -f "$root/var/lib/tama/keys/kek"
check "a purge takes the credential that opens it" test ! -e "$root/etc/credstore.encrypted/tama.passphrase"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
