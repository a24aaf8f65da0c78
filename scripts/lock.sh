#!/bin/sh
# Write requirements/*.txt anew from pyproject.toml: exact versions with hashes, one list for every Python from 3.11 on.
set -eu
cd "$(dirname "$0")/../requirements"
uv=$(../scripts/uv.sh)
compile() { "$uv" pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate "$@"; }
compile --group ../pyproject.toml:build ../pyproject.toml -o run.txt
compile -c run.txt --group ../pyproject.toml:dev ../pyproject.toml -o dev.txt
echo "uv>=0.9,<1" | compile - -o uv.txt
