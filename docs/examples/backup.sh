#!/bin/sh
# Writes a dump of the database into the folder, and removes those that are older than a fortnight.
# The keys are not in it: docs/install.md says how to keep them.
set -eu
umask 077
folder=$1
file=$folder/rollcall-$(date -u +%Y-%m-%dT%H%M%S).dump
pg_dump --format custom --file "$file.part" rollcall
mv "$file.part" "$file"
find "$folder" -name 'rollcall-*.dump*' -mtime +14 -delete
echo "$file"
