# Everything here needs Python >= 3.11 and make; the rest is installed into .venv by itself.

PYTHON = $(shell for python in python3 python3.11 python3.12 python3.13 python3.14; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin
STUDIO := $(BIN)/python -m studio
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
COMPILE := uv pip compile pyproject.toml --quiet --generate-hashes --universal --no-header --no-annotate

.DEFAULT_GOAL := help
.PHONY: help demo up test test-classroom test-faults test-long check bench clean lock docs secrets web

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 14

demo: .venv/embedded ## bring up a studio and watch a recorded lesson travel the whole way
	@STUDIO_HOME=.studio/demo $(STUDIO) demo

up: .venv/embedded ## run a whole studio until Ctrl-C; STUDIO_HOME=.studio/demo make up shows the demo's lesson
	@test -e web/vendor/livekit-client.umd.js || echo "The classroom's page lacks livekit-client: run \`make web\` once (needs npm and the network)."
	@$(STUDIO) up

test: .venv/dev ## run the tests, but for those of the targets below
	@$(BIN)/pytest

test-faults: .venv/dev ## let go wrong what can: killed workers and studios, bad recordings, lost and shuffled events (minutes)
	@$(BIN)/pytest tests/faults

test-classroom: .venv/dev web ## hold lessons with a real LiveKit server and a browser (minutes; needs both, and npm)
	@$(BIN)/pytest tests/livekit tests/browser tests/classroom

test-long: .venv/dev ## lessons on vendors' wires, twenty kills, four hours, a long recording (many minutes; needs livekit-server)
	@$(BIN)/pytest tests/livekit/long tests/long

check: .venv/dev ## check format, lint, types and architecture
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: .venv/dev ## measure against the limits
	@$(BIN)/python -m bench

docs: .venv/dev ## write the tables and examples of docs/configuration.md anew from the settings
	@$(BIN)/python -m studio.documenting

web: web/vendor/livekit-client.umd.js ## install what the classroom's page needs into web/vendor (needs npm)

secrets: ## make the secrets of docker-compose.yml (docs/deploy.md)
	@deploy/make_secrets.sh

clean: ## remove .venv, caches and the demo; your own .studio stays
	@test ! -L .studio/demo/postgres || rm -rf "$$(readlink .studio/demo/postgres)"
	rm -rf .venv web/vendor .studio/demo .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

lock: ## resolve the requirements anew (needs uv)
	$(COMPILE) -o requirements/core.lock
	$(COMPILE) --extra embedded -o requirements/embedded.lock
	$(COMPILE) --extra embedded --extra dev -o requirements/dev.lock

web/vendor/livekit-client.umd.js: web/package-lock.json
	@echo "Installing livekit-client into web/vendor (once) ..."
	@npm ci --prefix web --ignore-scripts --no-audit --no-fund --loglevel error
	@mkdir -p $(@D) && cp web/node_modules/livekit-client/dist/$(@F) $@ && rm -rf web/node_modules

.venv/embedded: requirements/embedded.lock | .venv/made .venv/bin/studio
	@echo "Installing what a studio needs into .venv (once, a few minutes) ..."
	@$(INSTALL) -r $<
	@touch $@

.venv/dev: requirements/dev.lock | .venv/made .venv/bin/studio
	@echo "Installing what a studio and its tests need into .venv (once, a few minutes) ..."
	@$(INSTALL) -r $<
	@touch $@ .venv/embedded

.venv/made:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer was not found. Install it, for example: apt install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot make virtual environments. Install its venv module, for example: apt install $(PYTHON)-venv"; exit 1; }
	@$(PYTHON) -m venv --clear .venv
	@$(PYTHON) -c 'import pathlib, sys; next(pathlib.Path(".venv/lib").glob("python*/site-packages")).joinpath("studio.pth").write_text(str(pathlib.Path.cwd()) + "\n")'
	@touch $@

.venv/bin/studio: Makefile | .venv/made
	@printf '#!/bin/sh\nexport PYTHONSAFEPATH=1\nexec "$$(dirname "$$0")/python" -m studio "$$@"\n' > $@ && chmod +x $@
