# Two commands set everything up by themselves:  make demo   and   make test
# Nothing is needed but Python >= 3.11; uv is used when it is on the PATH.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
LOCKS := requirements
PYTEST_ARGS ?=
DEMO_DIR ?= kyodaku-demo
FULLY_COVERED := */kyodaku/rights/*,*/kyodaku/ledger/*,*/kyodaku/copies/align*
export PYTHONHASHSEED ?= 0

.PHONY: demo test check lint types imports docs command-docs coverage extras training generator sdk bench lock clean help
.DEFAULT_GOAL := help

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 14

demo: $(VENV)/.core  ## render a small studio's films and clear a corpus against them (about a minute)
	$(BIN)/kyodaku demo -o $(DEMO_DIR)

test: $(VENV)/.test  ## run the tests
	$(BIN)/python -m pytest $(PYTEST_ARGS)

check: lint types imports docs  ## everything that CI checks besides the tests

lint: $(VENV)/.dev  ## ruff
	$(BIN)/ruff format --check src tests scripts
	$(BIN)/ruff check src tests scripts

types: $(VENV)/.dev  ## mypy, strict
	$(BIN)/mypy

imports: $(VENV)/.dev  ## imports point downward
	$(BIN)/lint-imports

docs: $(VENV)/.dev  ## build the documentation into site/
	$(BIN)/python scripts/command_docs.py --check
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

command-docs: $(VENV)/.core  ## write docs/commands.md from the commands' own help
	$(BIN)/python scripts/command_docs.py

coverage: $(VENV)/.test  ## the tests with coverage, and its gates
	$(MAKE) test PYTEST_ARGS="--cov --cov-report= $(PYTEST_ARGS)"
	$(BIN)/python -m coverage report --fail-under=95
	$(BIN)/python -m coverage report --fail-under=100 --include='$(FULLY_COVERED)'

extras: $(VENV)/.bench  ## install what the benchmarks need; the tests of it then run too

training: $(VENV)/.training  ## install what making the descriptor's weights takes; the tests of it then run too
	$(BIN)/python -m pytest tests/descriptor_training $(PYTEST_ARGS)

generator: $(VENV)/.generator  ## install what a local generator takes; the tests of it then run too
	$(BIN)/python -m pytest tests/generation/test_local.py tests/service/test_serving.py $(PYTEST_ARGS)

sdk: $(VENV)/.openai-2  ## the tests of the service with the previous major version of the OpenAI SDK
	KYODAKU_OPENAI=2. PYTHONPATH=$(VENV)/openai-2 $(BIN)/python -m pytest tests/service/test_sdk.py $(PYTEST_ARGS)

bench: $(VENV)/.bench  ## copy detection beside its peers (needs media; see docs/benchmarks.md)
	$(BIN)/kyodaku bench copies $(BENCH_ARGS)

# --- environments: one .venv, grown in steps, every version and hash locked ---
$(VENV)/bin/python:
	@bash scripts/make-venv $(VENV)

$(VENV)/.core: $(LOCKS)/core.txt pyproject.toml | $(VENV)/bin/python
	@bash scripts/install $(VENV) $(LOCKS)/core.txt && touch $@

$(VENV)/.test: $(LOCKS)/test.txt $(VENV)/.core
	@bash scripts/install $(VENV) $(LOCKS)/test.txt && touch $@

$(VENV)/.dev: $(LOCKS)/dev.txt $(VENV)/.test
	@bash scripts/install $(VENV) $(LOCKS)/dev.txt && touch $@

$(VENV)/.bench: $(LOCKS)/bench.txt $(VENV)/.test
	@bash scripts/install $(VENV) $(LOCKS)/bench.txt && touch $@

# PyTorch by version alone: which build fits (without CUDA, as here, or with it) is the machine's affair
TORCH := torch==2.13.0
$(VENV)/.training: $(LOCKS)/descriptor-training.txt $(VENV)/.test
	@bash scripts/install $(VENV) $(LOCKS)/descriptor-training.txt $(TORCH) && touch $@

$(VENV)/.generator: $(LOCKS)/generator.txt $(VENV)/.test
	@bash scripts/install $(VENV) $(LOCKS)/generator.txt $(TORCH) && touch $@

$(VENV)/.openai-2: $(LOCKS)/openai-2.txt $(VENV)/.test
	@TARGET=$(VENV)/openai-2 bash scripts/install $(VENV) $(LOCKS)/openai-2.txt && touch $@

lock:  ## resolve the versions anew (needs uv)
	bash scripts/lock

clean:  ## remove what the other targets made
	rm -rf $(VENV) site .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .coverage.* $(DEMO_DIR)
