#!/bin/sh
# Run a command on the Node.js that comes with the Python environment, never on another one of the machine:
#   scripts/node.sh install        the locked npm packages, if they are not there yet
#   scripts/node.sh lint           the contracts' rules
#   scripts/node.sh hardhat test   or any other command of node, npm and the installed packages
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-.venv/bin/python}
PATH="$PWD/node_modules/.bin:$("$python" -c 'import os, sys; print(os.path.dirname(sys.executable))'):$PATH"
# Hardhat asks nobody and tells nobody.
HARDHAT_DISABLE_TELEMETRY=true
export PATH HARDHAT_DISABLE_TELEMETRY

case "${1:-}" in
install)
    # npm keeps its own copy of what it installed; older than the lock, or not there, means: install again.
    installed=node_modules/.package-lock.json
    if [ ! -e "$installed" ] || [ package-lock.json -nt "$installed" ]; then
        # Install scripts would download what the locked platform packages already hold.
        npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
        touch "$installed"
    fi
    # What pages load is served from here, never from elsewhere.
    cmp -s node_modules/echarts/dist/echarts.min.js api/ui/static/echarts.min.js ||
        cp node_modules/echarts/dist/echarts.min.js api/ui/static/echarts.min.js
    ;;
lint)
    solhint --disc --noPoster --max-warnings 0 "contracts/**/*.sol"
    ;;
*)
    exec "$@"
    ;;
esac
