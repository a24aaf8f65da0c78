#!/bin/sh
# Print the path of a uv; fetch one into .tools/uv if there is none. Needs only a python3 from 3.11 on.
set -eu
cd "$(dirname "$0")/.."
if command -v uv >/dev/null 2>&1; then command -v uv; exit; fi
uv=$PWD/.tools/uv/bin/uv
if [ -x "$uv" ]; then echo "$uv"; exit; fi
if ! command -v python3 >/dev/null 2>&1; then echo "Attune needs Python 3.11 or newer: install the package python3." >&2; exit 1; fi
if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "Attune needs Python 3.11 or newer; $(python3 --version) is too old. Install a newer python3." >&2; exit 1
fi
venv() {
  rm -rf .tools/uv
  python3 -m venv .tools/uv >/dev/null 2>&1 && .tools/uv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.txt >&2
}
beside() {
  rm -rf .tools/uv
  python3 -m pip install -q --disable-pip-version-check --target .tools/uv --require-hashes -r requirements/uv.txt >/dev/null 2>&1
}
system() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || return 1
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends python3-venv ca-certificates; } >&2 && venv
}
venv || beside || system || { echo "Attune needs Python's venv: install the package python3-venv and try again." >&2; exit 1; }
echo "$uv"
