#!/bin/sh
# What the tests need from the system: a browser, a relay, fonts, a memory dumper. Root on Debian: installed. Else: named, and we stop.
set -eu
missing=
need() { PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }
font() { find /usr/share/fonts /usr/local/share/fonts "$HOME/.local/share/fonts" -name "$1" 2>/dev/null | grep -q . || missing="$missing $2"; }
need chromium chromium
need chromium-headless-shell chromium-headless-shell
need turnserver coturn
need gcore gdb
font 'NotoNaskhArabic*' fonts-noto-core
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "Installing what the tests need:$missing" >&2
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing; } >/dev/null || {
    echo "apt-get could not install:$missing" >&2; exit 1; }
  exit 0
fi
echo "The tests need these packages:$missing. On Debian: sudo apt-get install$missing" >&2
exit 1
