#!/bin/sh
# Run once by Postgres when it makes its data: Temporal has a role and two databases of its own.
set -eu
psql --set=ON_ERROR_STOP=1 --set=password="$(cat /run/secrets/temporal_password)" --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE temporal LOGIN PASSWORD :'password';
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
SQL
