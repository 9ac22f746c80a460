#!/bin/sh
# Write the three locks. They are universal (every platform, Python 3.11 and newer), pinned by hash,
# and name no package index: pip takes the one that the machine is configured for.
set -eu
uv=$1
lock() {
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" "$@"
    echo "wrote $out"
}
out=requirements/build.txt; lock --group build --output-file "$out"
out=requirements/base.txt;  lock pyproject.toml --output-file "$out"
out=requirements/dev.txt;   lock pyproject.toml --extra exchange --extra postgres --extra bank --extra purses --extra hsm --group dev --constraints requirements/base.txt --output-file "$out"
