# Everything needs nothing but a Debian or Ubuntu with Python 3.11 or later; `make help` lists what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PYTHON ?= python3
WORKERS ?= auto
PORT ?= 8050

.PHONY: help setup demo serve jobs test test-long test-spark hunt check bench screenshots lock translations dictionary clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or later is needed, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "python3-venv is missing; installing it"; .ci/system-packages python3-venv && $(PYTHON) -m venv $(VENV); }
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

setup: $(READY) ## Virtual environment, locked packages, translations, static files
	@$(BIN)/python -m portal.kit.build

demo: setup ## Open a portal with a demo bank in it
	@$(BIN)/basis demo --port $(PORT)

serve: setup ## Serve the portal
	@$(BIN)/basis serve --port $(PORT)

jobs: setup ## Run what is due
	@$(BIN)/basis jobs

test: setup chromium ## The tests, under ten minutes on two cores
	@$(BIN)/pytest -n $(WORKERS) -m "not long"

test-long: setup chromium ## The longest tests
	@$(BIN)/pytest -n $(WORKERS) -m long

test-spark: setup ## The published cases on a real Spark, to the same cents; needs Java 17, downloads 450 MB
	@command -v java >/dev/null || { echo "Java is missing: install openjdk-17-jre-headless"; exit 1; }
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps --no-build-isolation -r requirements-spark.lock
	@$(BIN)/pytest -n 0 tests/spark

hunt: setup ## The random laws on other examples and thirty times as many, for an hour or two; run it before a release
	@$(BIN)/pytest -n $(WORKERS) -m hypothesis --hypothesis-profile=hunt

check: $(READY) ## Style, types and walls
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

bench: setup ## Measure; prints a table with the machine
	@$(BIN)/python -m tests.bench

screenshots: setup chromium ## Take pictures of every page into build/screenshots
	@$(BIN)/python -m tests.browser.screenshots

translations: $(READY) ## Collect texts into the Chinese catalogue; a missing one fails a test
	@$(BIN)/python -m portal.kit.build --extract

dictionary: $(READY) ## Write docs/data-dictionary.md from steps, datasets and reports
	@$(BIN)/python -m portal.dictionary

lock: ## Pin all packages with hashes and without index addresses
	@$(BIN)/pip-compile --quiet --extra dev --generate-hashes --no-emit-index-url --no-header --strip-extras --allow-unsafe -o requirements.lock pyproject.toml

chromium:
	@.ci/chromium

clean: ## Remove the virtual environment and everything local
	rm -rf $(VENV) build var
