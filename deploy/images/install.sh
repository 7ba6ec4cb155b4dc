#!/bin/sh
# What deploy/Dockerfile runs, in its build stages only:
#   install.sh dependencies   /opt/madoguchi: a virtual environment with what shared/ needs, alike in every image
#   install.sh packages       /out/<service>: what a service needs beside that, its own code, its program
# Where packages come from is never written down: wheels in deploy/wheels (`make wheels`) or, when there are none, an
# index: the secret `index`, with the secret `ca` as its authority, or the index that uv and pip ask by themselves.
set -eu

if ls /wheels/*.whl >/dev/null 2>&1; then
    export UV_NO_INDEX=1 UV_FIND_LINKS=/wheels PIP_NO_INDEX=1 PIP_FIND_LINKS=/wheels
elif [ -s /run/secrets/index ]; then
    UV_DEFAULT_INDEX=$(cat /run/secrets/index)
    export UV_DEFAULT_INDEX PIP_INDEX_URL="$UV_DEFAULT_INDEX"
fi
if [ -s /run/secrets/ca ]; then
    export SSL_CERT_FILE=/run/secrets/ca PIP_CERT=/run/secrets/ca
fi
# Sources never change in an image, so byte code need not look at them. Nothing gets the time of the build.
# What is fetched is kept from one build to the next, in the cache that deploy/Dockerfile mounts.
export UV_CACHE_DIR=/var/cache/packages/uv PIP_CACHE_DIR=/var/cache/packages/pip
export PATH="/tools/bin:$PATH" UV_LINK_MODE=copy PYC_INVALIDATION_MODE=UNCHECKED_HASH SOURCE_DATE_EPOCH=315619200

locked() { python3 deploy/images/locked.py "$@"; }

into() { # into <folder> <requirements>: exactly these, every hash checked
    [ ! -s "$2" ] || uv pip install --quiet --no-deps --require-hashes --compile-bytecode \
        --python /opt/madoguchi/bin/python --target "$1" -r "$2"
}

dependencies() {
    python3 -m venv /tools
    awk '/^[a-z0-9]/ { on = ($0 ~ /^uv==/) } on' requirements.lock >/tmp/uv.lock
    pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r /tmp/uv.lock
    locked hatchling >/tmp/tools.lock
    uv pip install --quiet --no-deps --require-hashes --python /tools/bin/python -r /tmp/tools.lock

    python3 -m venv --without-pip /opt/madoguchi
    site=$(/opt/madoguchi/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    echo /opt/service >"$site/service.pth"
    locked shared/pyproject.toml >/tmp/shared.lock
    uv pip sync --quiet --require-hashes --compile-bytecode --python /opt/madoguchi/bin/python /tmp/shared.lock
    plain /opt/madoguchi
}

packages() {
    for package in shared services/* deploy/sandbox; do
        (cd "$package" && /tools/bin/python -m hatchling build -t wheel -d "/dist/$(basename "$package")" >/dev/null)
    done
    for package in services/* deploy/sandbox; do
        name=$(basename "$package")
        locked --besides shared/pyproject.toml "$package/pyproject.toml" >"/tmp/$name.lock"
        into "/out/$name" "/tmp/$name.lock"
        code "$name"
        plain "/out/$name"
    done
}

code() { # code <service>: our own wheels, made a moment ago
    uv pip install --quiet --no-deps --no-index --compile-bytecode --python /opt/madoguchi/bin/python \
        --target "/out/$1" /dist/shared/*.whl "/dist/$1"/*.whl
}

plain() { # plain <folder>: without what differs from one build to the next
    find "$1" -name direct_url.json -delete -o -name uv_cache.json -delete
    find "$1" -depth -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
}

"$1"
