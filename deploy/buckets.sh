#!/bin/sh
# Makes the two buckets; twice is once. Storage that does not answer in time is a failure, so that this is run again.
set -eu
ask() {
    echo "$1" | timeout "${PATIENCE:-60}" weed shell -master="${MASTER:-storage:9333}" && return
    echo "Storage does not answer, or refuses: $1" >&2
    exit 1
}

there="$(ask s3.bucket.list)"
for bucket in recordings marketing-clips; do
    printf '%s\n' "$there" | grep -q "^ *$bucket[[:space:]]" || ask "s3.bucket.create -name $bucket"
done
