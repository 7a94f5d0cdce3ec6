# Every target sets up what it needs in .venv; a machine with Python 3.11 or newer (pip, venv) and make is enough.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help setup demo web test check lint fmt types cov audit sbom kill-tests soak-workbooks bench catalogs messages lock clean

help: ## Say what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(VENV)/.run ## Install gigbulk into .venv (then: .venv/bin/gigbulk --help)

demo: $(VENV)/.run ## Import the samples into an embedded sandbox and export them back
	$(BIN)/gigbulk demo

web: $(VENV)/.run ## Open the page, with an embedded sandbox behind it
	$(BIN)/gigbulk web --sandbox

test: $(VENV)/.dev ## Run the whole test suite
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal

check: $(VENV)/.dev lint types test ## Style, types and the whole test suite

lint: $(VENV)/.dev ## Style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

fmt: $(VENV)/.dev ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(VENV)/.dev ## Static types, strict
	$(BIN)/mypy
	$(BIN)/mypy benchmarks scripts

# A full disk, as some tests play it, cuts the coverage data of that process short too: such a file is left out, and the
# line `Combined ...` counts it. The tests left out look at what a process imports, and coverage imports sqlite3.
MEASURED := build/coverage
UNMEASURABLE := test_help_loads_nothing_heavy or test_importing_the_sandbox_loads_no_server or \
	test_importing_the_package_loads_nothing_heavy_and_offers_what_it_says or \
	test_the_command_line_shows_its_help_before_anything_heavy_is_imported

cov: $(VENV)/.dev ## Branch coverage of the whole test suite, and the modules it does not touch
	rm -rf $(MEASURED)
	mkdir -p $(MEASURED)
	$(BIN)/coverage run -m pytest -p scripts.measured_children -n auto --maxprocesses 4 --dist worksteal -k "not ($(UNMEASURABLE))"
	$(BIN)/python -W "ignore:Couldn't use data file" -m coverage combine
	rm -f $(MEASURED)/data.*
	$(BIN)/coverage report
	$(BIN)/coverage json -q -o $(MEASURED)/report.json
	$(BIN)/python scripts/untested.py $(MEASURED)/report.json

SERVICE ?= pypi
audit: sbom ## Known vulnerabilities of every locked version; fails if nobody could be asked (SERVICE=pypi or osv)
	$(BIN)/python scripts/audit.py $(SERVICE)

# The warning is of a missing dependency graph; a lock file has none, and whoever reads the list needs none.
sbom: $(VENV)/.dev ## List what an installation holds as CycloneDX, in dist/sbom.cdx.json; needs no network
	mkdir -p dist
	$(BIN)/python -W "ignore:The Component this BOM is describing" -m cyclonedx_py requirements requirements.lock \
		--pyproject pyproject.toml --output-reproducible --of JSON -o dist/sbom.cdx.json

kill-tests: $(VENV)/.dev ## Kill real imports at every crash point and compare the server's record with the input
	$(BIN)/python -m tests.stories.kill.harness $(if $(DIALECT),--dialect $(DIALECT))

CORPUS ?= ../shared/accountant/corpus
soak-workbooks: $(VENV)/.dev ## Read and mark every workbook of a folder: CORPUS=FOLDER
	WORKBOOK_CORPUS=$(CORPUS) $(BIN)/python -m pytest tests/stories/workbooks/test_corpus.py

bench: $(VENV)/.dev ## Measure in ratios of one run: a table, a picture and data in build/benchmarks
	$(BIN)/python benchmarks/table.py

catalogs: $(VENV)/.dev ## Build the SAT catalogue files anew
	$(BIN)/python scripts/build_catalogs.py

messages: $(VENV)/.dev ## Bring the Spanish catalogue up to date with the source, and compile it
	$(BIN)/python -m scripts.messages

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
