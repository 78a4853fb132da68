# make demo    run the main thing once, with the embedded broker
# make test    everything that must hold: format, lint, types, tests
#
# Needs Python 3.11 or later, nothing else: both make their own environment in .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
# Tests wait about as long as they work: three to two cores.
PYTEST_WORKERS ?= $(shell $(PYTHON) -c 'import os; n = os.cpu_count() or 1; print(n + n // 2)')

.DELETE_ON_ERROR:

.PHONY: demo
demo: $(RUNTIME) ## run the main thing once, with the embedded broker
	$(BIN)/headcount demo

.PHONY: test
test: lint pytest ## everything that must hold

.PHONY: lint
lint: $(DEV) ## format, lint and types, changing nothing
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy

.PHONY: pytest
pytest: $(DEV) ## the tests alone; PYTEST_WORKERS=0 runs them one after another
	$(BIN)/pytest -n $(PYTEST_WORKERS) --dist worksteal

.PHONY: bench
bench: $(DEV) ## measure on real brokers; about half an hour, on a quiet machine
	$(BIN)/python -m benchmarks

.PHONY: format
format: $(DEV) ## put the code in shape
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

.PHONY: install
install: $(DEV) ## make the environment for development

.PHONY: clean
clean: ## remove the environment and all caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z]*\):.* ## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or later is needed: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || \
	  { echo "Python has no venv module: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# pip 25.1 is the first that installs dependency groups.
$(RUNTIME): pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(DEV): $(RUNTIME)
	$(BIN)/python -m pip install --quiet --group dev
	@touch $@
