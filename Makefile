PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
MINUTES ?= 2
SCHEDULES ?= 10000
SEED ?= 1

.PHONY: help demo test flink simulate chaos lint bench clean

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

$(INSTALLED): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	$(BIN)/python -m sqlstream.kernels
	@touch $@

demo: $(INSTALLED)  ## a year of real flights, as a stream, into Parquet
	$(BIN)/python -m examples.flights

test: $(INSTALLED)  ## the whole test suite
	$(BIN)/python -m pytest -n auto --dist loadfile

flink: .flink/READY  ## Apache Flink 2.3 into .flink, for the tests that drive its clients; needs Maven and Java

.flink/READY: $(INSTALLED)
	$(BIN)/python -m tests.install_flink .flink

lint: $(INSTALLED)  ## format, style, types and layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

simulate: $(INSTALLED)  ## run the control plane through SCHEDULES made-up worlds full of faults, the first from SEED
	$(BIN)/python -m tests.simulation --schedules $(SCHEDULES) --seed $(SEED)

chaos: $(INSTALLED)  ## kill and freeze real processes for MINUTES, drawn from SEED; the output must not change
	$(BIN)/python -m tests.chaos --minutes $(MINUTES) --seed $(SEED)

bench: $(INSTALLED)  ## benchmarks: tables and JSON files
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks.nexmark --events 10000000 --json benchmarks/results/nexmark.json

clean:  ## remove everything that was built
	rm -rf $(VENV) .flink demo-input demo-output build dist .mypy_cache .ruff_cache .pytest_cache
