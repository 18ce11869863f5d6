#!/bin/sh
# Makes deploy/secrets: what is there is kept, what is missing is made, and a file made of others is written anew unless
# somebody has edited it.
set -eu
umask 077
cd "$(dirname "$0")"
mkdir -p secrets

random() { head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }
write() { cat > "secrets/$1.new" && mv "secrets/$1.new" "secrets/$1"; }
keep() { test -s "secrets/$1" || printf '%s' "$2" | write "$1"; }
kept() { cat "secrets/$1"; }
ask() {
    test -s "secrets/$1" && return
    value=$3
    test -n "$value" || { printf '%s: ' "$2" >&2; read -r value || true; }
    test -n "$value" || { printf 'Without %s nothing starts: run this again when you have it.\n' "$2" >&2; exit 1; }
    keep "$1" "$value"
}

# A secret as it stands between the quotes of JSON or YAML.
quoted() { kept "$1" | sed 's/[\\"]/\\&/g'; }
filled() {
    livekit="$(quoted STUDIO_LIVEKIT__API_SECRET)"
    storage="$(quoted STUDIO_STORAGE__SECRET_KEY)"
    while IFS= read -r line; do
        case "$line" in
            *@LIVEKIT@*) printf '%s%s%s\n' "${line%@LIVEKIT@*}" "$livekit" "${line#*@LIVEKIT@}" ;;
            *@STORAGE@*) printf '%s%s%s\n' "${line%@STORAGE@*}" "$storage" "${line#*@STORAGE@}" ;;
            *) printf '%s\n' "$line" ;;
        esac
    done < "$1"
}
edited() { test -s "secrets/$1" && test "$(cksum < "secrets/$1")" != "$(cat "secrets/.$1" 2> /dev/null)"; }
fill() {
    filled "$1" > "secrets/$1.new"
    if edited "$1" && ! cmp -s "secrets/$1.new" "secrets/$1"; then
        rm "secrets/$1.new"
        printf 'deploy/secrets/%s has been edited and is kept: delete it to have it made anew.\n' "$1" >&2
        return
    fi
    mv "secrets/$1.new" "secrets/$1"
    cksum < "secrets/$1" | write ".$1"
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
printf 'studio: "%s"\n' "$(quoted STUDIO_LIVEKIT__API_SECRET)" | write livekit_keys
echo "The secrets are in deploy/secrets."
