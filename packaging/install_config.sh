#!/bin/sh
# install_config.sh FILE DIR: installs FILE into DIR (under DESTDIR), unless DIR has one of that name.
set -eu
to=${DESTDIR:-}$2/${1##*/}
[ -e "$to" ] || install -D -m 644 "$1" "$to"
