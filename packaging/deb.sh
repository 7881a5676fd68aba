#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes the Debian packages of what is committed, in a copy, so that the checkout stays as it is:
#   sh packaging/deb.sh [OUT]     the .debs and their .changes in OUT (else build-deb), with what is inside (tama.cdx.json); TAMA_DEB_WORK names the copy's folder
# SOURCE_DATE_EPOCH is the changelog's last date; two builds of one commit are the same, octet for octet (reproduce.sh).
set -eu
cd "$(dirname "$0")/.."
. packaging/packages.sh
mkdir -p "${1:-build-deb}"
out=$(cd "${1:-build-deb}" && pwd)
install_packages "$PACKAGES_BUILD $PACKAGES_DEB"

work=${TAMA_DEB_WORK:-$(mktemp -d "${TMPDIR:-/tmp}/tama-deb.XXXXXX")}
trap 'rm -rf "$work"' EXIT
rm -rf "$work"
mkdir -p "$work/tama"
if git rev-parse --git-dir >/dev/null 2>&1; then
	git archive HEAD | tar -x -C "$work/tama"
else # a tarball
	tar -c --exclude='./build*' --exclude=node_modules . | tar -x -C "$work/tama"
fi
cp -r "$work/tama/packaging/debian" "$work/tama/debian"
cd "$work/tama"
# A compiler cache would name its own folder in what it makes.
CCACHE_DISABLE=1 dpkg-buildpackage -us -uc -b -rfakeroot >"$out/build.log" 2>&1 || { tail -n 60 "$out/build.log"; exit 1; }
cd ..
cp ./*.deb ./*.changes ./*.buildinfo "$out"
python3 tama/packaging/sbom.py "$out" >"$out/tama.cdx.json"
(cd "$out" && ls -l ./*.deb)
