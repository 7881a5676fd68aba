#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The Debian package asks for what a build asks for, and its version is the program's: package.sh SOURCE TAMA
set -eu
tama=$(readlink -f "$2")
cd "$1"
status=0
wrong() { echo "$*"; status=1; }
. packaging/packages.sh
asked=$(sed -n '/^Build-Depends:/,/^[A-Z][A-Za-z-]*: *[0-9]/p' packaging/debian/control | tr ',' '\n' | sed 's/^Build-Depends://; s/(.*)//; s/[[:space:]]//g')
for package in $PACKAGES_BUILD; do
	case $package in
	gcc | libc6-dev | fonts-*) continue ;; # of every build; of who prints cards
	esac
	echo "$asked" | grep -qx "$package" || wrong "packaging/debian/control: Build-Depends misses $package of packaging/packages.sh"
done
said=$("$tama" --version | cut -d' ' -f2)
[ "$said" = "$(sed -n '1s/.*(\(.*\)).*/\1/p' packaging/debian/changelog)" ] || wrong "packaging/debian/changelog is not of version $said"
for script in packaging/*.sh; do
	sh -n "$script" || wrong "$script"
done
exit $status
