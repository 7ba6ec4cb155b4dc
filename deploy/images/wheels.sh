#!/bin/sh
# Fills deploy/wheels with every wheel that the images need, each with a hash from the lock, so that images can be built
# where no index answers. They are for the Python that runs this (PYTHON names another), and for its kind of machine: the
# base image must have the same.
set -eu
cd "$(dirname "$0")/../.."
. deploy/images/engine.sh
python=${PYTHON:-python3}
"$python" -m pip --version >/dev/null 2>&1 || fail "this $python has no pip." "Debian, Ubuntu: sudo apt-get install python3-pip"

part=$(mktemp)
trap 'rm -f "$part"' EXIT
PATH="$PWD/.venv/bin:$PATH" "$python" deploy/images/locked.py uv hatchling shared/pyproject.toml \
    services/*/pyproject.toml deploy/sandbox/pyproject.toml >"$part"
rm -f deploy/wheels/*.whl
"$python" -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
    --dest deploy/wheels -r "$part"
echo "deploy/wheels has $(find deploy/wheels -name '*.whl' | wc -l) wheels; remove them to build from an index again."
