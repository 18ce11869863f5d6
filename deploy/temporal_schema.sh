#!/bin/sh
# Brings Temporal's two databases to the schema of this version of Temporal; twice is once.
set -eu
SQL_PASSWORD="$(cat /run/secrets/temporal_password)"
export SQL_PASSWORD
for part in temporal visibility; do
    database=temporal
    test "$part" = temporal || database=temporal_visibility
    tool="temporal-sql-tool --plugin postgres12 --ep postgres --port 5432 --user temporal --db $database"
    $tool setup-schema --version 0.0
    $tool update-schema --schema-dir "/etc/temporal/schema/postgresql/v12/$part/versioned"
done
