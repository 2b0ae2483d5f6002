#!/bin/sh
# Installs sqlstream: install.sh SOURCE TARGET CACHE [EXTRAS]
#
# SOURCE is a checkout, TARGET becomes a virtual environment, CACHE gets the compiled kernels (NUMBA_CACHE_DIR).
set -eu
source=$1
target=$2
cache=$3
extras=${4:-}

python3 -m venv "$target"
"$target/bin/pip" install --quiet --disable-pip-version-check "$source${extras:+[$extras]}"
mkdir -p "$cache"
# -P: those of what is installed, not of a checkout that happens to be the working directory.
NUMBA_CACHE_DIR=$cache "$target/bin/python" -P -m sqlstream.kernels
