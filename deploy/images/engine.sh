# Read by the scripts beside it: stopping with a reason, and whether a Docker engine answers.

fail() {
    printf '\nNo %s: %s\n' "${wanted:-images}" "$1" >&2
    shift
    for line in "$@"; do printf '  %s\n' "$line" >&2; done
    exit 1
}

need_engine() {
    command -v docker >/dev/null 2>&1 || fail "there is no docker here." "Debian, Ubuntu: sudo apt-get install docker.io"
    said=$(docker version --format '{{.Server.Version}}' 2>&1) || fail "no Docker engine answers: $said" \
        "Start it: sudo systemctl start docker" "Without root, be of its group: sudo usermod -aG docker $(id -un)"
}
