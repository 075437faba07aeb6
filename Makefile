# Every target does its own set-up; `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= $(shell for p in python3.11 python3 python3.12 python3.13; do "$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
UV_PIP = VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --require-hashes
ONLY ?=
FILE ?=
BENCH_SIZE ?= small
# Python 3.11 is the reference; the unit tests also run on these, where the machine has them.
OTHER_PYTHONS ?= $(shell for v in 3.12 3.13; do for p in python$$v $$HOME/.pyenv/versions/$$v.*/bin/python$$v; do \
  "$$p" -c 'import sys, venv; sys.exit("%d.%d" % sys.version_info[:2] != "'$$v'")' 2>/dev/null && echo $$p && break; done; done)

.PHONY: help install dev run test prove bench bench-redaction mutation unit-on lint lock clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/.installed: requirements.lock requirements-bootstrap.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed and was not found; install it or call make PYTHON=/path/to/python"; exit 2; }
	@echo "installing into $(VENV) with $(PYTHON) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bootstrap.lock
	@$(UV_PIP) -r requirements.lock
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.installed requirements-dev.lock
	@$(UV_PIP) -r requirements-dev.lock
	@touch $@

install: $(VENV)/.installed ## make .venv with the mw command

dev: $(VENV)/.dev ## install, plus what tests and linters need

run: install ## start everything on this machine and feed 25 sample tickets
	@exec $(BIN)/mw up --demo 25 --with-parent

test: dev ## every kind of test, on a real Kafka, within 20 minutes
	@for v in $(OTHER_PYTHONS); do $(MAKE) --no-print-directory unit-on V=$$v || exit 1; done
	@$(BIN)/python -m pytest $(ONLY)

prove: dev ## the same tests at full size; figures, commit and machine go to docs/evidence/
	@MW_TEST_SIZE=full $(BIN)/python -m pytest -s -m "prove or not prove" $(ONLY)

bench: dev ## speed beside other engines, to docs/evidence/bench.md; BENCH_SIZE=full for more and longer rounds
	@$(BIN)/python -m bench --size $(BENCH_SIZE)

bench-redaction: dev ## redaction beside Presidio, to docs/evidence/redaction.md; FILE=labelled.jsonl: quality on that file
	@$(BIN)/python -m bench.redaction --size $(BENCH_SIZE) $(FILE)

mutation: dev ## the policy's tests against the policy with one mistake at a time (30 min), to docs/evidence/mutation.json
	@$(BIN)/python -m bench.mutation

unit-on: # the unit tests on another Python: make unit-on V=/usr/bin/python3.13
	@venv=.venv-$$($(V) -c 'import sys; print("%d.%d" % sys.version_info[:2])') && \
	if ! test $$venv/.dev -nt requirements-dev.lock; then \
	  $(V) -m venv $$venv && \
	  VIRTUAL_ENV=$$venv $(BIN)/uv pip install --quiet --require-hashes -r requirements-dev.lock && \
	  VIRTUAL_ENV=$$venv $(BIN)/uv pip install --quiet --require-hashes -r requirements-bootstrap.lock && \
	  VIRTUAL_ENV=$$venv $(BIN)/uv pip install --quiet --no-deps --no-build-isolation -e . && touch $$venv/.dev; \
	fi && echo "unit tests on $$($(V) -V)" && $$venv/bin/python -m pytest -q tests/unit

lint: dev ## ruff, mypy --strict, import contracts
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/mypy bench
	@$(BIN)/lint-imports --no-cache

lock: dev ## renew the lock files from pyproject.toml and the .in files
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header requirements-bootstrap.in -o requirements-bootstrap.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header -c requirements.lock pyproject.toml requirements-dev.in -o requirements-dev.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header bench/quix/requirements.in -o bench/quix/requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header bench/presidio/requirements.in -o bench/presidio/requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header bench/cosmic_ray/requirements.in -o bench/cosmic_ray/requirements.lock

clean: ## forget the virtual environment and caches
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
