#!/bin/sh
# demo.sh <folder for the results> <base port>: builds the images, starts deploy/compose.yaml's Kafka, MongoDB, sandbox and
# services, plays the main job through their published ports, and removes every container, network and volume again.
# KAFKA_IMAGE and MONGODB_IMAGE name servers; without them the ones of build.sh are made here and used.
set -eu
results=$1
base_port=$2
case $results in /*) ;; *) results=$PWD/$results ;; esac
cd "$(dirname "$0")"
. ./engine.sh
# shellcheck disable=SC2034
wanted='demo in containers'

READY_SECONDS=180

need_compose() { # sets $compose
    if docker compose version >/dev/null 2>&1; then
        compose='docker compose'
    elif command -v docker-compose >/dev/null 2>&1; then
        compose=docker-compose
    else
        fail "there is no docker compose here." "Debian, Ubuntu: sudo apt-get install docker-compose"
    fi
}

stack() { # the project of this run only
    # The words of $compose and of $files are words of the command.
    # shellcheck disable=SC2086
    $compose --project-name "$project" $files "$@"
}

container() { docker ps --all --quiet --filter "label=com.docker.compose.project=$project" \
    --filter "label=com.docker.compose.service=$1"; }

remove() {
    stack down --volumes --remove-orphans --timeout 45 >/dev/null 2>&1 || true
    left=$(docker ps --all --quiet --filter "label=com.docker.compose.project=$project")
    [ -z "$left" ] || fail "containers of $project are left." "docker ps --all"
}

state() { docker inspect --format '{{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{end}}' "$(container "$1")"; }

ready() { # ready <service>, or the end of its log
    end=$(($(date +%s) + READY_SECONDS))
    while [ "$(state "$1")" != "running healthy" ]; do
        if [ "$(date +%s)" -gt "$end" ] || [ "$(state "$1" | cut -d ' ' -f 1)" = exited ]; then
            docker logs --tail 12 "$(container "$1")" >&2
            fail "$1 is not ready ($(state "$1")); the end of its log is above."
        fi
        sleep 1
    done
}

need_engine
need_compose
services=$(cd ../../services && echo *)
project=madoguchi-demo-$base_port
files='--file ../compose.yaml'

echo "Building the images of $(echo "$services" | tr ' ' ,) and the sandbox …"
# shellcheck disable=SC2086
sh ./service.sh $services sandbox >/dev/null
if [ -z "${KAFKA_IMAGE:-}" ] || [ -z "${MONGODB_IMAGE:-}" ]; then
    echo "Building the images of Kafka and the MongoDB-wire server …"
    servers=$(sh ./build.sh)
    eval "$servers"
fi
if [ "$(docker inspect --format '{{index .Config.Labels "jp.madoguchi.replica-set"}}' "$MONGODB_IMAGE" 2>/dev/null)" = none ]; then
    files="$files --file compose.yaml"
    export COMPOSE_MONGODB_URI=mongodb://mongodb:27017
fi
export REQUEST_INTAKE_PORT=$((base_port + 1)) ISSUANCE_PORT=$((base_port + 3)) SANDBOX_PORT=$((base_port + 5))
export CONSOLE_PORT=$((base_port + 6)) KAFKA_PORT=$((base_port + 92)) MONGODB_PORT=$((base_port + 94))
# Without a collector: what is played needs none.
export COMPOSE_PROFILES=demo COMPOSE_OTLP_ENDPOINT=

mkdir -p "$results"
trap remove EXIT
trap 'exit 1' INT TERM
echo "Starting the containers …"
# shellcheck disable=SC2086
stack up --detach $services sandbox >"$results/up.log" 2>&1 || {
    tail -n 8 "$results/up.log" >&2
    stack logs --tail 12 >&2
    fail "the containers did not start; the last words of $compose are above." \
        "If a port is taken, choose others: make demo-containers PORT_BASE=9400"
}
for service in sandbox $services; do ready "$service"; done
docker exec "$(container sandbox)" sh -c 'cd /srv/madoguchi/secrets/990019 && tar -c ./*-chain.pem ./*.crl' |
    tar -x -C "$results"
../../.venv/bin/madoguchi-sandbox play --sandbox-url "http://127.0.0.1:$SANDBOX_PORT" --trust "$results" --to "$results"
for service in $services; do docker logs "$(container "$service")" >"$results/$service.log" 2>&1; done
echo "Stopping and removing the containers …"
