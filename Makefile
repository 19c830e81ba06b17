# Each target sets up what it needs; nothing but Python >= 3.11 and make has to be there.
PYTHON   ?= python3
VENV     := .venv
BIN      := $(VENV)/bin
STAMP    := $(VENV)/.ready
EVIDENCE ?=
OUT      ?= build/demo
# In a container one is root, which Jupyter refuses unless it is told.
AS_ROOT  := $(if $(filter 0,$(shell id -u)),--allow-root)
.DEFAULT_GOAL := help
.PHONY: help setup demo test lint format bench score notebook docs clean

help:
	@echo "make demo                    practice evidence -> triage -> report"
	@echo "make demo EVIDENCE=FOLDER    the same on your evidence"
	@echo "make test                    every test"
	@echo "make lint                    ruff, mypy, layers"
	@echo "make notebook                JupyterLab with the tutorial; examples/ beside it"
	@echo "make docs                    regenerate the reference pages"
	@echo "make bench                   the figures, as ratios against named alternatives"
	@echo "make score                   how much of KQL is right: documentation, hunting queries, Microsoft's parser"

$(STAMP): pyproject.toml
	@echo "Setting up $(VENV): a minute the first time, nothing after that."
	@$(PYTHON) -c 'import sys; sys.exit("huntbook needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 …" if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	@echo "  installing huntbook and its tools …"
	@$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@

setup: $(STAMP)

demo: $(STAMP)
ifeq ($(strip $(EVIDENCE)),)
	@$(BIN)/huntbook practice build/practice --scenario intrusion --seed 7 --force
	@$(BIN)/huntbook triage build/practice/evidence --out "$(OUT)"
else
	@$(BIN)/huntbook triage "$(EVIDENCE)" --out "$(OUT)"
endif

test: $(STAMP)
	@$(BIN)/python -m pytest -n 2

lint: $(STAMP)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest tests/test_architecture.py

format: $(STAMP)
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(STAMP)
	@$(BIN)/python -m benchmarks

score: $(STAMP)
	@$(BIN)/python -m tests.query.kql.score

docs: $(STAMP)
	@$(BIN)/python docs/generate.py
	@test ! -f docs/packs.py || $(BIN)/python docs/packs.py

notebook: $(STAMP)
	@$(BIN)/python -m pip install --quiet --editable '.[notebook]'
	@$(BIN)/jupyter lab $(AS_ROOT) --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/docs/tutorials/first-investigation.ipynb

clean:
	@rm -rf build $(VENV) .mypy_cache .ruff_cache .pytest_cache
