#!/bin/sh
# Create a virtual environment with the first Python >= 3.11 that is able to.
set -eu
target=$1
seen=""
for name in ${PYTHON:-python3.13 python3.12 python3.11 python3}; do
    "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
    seen=$name
    "$name" -c 'import ensurepip, venv' 2>/dev/null || continue
    "$name" -m venv "$target"
    exit 0
done
if [ -n "$seen" ]; then
    echo "$seen cannot create a virtual environment: on Debian and Ubuntu install python3-venv, then run make again" >&2
else
    echo "no Python 3.11 or newer was found (python3.13, python3.12, python3.11, python3): install one, or name it: make PYTHON=/path/to/python3" >&2
fi
exit 1
