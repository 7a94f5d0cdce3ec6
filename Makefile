# Every target sets up what it needs in .venv; a machine with Python 3.11 or newer (pip, venv) and make is enough.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help setup demo test check lint fmt types kill-tests bench catalogs lock clean

help: ## Say what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(VENV)/.run ## Install gigbulk into .venv (then: .venv/bin/gigbulk --help)

demo: $(VENV)/.run ## Import the samples into an embedded sandbox and export them back
	$(BIN)/gigbulk demo

test: $(VENV)/.dev ## Run the whole test suite
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal

check: $(VENV)/.dev lint types test ## Everything CI runs

lint: $(VENV)/.dev ## Style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

fmt: $(VENV)/.dev ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(VENV)/.dev ## Static types, strict
	$(BIN)/mypy
	$(BIN)/mypy benchmarks scripts

kill-tests: $(VENV)/.dev ## Kill real imports at every crash point and compare the server's record with the input
	$(BIN)/python -m tests.stories.kill.harness

bench: $(VENV)/.dev ## Measure; every figure is a ratio taken in one run
	for file in benchmarks/*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

catalogs: $(VENV)/.dev ## Build the SAT catalogue files anew
	$(BIN)/python scripts/build_catalogs.py

lock: $(VENV)/.dev ## Resolve dependencies anew into the two lock files, with hashes and no index address
	$(BIN)/uv pip compile -q --upgrade --universal --generate-hashes --no-emit-index-url --no-header \
		--python-version 3.11 pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --upgrade --universal --generate-hashes --no-emit-index-url --no-header \
		--python-version 3.11 pyproject.toml --group dev -o requirements-dev.lock

clean: ## Remove what was made here
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis dist build gigbulk-demo

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "gigbulk needs Python 3.11 or newer; name it with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(VENV)/pyvenv.cfg requirements.lock pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@
