#!/bin/sh
# Sets up .venv from requirements.lock (every hash checked) and links the workspace's packages into it.
# Quick when nothing changed. Needs Python 3.11 or newer and a package index; no root, no Docker, no Java.
set -eu
cd "$(dirname "$0")/.."

fail() {
    printf '\nSet-up stopped: %s\n' "$1" >&2
    shift
    for line in "$@"; do printf '  %s\n' "$line" >&2; done
    exit 1
}

python=${PYTHON:-python3}
command -v "$python" >/dev/null 2>&1 || fail "there is no $python here." \
    "Debian, Ubuntu: sudo apt-get install python3 python3-venv" "Another one: make setup PYTHON=/path/to/python3.11"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail \
    "$("$python" --version 2>&1) is too old; Madoguchi needs Python 3.11 or newer." \
    "If a newer one is installed, name it: make setup PYTHON=python3.12"

state=$(cat requirements.lock pyproject.toml shared/pyproject.toml services/*/pyproject.toml deploy/sandbox/pyproject.toml \
    deploy/setup.sh | cksum; "$python" --version; pwd)
[ "$(cat .venv/ready 2>/dev/null || true)" = "$state" ] && exit 0

if ! [ -x .venv/bin/python ] || ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    rm -rf .venv
    if command -v uv >/dev/null 2>&1; then
        uv venv --quiet --python "$python" .venv
    elif "$python" -c 'import ensurepip' 2>/dev/null; then
        "$python" -m venv .venv
    else
        fail "this Python has no venv module (ensurepip is missing)." \
            "Debian, Ubuntu: sudo apt-get install python3-venv" "or put uv on the PATH; then run the same command again."
    fi
fi

no_index="no package index answered. The lock needs one that serves the Python packages it names."
how_index="A mirror of your own: export PIP_INDEX_URL=<its address>; behind a proxy: export HTTPS_PROXY=<its address>."
index=${UV_DEFAULT_INDEX:-${PIP_INDEX_URL:-}}
uv=$(command -v uv || true)
if [ -z "$uv" ]; then
    uv=.venv/bin/uv
    [ -n "$index" ] || index=$(.venv/bin/python -m pip config get global.index-url 2>/dev/null || true)
    if ! [ -x "$uv" ]; then
        echo "Fetching uv (its hash is in requirements.lock) …"
        only=$(mktemp)
        awk '/^[a-z0-9]/ { on = ($0 ~ /^uv==/) } on' requirements.lock >"$only"
        .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r "$only" ||
            fail "$no_index" "$how_index"
        rm -f "$only"
    fi
fi
[ -z "$index" ] || export UV_DEFAULT_INDEX="$index"
[ -z "${PIP_CERT:-}" ] || export SSL_CERT_FILE="${SSL_CERT_FILE:-$PIP_CERT}"
export VIRTUAL_ENV="$PWD/.venv"

echo "Installing the locked packages …"
"$uv" pip sync --quiet --require-hashes requirements.lock || fail "$no_index" "$how_index" \
    "If the message above speaks of a hash, the index serves another file than the lock names: do not go on."
set --
for package in shared services/* deploy/sandbox; do set -- "$@" --editable "$package"; done
"$uv" pip install --quiet --no-deps --no-build-isolation "$@"
printf '%s' "$state" >.venv/ready
