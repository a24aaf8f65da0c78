#!/bin/sh
# install.sh run|dev: bring .venv to what requirements/ says. run leaves what dev needs alone; dev is exact.
set -eu
cd "$(dirname "$0")/.."
what=$1
uv=$(scripts/uv.sh)
python=$(python3 -c 'import sys; print(sys.executable)')  # sees through a pyenv shim
export UV_PYTHON_DOWNLOADS=never VIRTUAL_ENV="$PWD/.venv" UV_NO_PROGRESS=1
# a venv of a clone that has moved has dead paths: make it anew
if ! .venv/bin/python -c '' 2>/dev/null || [ "$(cat .venv/.made-in 2>/dev/null)" != "$PWD" ]; then
  "$uv" venv -q --clear --python "$python" .venv
  echo "$PWD" >.venv/.made-in
fi
case $what in
  run) "$uv" pip install -q --require-hashes -r requirements/run.txt ;;
  dev) "$uv" pip sync -q --require-hashes requirements/dev.txt ;;
  *) echo "install.sh run|dev" >&2; exit 2 ;;
esac
"$uv" pip install -q --no-deps --no-build-isolation -e .
