# `make` prints what can be done. Everything runs from .venv, which these verbs make and keep up to date.

SHELL := /bin/bash
PYTHON ?= python3
WORKERS ?= $(shell n=$$(nproc); echo $$((n < 4 ? n : 4)))
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help demo production test chaos check fmt bench requirements migrations contracts translations screenshots

help:  ## Print the verbs
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## */\1|/' | \
	  while IFS='|' read -r verb what; do printf '  make %-14s %s\n' "$$verb" "$$what"; done

demo: .venv/base.stamp  ## Install, migrate, seed and serve Roundtable on one address
	@.venv/bin/python -m services demo

production: .venv/production.stamp  ## The same on PostgreSQL, Kafka and nginx, in processes of their own
	@deploy/production

test: .venv/test.stamp  ## Set up what tests need, check, and run every test
	@deploy/setup-tests
	@$(MAKE) --no-print-directory check
	@.venv/bin/pytest --numprocesses $(WORKERS) --dist loadfile $(TESTS)

chaos: .venv/test.stamp  ## Break the production form again and again: make chaos TRIALS=20 SEED=7
	@deploy/setup-tests
	@CHAOS_TRIALS=$(or $(TRIALS),20) CHAOS_SEED=$(or $(SEED),0) CHAOS_ABSENCE=$(or $(ABSENCE),60) CHAOS_KILLS=40 \
	  CHAOS_SECONDS=300 CHAOS_TIMEOUT=7200 REQUIRE_ALL=1 .venv/bin/pytest tests/chaos

check: .venv/test.stamp  ## Lint, types, import rules, templates, translations, migrations
	@tools/check

fmt: .venv/test.stamp  ## Put code into its form and mend what can be mended
	@.venv/bin/ruff check --fix --quiet . ; .venv/bin/ruff format --quiet .

bench: .venv/bench.stamp  ## Measure, side by side with the bare thing (QUICK=1: a glance)
	@deploy/setup-tests
	@.venv/bin/python -m benchmarks $(if $(QUICK),--quick)

requirements: .venv/bin/python  ## Pin again what pyproject.toml asks for
	@tools/requirements

migrations: .venv/test.stamp  ## Draft a migration: make migrations SERVICE=registry SAYING="why"
	@.venv/bin/python -m tools.migrations $(SERVICE) "$(SAYING)"

contracts: .venv/test.stamp  ## Freeze what events look like and write docs/events.md again
	@.venv/bin/python -m tools.snapshots && .venv/bin/python -m tools.contracts

translations: .venv/test.stamp  ## Collect every sentence and compile the catalogue
	@.venv/bin/python -m tools.translations

screenshots: .venv/test.stamp  ## Take the pictures of docs/images again
	@deploy/setup-tests
	@.venv/bin/python -m tools.screenshots

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'Roundtable needs Python 3.11 or newer: make PYTHON=/path/to/python3' >&2; exit 1; }
	@$(PYTHON) -m venv .venv || \
	  { echo 'Could not make .venv: apt-get install make git python3-venv' >&2; exit 1; }

.venv/base.stamp: requirements/base.txt | .venv/bin/python
	@echo 'Installing (once, and again when requirements/base.txt changes) ...'
	@.venv/bin/pip install --quiet --require-hashes -r requirements/base.txt
	@touch $@

.venv/production.stamp: requirements/production.txt | .venv/bin/python
	@echo 'Installing (once, and again when requirements/production.txt changes) ...'
	@.venv/bin/pip install --quiet --require-hashes -r requirements/production.txt
	@touch $@

.venv/test.stamp: requirements/test.txt | .venv/bin/python
	@echo 'Installing (once, and again when requirements/test.txt changes) ...'
	@.venv/bin/pip install --quiet --require-hashes -r requirements/test.txt
	@touch $@

.venv/bench.stamp: requirements/bench.txt .venv/test.stamp
	@echo 'Installing (once, and again when requirements/bench.txt changes) ...'
	@.venv/bin/pip install --quiet --require-hashes -r requirements/bench.txt
	@touch $@
