# Everything here needs Python >= 3.11 and make; the rest is installed into .venv by itself.

PYTHON = $(shell for python in python3 python3.11 python3.12 python3.13 python3.14; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin
STUDIO := $(BIN)/python -m studio
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
COMPILE := uv pip compile pyproject.toml --quiet --generate-hashes --universal --no-header --no-annotate

.DEFAULT_GOAL := help
.PHONY: help demo up test test-faults check bench clean lock

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 14

demo: .venv/embedded ## bring up a studio and watch a recorded lesson travel the whole way
	@STUDIO_HOME=.studio/demo $(STUDIO) demo

up: .venv/embedded ## run a whole studio until Ctrl-C; STUDIO_HOME=.studio/demo make up shows the demo's lesson
	@$(STUDIO) up

test: .venv/dev ## run all tests
	@$(BIN)/pytest

test-faults: .venv/dev ## kill workers inside every step of a lesson (minutes)
	@$(BIN)/pytest tests/faults

check: .venv/dev ## check format, lint, types and architecture
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: .venv/dev ## measure against the limits
	@$(BIN)/python -m bench

clean: ## remove .venv, caches and the demo; your own .studio stays
	@test ! -L .studio/demo/postgres || rm -rf "$$(readlink .studio/demo/postgres)"
	rm -rf .venv .studio/demo .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

lock: ## resolve the requirements anew (needs uv)
	$(COMPILE) -o requirements/core.lock
	$(COMPILE) --extra embedded -o requirements/embedded.lock
	$(COMPILE) --extra embedded --extra dev -o requirements/dev.lock

.venv/embedded: requirements/embedded.lock | .venv/made
	@echo "Installing what a studio needs into .venv (once, a few minutes) ..."
	@$(INSTALL) -r $<
	@touch $@

.venv/dev: requirements/dev.lock | .venv/made
	@echo "Installing what a studio and its tests need into .venv (once, a few minutes) ..."
	@$(INSTALL) -r $<
	@touch $@ .venv/embedded

.venv/made:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer was not found. Install it, for example: apt install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot make virtual environments. Install its venv module, for example: apt install $(PYTHON)-venv"; exit 1; }
	@$(PYTHON) -m venv --clear .venv
	@printf '#!/bin/sh\nexec "$$(dirname "$$0")/python" -m studio "$$@"\n' > $(BIN)/studio && chmod +x $(BIN)/studio
	@$(PYTHON) -c 'import pathlib, sys; next(pathlib.Path(".venv/lib").glob("python*/site-packages")).joinpath("studio.pth").write_text(str(pathlib.Path.cwd()) + "\n")'
	@touch $@
