#!/bin/sh
# check.sh <folder>: the rest of `make check-deploy`. checkov (from checkov.lock, in an environment of its own in <folder>)
# over what each overlay renders to, and promtool over the alert rules.
set -eu
cd "$(dirname "$0")/../.."
venv=$1

if [ "$(cat "$venv/ready" 2>/dev/null)" != "$(cksum <deploy/kubernetes/checkov.lock)" ]; then
    echo "Installing checkov from its lock …"
    rm -rf "$venv"
    .venv/bin/uv venv --quiet --python .venv/bin/python "$venv"
    # The index that pip uses here, as deploy/setup.sh does.
    index=${UV_DEFAULT_INDEX:-${PIP_INDEX_URL:-$(.venv/bin/python -m pip config get global.index-url 2>/dev/null || true)}}
    [ -z "$index" ] || export UV_DEFAULT_INDEX="$index"
    [ -z "${PIP_CERT:-}" ] || export SSL_CERT_FILE="${SSL_CERT_FILE:-$PIP_CERT}"
    VIRTUAL_ENV="$venv" .venv/bin/uv pip sync --quiet --require-hashes deploy/kubernetes/checkov.lock
    cksum <deploy/kubernetes/checkov.lock >"$venv/ready"
fi

rendered=$(mktemp -d)
trap 'rm -rf "$rendered"' EXIT
for overlay in local staging production; do
    kubectl kustomize "deploy/kubernetes/overlays/$overlay" >"$rendered/$overlay.yaml"
    "$venv/bin/checkov" --quiet --compact --framework kubernetes --skip-download --config-file deploy/kubernetes/checkov.yaml \
        --file "$rendered/$overlay.yaml"
    echo "checkov: $overlay is good"
done

rules=deploy/prometheus/rules.yaml
if [ -f "$rules" ]; then
    command -v promtool >/dev/null 2>&1 || {
        echo "There is no promtool here. Debian, Ubuntu: sudo apt-get install prometheus" >&2
        exit 1
    }
    promtool check rules "$rules"
    promtool test rules deploy/prometheus/rules.test.yaml
fi
