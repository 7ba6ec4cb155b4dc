#!/bin/sh
# base.sh [jre|python]: makes a base image without pulling anything: this machine's own Debian or Ubuntu (or DEBIAN_RELEASE)
# by debootstrap, with a headless JRE (for Kafka and the MongoDB-wire server) or with Python (for the services). Packages
# come from where apt on this machine takes them, or from DEBIAN_MIRROR. Prints the image's name. It is made once:
# `docker image rm` it, and it is made anew.
set -eu
cd "$(dirname "$0")"
. ./engine.sh

mirror_of_apt() { # the place that this machine's apt takes its release from; the first when there are several
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Codename: $1" 2>/dev/null | head -n 1
}

newest_java() {
    for version in 21 17; do
        if [ -n "$(apt-cache --names-only search "^openjdk-$version-jre-headless\$" 2>/dev/null)" ]; then
            echo "$version"
            return
        fi
    done
}

need_engine
release=${DEBIAN_RELEASE:-$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")}
[ -n "$release" ] || fail "this is no released Debian or Ubuntu: /etc/os-release has no VERSION_CODENAME." \
    "Name one: DEBIAN_RELEASE=<codename>"
case ${1:-jre} in
jre)
    java=$(newest_java)
    [ -n "$java" ] || fail "apt knows no openjdk-17-jre-headless or newer here." "sudo apt-get update"
    packages=openjdk-$java-jre-headless
    image=madoguchi/base:$release-jre$java
    ;;
python)
    # venv brings the pip that a build starts with; the authorities are for mail, chat and payment over TLS.
    packages=ca-certificates,python3,python3-venv
    image=madoguchi/base:$release-python3
    ;;
*) fail "base.sh makes a base for jre or for python." ;;
esac
if docker image inspect "$image" >/dev/null 2>&1; then
    echo "$image"
    exit
fi

command -v debootstrap >/dev/null 2>&1 || fail "there is no debootstrap here." \
    "Debian, Ubuntu: sudo apt-get install debootstrap"
[ "$(id -u)" -eq 0 ] || fail "debootstrap needs root, for the base image alone." \
    "Make it once: sudo sh $PWD/base.sh ${1:-jre}" "Then the same command as before."
mirror=${DEBIAN_MIRROR:-$(mirror_of_apt "$release")}
[ -n "$mirror" ] || fail "apt has no list of packages for $release." \
    "sudo apt-get update" "or name a mirror: DEBIAN_MIRROR=<its address>"

root=$(mktemp -d)
trap 'rm -rf --one-file-system "$root" "$root.log"' EXIT
echo "Making $image by debootstrap, some minutes …" >&2
debootstrap --variant=minbase --include="$packages" "$release" "$root" "$mirror" >"$root.log" 2>&1 || {
    tail -n 8 "$root.log" >&2
    fail "debootstrap did not end well; its last words are above."
}
# What is of no use in a container, differs each time, or says where packages came from.
rm -rf "$root"/etc/apt/sources.list "$root"/var/cache/apt/* "$root"/var/cache/ldconfig/* "$root"/var/lib/apt/lists/* \
    "$root"/var/log/* "$root"/usr/share/doc/* "$root"/usr/share/man/* "$root"/etc/machine-id "$root"/etc/hostname \
    "$root"/etc/resolv.conf "$root"/tmp/*
tar -C "$root" --sort=name --numeric-owner --one-file-system -c . |
    docker import --change 'ENV LANG=C.UTF-8' - "$image" >/dev/null
echo "$image"
