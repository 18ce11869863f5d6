FROM python:3.11.14-slim-bookworm AS packages
COPY requirements/core.lock /
RUN python -m venv --without-pip /opt/studio \
 && pip --python /opt/studio/bin/python install --no-cache-dir --no-compile --require-hashes -r /core.lock

FROM node:22.12.0-bookworm-slim AS classroom
COPY web web
RUN npm ci --prefix web --ignore-scripts --no-audit --no-fund --loglevel error \
 && mkdir -p web/vendor \
 && cp web/node_modules/livekit-client/dist/livekit-client.umd.js web/vendor/ \
 && rm -rf web/node_modules

FROM python:3.11.14-slim-bookworm
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates ffmpeg \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --home-dir /var/lib/studio --create-home studio \
 && printf '#!/bin/sh\nexec python -m studio "$@"\n' > /usr/local/bin/studio \
 && chmod +x /usr/local/bin/studio
ENV PATH=/opt/studio/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONSAFEPATH=1 \
    PYTHONUNBUFFERED=1 \
    STUDIO_HOME=/var/lib/studio \
    STUDIO_MEDIA__FFMPEG=/usr/bin/ffmpeg
WORKDIR /app
COPY --from=packages /opt/studio /opt/studio
COPY --from=classroom /web web
COPY alembic.ini ./
COPY lessons lessons
COPY workflows workflows
COPY db db
COPY providers providers
COPY activities activities
COPY workers workers
COPY api api
COPY studio studio
RUN python -m compileall -q -j 0 /app /opt/studio/lib
USER studio
CMD ["studio", "--help"]
