# Everything is done inside .venv, from locked requirements. Needs python3 (3.11 or later) with venv, and git.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
BASELINE := proto/released.txtpb
LOCK := .venv-lock/bin/uv pip compile -q --generate-hashes --no-emit-index-url --no-emit-find-links \
	--no-header --universal --python-version 3.11 $(UPGRADE) pyproject.toml

.PHONY: run test test-long check proto proto-drift proto-release lock install install-dev
.DELETE_ON_ERROR:

# A whole county on this machine. Ctrl-C ends it.
run: install
	@exec $(BIN)/cuntong demo

test: install-dev
	@$(BIN)/python -m pytest -q -n 2 --dist worksteal $(ARGS)

# Power cuts, many nodes, many hours: minutes each.
test-long: install-dev
	@$(BIN)/python -m pytest -q -m long $(ARGS)

check: install-dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/buf lint
	@$(BIN)/buf format -d --exit-code
ifneq ($(wildcard $(BASELINE)),)
	@$(BIN)/buf breaking --against $(BASELINE)
else
	@echo "buf breaking: nothing released yet, $(BASELINE) is absent"
endif
	@$(MAKE) --no-print-directory proto-drift

# Writes the committed code anew from proto/.
proto: install-dev
	@$(BIN)/buf format -w
	@proto/generate.sh $(BIN)/python .

# Fails when the committed code is not what proto/ gives.
proto-drift: install-dev
	@proto/drift.sh $(BIN)/python

# Only at a release: from then on `make check` refuses what would break those who run it.
proto-release: install-dev
	@$(BIN)/buf build --exclude-source-info -o $(BASELINE)

# `make lock UPGRADE=--upgrade` takes newer versions; without it only what pyproject.toml asks for changes.
lock: .venv-lock/stamp
	@$(LOCK) --extra build -o requirements.txt
	@$(LOCK) --extra build --extra dev -c requirements.txt -o requirements-dev.txt

install: .venv/project.stamp

install-dev: .venv/dev.stamp .venv/project.stamp

.venv/runtime.stamp: requirements.txt
	@echo "Installing what the nodes need into .venv ..."
	@$(PYTHON) -m venv .venv
	@$(PIP) install --require-hashes -r requirements.txt
	@touch $@

.venv/dev.stamp: requirements-dev.txt .venv/runtime.stamp
	@echo "Installing what tests and checks need into .venv ..."
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@touch $@

.venv/project.stamp: pyproject.toml .venv/runtime.stamp
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

.venv-lock/stamp:
	@$(PYTHON) -m venv .venv-lock
	@.venv-lock/bin/python -m pip --disable-pip-version-check -qq install uv
	@touch $@
