#!/bin/sh
# Makes the two buckets; twice is once.
set -eu
there="$(echo s3.bucket.list | weed shell -master=storage:9333)"
for bucket in recordings marketing-clips; do
    case "$there" in
        *" $bucket"*) ;;
        *) echo "s3.bucket.create -name $bucket" | weed shell -master=storage:9333 ;;
    esac
done
