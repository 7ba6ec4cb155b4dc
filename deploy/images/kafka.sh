#!/bin/sh
# What the official image does, by the same class of Kafka's own: KAFKA_… variables become server.properties, the storage
# is formatted unless it is already, Kafka runs.
set -eu
config=/opt/kafka/config
export CLUSTER_ID="${CLUSTER_ID:?set it: a UUID in base64url, 22 characters}"
java kafka.docker.KafkaDockerWrapper setup --default-configs-dir /etc/kafka/docker \
    --mounted-configs-dir /mnt/shared/config --final-configs-dir "$config" >/tmp/setup 2>&1 ||
    grep -q 'already formatted' /tmp/setup || { cat /tmp/setup >&2; exit 1; }
# The options are words.
# shellcheck disable=SC2086
exec java ${KAFKA_HEAP_OPTS:-} kafka.Kafka "$config/server.properties"
