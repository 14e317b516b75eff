#!/bin/sh
# Writes the locked requirements: hashes, every platform, no download addresses.
set -eu
cd "$(dirname "$0")/.."
uv=.venv/bin/uv
common="--universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command make_lock --quiet"
# shellcheck disable=SC2086
$uv pip compile $common --extra postgres --extra fast -o requirements.txt pyproject.toml
# shellcheck disable=SC2086
$uv pip compile $common --all-extras -c requirements.txt -o requirements-dev.txt pyproject.toml
.venv/bin/python scripts/trim_package_lock.py
