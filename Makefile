# Sets up .venv by itself and does the usual things; `make` alone lists them.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help demo test lint bench docs site lock clean server programs

unexport PYTHONDONTWRITEBYTECODE  # tests start hundreds of processes: none should compile everything anew
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps
PINNED := $(PIP) --require-hashes -r
COMPLETE := missing=$$($(BIN)/python -m pip check --disable-pip-version-check) || { echo "$$missing" >&2; exit 1; }
COMPILE := CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host
PURE := tests/engine tests/domain tests/states

help:  ## list these targets
	@grep -hE '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## (.*)/make \1\t\2/' | expand -t 13

demo: .venv/.runtime server  ## four weeks of payment trouble in a few seconds, on a real Temporal server
	@$(BIN)/paystates demo

test: .venv/.dev server programs  ## every test; the pure rooms must be covered to the last branch by their own
	@echo "Checking that the engine, the domain and the procedures are covered to the last branch by their own tests."
	@$(BIN)/pytest $(PURE) --cov
	@echo "Running all tests."
	@$(BIN)/pytest

lint: .venv/.dev  ## style, types, the borders between the rooms, docs that are up to date and lead somewhere
	@echo "Checking style (ruff)."
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@echo "Checking types (mypy)."
	@$(BIN)/mypy
	@echo "Checking the borders between the rooms (import-linter)."
	@$(BIN)/lint-imports
	@echo "Checking that the docs say what the code does."
	@$(BIN)/python tools/docs.py --check
	@$(BIN)/python tools/examples.py --check
	@echo "Checking that the docs make a site without dead links."
	@$(BIN)/python tools/docsite.py --check

bench: .venv/.dev server  ## measure what a decision, a step, a procedure and a look at one cost
	@$(BIN)/python benchmarks/run.py

docs: .venv/.dev  ## write the generated parts of the docs anew, and the examples in the description of the API
	@$(BIN)/python tools/docs.py
	@$(BIN)/python tools/examples.py

site: .venv/.dev  ## the docs as web pages, in build/site
	@$(BIN)/python tools/docsite.py

lock: .venv/.dev  ## pin requirements*.in anew, with hashes; what is pinned stays unless it must change
	@echo "Pinning requirements.txt and requirements-dev.txt."
	@$(COMPILE) --all-build-deps --output-file requirements.txt pyproject.toml
	@$(COMPILE) --output-file requirements-dev.txt requirements-dev.in

clean:  ## remove .venv and all that tests and checks left; .paystates, your local book, stays
	rm -rf .venv *.egg-info build dist .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

server: .venv/.runtime
	@$(BIN)/python -m paystates.temporal.server

# What tests drive in a browser and in a terminal: Debian's packages of these names.
programs:
	@for program in chromium tmux; do \
		command -v $$program >/dev/null && continue; \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "Installing $$program, which tests drive (apt-get)."; \
			apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends $$program >/dev/null || exit 1; \
		else \
			echo "Tests drive $$program, which is missing: install the package $$program." >&2; exit 1; \
		fi; \
	done

# Stamps: each is younger than what it was made from, so nothing is installed twice. The pins name everything, so nothing is
# resolved anew (--no-deps): older pips look past a pin when somebody asks for it with an extra, and then miss its hash.

.venv/.python:
	@echo "Making the virtual environment .venv."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "paystates needs Python 3.11 or newer; name one: make PYTHON=python3.12")'
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/.runtime: .venv/.python requirements.txt pyproject.toml
	@echo "Installing what paystates needs (requirements.txt) and paystates itself."
	@$(PINNED) requirements.txt
	@$(PIP) --no-build-isolation --editable .
	@$(COMPLETE)
	@touch $@

.venv/.dev: .venv/.runtime requirements-dev.txt
	@echo "Installing what tests and checks need (requirements-dev.txt)."
	@$(PINNED) requirements-dev.txt
	@$(COMPLETE)
	@touch $@
