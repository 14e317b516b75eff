# Carbon Passport Ledger. `make` lists what there is; every target sets up what it needs.
PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo serve test check bench vectors mutants lock clean

help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/created:
	@echo "Making the Python environment (.venv)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/installed: .venv/created requirements.txt pyproject.toml
	@echo "Installing Python packages (a minute the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/python scripts/link_checkout.py
	@touch $@

.venv/installed-dev: .venv/installed requirements-dev.txt
	@echo "Installing the tools for tests and checks"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

node_modules/.installed: package.json package-lock.json .venv/installed
	@echo "Installing Node packages (chain and contract tools)"
	@sh scripts/node.sh install
	@touch $@

setup: .venv/installed node_modules/.installed ## install what running needs

setup-dev: .venv/installed-dev node_modules/.installed ## install what tests need too

demo: setup ## lychee from the orchard to Rotterdam: sign, post, anchor, verify offline
	@$(BIN)/passport demo

serve: setup ## run API, chain and pages with the demo's data
	@$(BIN)/passport demo --serve

test: setup-dev ## all tests with coverage
	@$(BIN)/python scripts/run_tests.py

check: setup-dev ## ruff, mypy --strict, import directions, contract lint
	@$(BIN)/ruff check . && $(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports
	@sh scripts/node.sh lint
	@$(BIN)/python scripts/build_contracts.py --check

bench: setup-dev ## measure speed and gas against peers, write var/bench/results.json
	@$(BIN)/python -m scripts.bench

mutants: setup-dev ## break the contracts line by line and see that their tests notice (15 minutes)
	@$(BIN)/python scripts/mutants.py

vectors: setup-dev ## write the golden vectors again
	@for file in scripts/vectors/*_vectors.py; do PYTHONPATH=. $(BIN)/python $$file; done

lock: setup-dev ## resolve the locked requirements anew
	@scripts/lock.sh

clean: ## remove everything that was made here
	@rm -rf .venv node_modules var .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
