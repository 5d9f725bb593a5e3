#!/bin/sh
# For PostgreSQL's container: the role the application works as, with the password the compose file names.
set -eu
psql --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --set ON_ERROR_STOP=1 \
    --set password="$STANDING_APP_PASSWORD" <<'SQL'
CREATE ROLE standing_app LOGIN PASSWORD :'password';
SQL
