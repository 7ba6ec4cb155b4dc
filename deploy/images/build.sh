#!/bin/sh
# Builds the images of Kafka and of the MongoDB-wire server on this machine, without pulling anything: the base image of
# base.sh, and the jars of the native rung. Prints what to export so that `make test-containers` uses them.
set -eu
cd "$(dirname "$0")"
. ./engine.sh

version() { # of the jar <name>-<version>.jar
    for jar in "$lib/$1"-[0-9]*.jar; do basename "$jar" .jar | sed "s/^$1-//"; done
}

build() { # build <target> <version>
    log=$(mktemp)
    tar -c Dockerfile kafka.sh -C "$lib" --transform 's,^\./,lib/,' . |
        docker build --network none --build-arg "BASE=$base" --target "$1" --tag "madoguchi/$1:$2" - >"$log" 2>&1 || {
        tail -n 8 "$log" >&2
        rm -f "$log"
        fail "madoguchi/$1:$2 could not be built; the last words of docker build are above."
    }
    rm -f "$log"
}

need_engine
lib=$(../../.venv/bin/madoguchi-sandbox jars)
base=$(sh ./base.sh jre)
kafka=$(version kafka-clients)
mongo=$(version mongo-java-server-core)
build kafka "$kafka"
build mongo-wire "$mongo"
echo "export KAFKA_IMAGE=madoguchi/kafka:$kafka MONGODB_IMAGE=madoguchi/mongo-wire:$mongo"
