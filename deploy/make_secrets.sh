#!/bin/sh
# Makes deploy/secrets: what is there is kept, what is missing is made, and the files made of others are written anew.
set -eu
umask 077
cd "$(dirname "$0")"
mkdir -p secrets

random() { head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }
keep() { test -s "secrets/$1" || printf '%s' "$2" > "secrets/$1"; }
kept() { cat "secrets/$1"; }
ask() {
    test -s "secrets/$1" && return
    value=$3
    test -n "$value" || { printf '%s: ' "$2" >&2; read -r value || true; }
    test -n "$value" || { printf 'Without %s nothing starts: run this again when you have it.\n' "$2" >&2; exit 1; }
    keep "$1" "$value"
}
fill() {
    printf 's/@LIVEKIT@/%s/\ns/@STORAGE@/%s/\n' "$(kept STUDIO_LIVEKIT__API_SECRET)" "$(kept STUDIO_STORAGE__SECRET_KEY)" |
        sed -f /dev/stdin "$1" > "secrets/$1"
}

keep postgres_password "$(random)"
keep temporal_password "$(random)"
keep STUDIO_AUTH__JWT_SECRET "$(random)"
keep STUDIO_LIVEKIT__API_SECRET "$(random)"
keep STUDIO_STORAGE__SECRET_KEY "$(random)"
keep STUDIO_DATABASE__URL "postgresql://studio:$(kept postgres_password)@postgres:5432/studio"
ask STUDIO_SPEECH__API_KEY "a key of Deepgram" "${DEEPGRAM_API_KEY:-}"
ask STUDIO_LANGUAGE__API_KEY "a key of OpenAI" "${OPENAI_API_KEY:-}"
keep STUDIO_EMBEDDINGS__API_KEY "$(kept STUDIO_LANGUAGE__API_KEY)"
fill egress.yaml
fill s3.json

# Docker hands the files over as they are, and not every container runs as their owner: the folder is what is closed.
chmod 644 secrets/*
# LiveKit refuses a file of keys that others can read; its container runs as root.
rm -f secrets/livekit_keys
printf 'studio: %s\n' "$(kept STUDIO_LIVEKIT__API_SECRET)" > secrets/livekit_keys
echo "The secrets are in deploy/secrets."
