#!/bin/sh
# Bring the database to the schema of this version, and make the keys that a new system needs. Harmless to run again.
#
#   setup.sh ADMIN_FILE METRICS_FILE
#
# ADMIN_FILE gets a key with scope `admin` when the database has no key at all: one that was revoked, or whose file was
# moved away, does not come back. METRICS_FILE gets a key with scope `read`, unless it holds one that the database knows.
set -eu
umask 077

smart-support db upgrade
keys=$(smart-support keys list --json)

make_key() { # FILE NAME SCOPE
    smart-support keys create --name "$2" --scope "$3" >"$1.new"
    [ "$3" != read ] || chmod 0644 "$1.new" # Prometheus runs as another user
    mv "$1.new" "$1"
    echo "The key \"$2\" is in $1" >&2
}

if [ "$keys" = "[]" ]; then
    make_key "$1" admin admin
fi

id=
if [ -s "$2" ]; then
    id=$(cut -d _ -f 2 "$2")
fi
case $keys in
*"\"id\": \"$id\""*) ;;
*) make_key "$2" prometheus read ;;
esac
