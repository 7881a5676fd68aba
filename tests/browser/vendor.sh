#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The files of gateway/web/vendor are those of the packages named in package-lock.json, octet by octet.
#   vendor.sh MODULES            compares (MODULES: a node_modules that `npm ci` has filled, which checks the integrity)
#   vendor.sh MODULES --refresh  copies them anew, after package.json names another version
set -eu
here=$(cd "$(dirname "$0")" && pwd)
vendor=$here/../../gateway/web/vendor modules=$1 refresh=${2:-}
status=0 known=''
while read -r file from; do
	known="$known $file"
	if [ "$refresh" = --refresh ]; then
		mkdir -p "$(dirname "$vendor/$file")"
		cp "$modules/$from" "$vendor/$file"
	elif ! cmp -s "$modules/$from" "$vendor/$file"; then
		echo "gateway/web/vendor/$file is not the $from of the package; sh tests/browser/vendor.sh MODULES --refresh"
		status=1
	fi
done <<LIST
leaflet/leaflet.js leaflet/dist/leaflet.js
leaflet/leaflet.css leaflet/dist/leaflet.css
leaflet/LICENSE leaflet/LICENSE
uplot/uPlot.esm.js uplot/dist/uPlot.esm.js
uplot/uPlot.min.css uplot/dist/uPlot.min.css
uplot/LICENSE uplot/LICENSE
topojson-client/topojson-client.min.js topojson-client/dist/topojson-client.min.js
topojson-client/LICENSE topojson-client/LICENSE
world-atlas/countries-110m.json world-atlas/countries-110m.json
world-atlas/countries-50m.json world-atlas/countries-50m.json
world-atlas/LICENSE world-atlas/LICENSE
LIST
for file in $(cd "$vendor" && find . -type f | sed 's,^\./,,'); do
	case " $known " in
	*" $file "*) ;;
	*) echo "gateway/web/vendor/$file: from no package of the list in tests/browser/vendor.sh"; status=1 ;;
	esac
done
exit $status
