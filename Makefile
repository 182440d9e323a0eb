# The house: `make demo` and `make test` need Python 3.11 or newer, git and make; everything else they bring along.
PYTHON  ?= python3
VENV    := .venv
OLDEST  := .venv-oldest
BENCH   := .venv-bench
BIN     := $(VENV)/bin
WORKERS ?= 2
FUZZ    ?= --seconds 60

# An environment is ready when it was made from this very pyproject.toml.
KEY   := $(shell cksum < pyproject.toml | cut -d ' ' -f 1)
READY := .ready-$(KEY)

# What also runs on the oldest supported versions: all that derives and generates.
OLDEST_TESTS := $(wildcard $(addprefix tests/,expr rewrite))

SHELL := /bin/sh
.SHELLFLAGS := -eu -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help demo test quick lint types rooms generated oldest tests fuzz format generate bench latex hooks clean

say = @printf '\n\033[1m== %s\033[0m\n' "$(1)"
ifneq ($(shell test -t 1 && echo tty),tty)
say = @printf '\n== %s\n' "$(1)"
endif

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/$(READY) latex ## the lecture from definitions alone: gradients, pictures, networks that learn, the deck (build/demo)
	$(call say,demo)
	@$(BIN)/symderive demo all -o build/demo

# Two at a time, the output of each together: the tests use all cores themselves.
BOTH := -j2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

test: ## every check there is; what CI runs
	@$(MAKE) --no-print-directory $(BOTH) quick oldest
	@$(MAKE) --no-print-directory tests

quick: lint types rooms generated

lint: $(VENV)/$(READY) ## ruff: format and lint
	$(call say,format)
	@$(BIN)/ruff format --check .
	$(call say,lint)
	@$(BIN)/ruff check .
	@if [ -d generated ]; then $(BIN)/ruff check --isolated --no-cache --select E9,F,B generated; fi

types: $(VENV)/$(READY) ## mypy --strict
	$(call say,types)
	@$(BIN)/mypy

rooms: $(VENV)/$(READY) ## import-linter: who may import whom
	$(call say,rooms)
	@$(BIN)/lint-imports --no-cache

generated: $(VENV)/$(READY) ## generated/ is what `symderive generate` writes
	$(call say,generated/ is current)
	@$(BIN)/symderive generate --all --check

oldest: $(OLDEST)/$(READY) ## generated/ and the derivations on the oldest supported versions
	$(call say,oldest supported versions)
	@$(OLDEST)/bin/python tools/oldest.py | xargs
	@$(OLDEST)/bin/symderive generate --all --check
	@if [ -n "$(OLDEST_TESTS)" ]; then \
	  $(OLDEST)/bin/python -m pytest -q -n $(WORKERS) -m "not latex" -p no:cacheprovider $(OLDEST_TESTS); fi

tests: $(VENV)/$(READY) latex ## pytest: tests, doctests, branch coverage
	$(call say,tests)
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup --cov --cov-report=term

fuzz: $(VENV)/$(READY) ## random models and mutated texts, for FUZZ="--seconds 60 --kind both --seed N"
	$(call say,fuzz)
	@$(BIN)/python -m tests.fuzz $(FUZZ)

format: $(VENV)/$(READY) ## put the sources in form
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

generate: $(VENV)/$(READY) ## write generated/ anew
	@$(BIN)/symderive generate --all -o generated

bench: $(BENCH)/$(READY) ## the figures of benchmarks/, in an environment of their own with the peers
	$(call say,benchmarks)
	@for script in benchmarks/bench_*.py; do \
	  [ -e "$$script" ] || { echo "benchmarks/ has no bench_*.py"; exit 1; }; \
	  echo "-- $$script"; $(BENCH)/bin/python "$$script"; done

latex: ## pdflatex and friends: install them or say how
	@tools/need-latex

hooks: $(VENV)/$(READY) ## run the quick checks before each commit
	@$(BIN)/pre-commit install

clean: ## remove environments, caches and build/
	rm -rf $(VENV) $(OLDEST) $(BENCH) build dist .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- environments ------------------------------------------------------------------------------------------------------

$(VENV)/$(READY) $(OLDEST)/$(READY): INSTALLER = tools/install $(@D)
# By pip, which knows where the machine keeps files for it: torch has one without CUDA.
$(BENCH)/$(READY): INSTALLER = $(@D)/bin/python -m pip install -q --disable-pip-version-check
$(VENV)/$(READY): INSTALL = -e '.[dev]'
$(BENCH)/$(READY): INSTALL = -e '.[bench]'
$(OLDEST)/$(READY): INSTALL = -c $(OLDEST)/pins.txt -e . pytest pytest-timeout pytest-xdist hypothesis

$(VENV)/$(READY) $(OLDEST)/$(READY) $(BENCH)/$(READY):
	$(call say,environment $(@D))
	@tools/make-venv "$(PYTHON)" $(@D)
	@$(@D)/bin/python tools/oldest.py > $(@D)/pins.txt
	@$(INSTALLER) $(INSTALL)
	@rm -f $(@D)/.ready-*
	@touch $@
