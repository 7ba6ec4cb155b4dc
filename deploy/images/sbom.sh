#!/bin/sh
# sbom.sh <folder> <service>…: a bill of materials (CycloneDX 1.6, JSON) for each image's Python packages, with versions
# and hashes as locked.
set -eu
target=$1
shift
case $target in /*) ;; *) target=$PWD/$target ;; esac
cd "$(dirname "$0")/../.."
PATH="$PWD/.venv/bin:$PATH"
# A lock says what there is, not what needs what; cyclonedx warns of that each time.
export PYTHONWARNINGS=ignore::UserWarning
mkdir -p "$target"
for service in "$@"; do
    folder=services/$service
    [ "$service" != sandbox ] || folder=deploy/sandbox
    python deploy/images/locked.py shared/pyproject.toml "$folder/pyproject.toml" |
        cyclonedx-py requirements --pyproject "$folder/pyproject.toml" --mc-type application --spec-version 1.6 \
            --output-reproducible --output-format JSON --output-file "$target/$service.cdx.json" -
    echo "$target/$service.cdx.json"
done
