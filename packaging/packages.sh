# SPDX-License-Identifier: GPL-2.0-or-later
# The one list of Debian 12 packages, read by demo.sh and tests/run.sh.
PACKAGES_BUILD="gcc libc6-dev meson ninja-build pkg-config libgammu-dev libsqlite3-dev libconfig-dev libsodium-dev libseccomp-dev libjansson-dev libqrencode-dev libmicrohttpd-dev libgnutls28-dev libxml2-dev libcurl4-gnutls-dev zlib1g-dev libpango1.0-dev fonts-noto-core"
PACKAGES_DEB="build-essential debhelper dh-apparmor fakeroot lintian python3"
PACKAGES_TEST="clang llvm libclang-rt-14-dev libcmocka-dev openssl gammu python3 sqlite3 poppler-utils libxml2-utils strace apparmor"
# The browser tests: chromium, and node with npm where no other node is there already (18 is enough).
PACKAGES_TEST="$PACKAGES_TEST chromium"
command -v npm >/dev/null 2>&1 || PACKAGES_TEST="$PACKAGES_TEST nodejs npm"

# Installs what is missing of the packages in $1; says what to do where that needs another user.
install_packages() {
	missing=
	for package in $1; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing="$missing $package"
	done
	[ -n "$missing" ] || return 0
	if [ "$(id -u)" -eq 0 ]; then
		as_root=
	elif command -v sudo >/dev/null 2>&1; then
		as_root=sudo
	else
		echo "missing packages; as root: apt-get install$missing" >&2
		exit 3
	fi
	echo "installing:$missing"
	# shellcheck disable=SC2086 # a list on purpose
	$as_root env DEBIAN_FRONTEND=noninteractive sh -c "apt-get update -q >/dev/null && apt-get install -y -q --no-install-recommends $missing >/dev/null"
}
