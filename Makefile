# Every target sets up what it needs: a virtual environment in .venv, built once.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Where the shared data sets lie, if they are on this machine (see README, "Data").
export BRAINSEEK_MIRROR ?= $(abspath $(wildcard ../shared/data))

.PHONY: install demo ui test lint bench clean

install: $(READY)

$(READY): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python -e '.[dev]'
	touch $@

demo: install
	$(BIN)/brainseek demo --out demo

ui: install
	$(BIN)/brainseek ui

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m tests.house.types

test: lint
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile

bench: install
	$(BIN)/uv pip install --quiet --python $(BIN)/python -e ".[dev,peers]"
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) demo
