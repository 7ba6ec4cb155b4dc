#!/bin/sh
# service.sh <service>…: builds deploy/Dockerfile's images, madoguchi/<service>:<version>.
#   BASE           the image to build on; else the one that deploy/Dockerfile names, or, when it can't be pulled, base.sh's
#   VERSION        the tag; else the version in shared/pyproject.toml
#   BUILD_NETWORK  `host` where an index or a proxy listens on this machine's loopback only
# The index and proxy that pip and uv use here are used in the build too, and are in no image and no history.
set -eu
cd "$(dirname "$0")"
. ./engine.sh

client_with_buildkit() { # docker build has it by itself up to 22, later by the plugin buildx
    old_ifs=$IFS
    IFS=:
    for folder in $PATH; do
        [ -x "$folder/docker" ] || continue
        if DOCKER_BUILDKIT=1 "$folder/docker" build --help 2>/dev/null | grep -q -e '--secret'; then
            echo "$folder/docker"
            break
        fi
    done
    IFS=$old_ifs
}

base_image() {
    named=$(sed -n 's/^ARG BASE=//p' ../Dockerfile)
    docker image inspect "$named" >/dev/null 2>&1 || docker pull --quiet "$named" >/dev/null 2>&1 || named=$(sh ./base.sh python)
    echo "$named"
}

keep() { # keep <name> <text>: for the build alone
    [ -z "$2" ] || printf '%s' "$2" >"$secrets/$1"
}

need_engine
client=$(client_with_buildkit)
[ -n "$client" ] || fail "this docker can't build with BuildKit." \
    "Debian, Ubuntu: sudo apt-get install docker-buildx, or docker-buildx-plugin from Docker"
base=${BASE:-$(base_image)}
version=${VERSION:-$(sed -n 's/^version = "\(.*\)"$/\1/p' ../../shared/pyproject.toml)}
secrets=$(mktemp -d)
trap 'rm -rf "$secrets"' EXIT
keep index "${UV_DEFAULT_INDEX:-${PIP_INDEX_URL:-$(python3 -m pip config get global.index-url 2>/dev/null || true)}}"
certificates=${PIP_CERT:-${SSL_CERT_FILE:-}}
[ -z "$certificates" ] || cp "$certificates" "$secrets/ca"

for service in "$@"; do
    set -- --progress plain --file ../Dockerfile --target "$service" --tag "madoguchi/$service:$version" \
        --network "${BUILD_NETWORK:-default}" --build-arg "BASE=$base" --build-arg "VERSION=$version"
    for name in HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy; do set -- "$@" --build-arg "$name"; done
    for name in index ca; do [ ! -s "$secrets/$name" ] || set -- "$@" --secret "id=$name,src=$secrets/$name"; done
    if revision=$(git rev-parse HEAD 2>/dev/null); then
        set -- "$@" --build-arg "REVISION=$revision" --build-arg "CREATED=$(git log -1 --format=%cI)"
    fi
    DOCKER_BUILDKIT=1 "$client" build "$@" ../.. >"$secrets/log" 2>&1 || {
        tail -n 20 "$secrets/log" >&2
        fail "madoguchi/$service:$version could not be built; the last words of docker build are above."
    }
    echo "madoguchi/$service:$version"
done
