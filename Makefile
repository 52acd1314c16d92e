# Every target sets up what it needs. `make run` and `make test` are all a newcomer needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
EXAMPLE := resources/examples/01_first_look.py
PYTEST := QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest

.PHONY: help run test lint format catalogue bench soak shots oracle record wheel clean

help:
	@echo "make run     open GradViz on its first example (or draw it to a picture where there is no display)"
	@echo "make test    run the tests; no display needed"
	@echo "make lint    ruff, mypy and the walls between the rooms"
	@echo "make catalogue  write the catalogue of ops anew, after ops were added to the engine"
	@echo "make bench   measure speed against peers and floors, and print a table"
	@echo "make soak    let random hands make ten thousand edits in a row, and measure memory and drift (half an hour)"
	@echo "make shots   write pictures of a dozen states of the window to build/shots/"
	@echo "make oracle  compare the engine with the real PyTorch, in a venv of its own"
	@echo "make coverage  write down which of PyTorch's names the engine has"
	@echo "make wheel   build the wheel and try it in a fresh venv"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(not (3, 11) <= v <= (3, 13) and "GradViz needs Python 3.11, 3.12 or 3.13; this is %d.%d. Name another one: make PYTHON=python3.11 ..." % v)'
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "Python cannot make a virtual environment. On Debian or Ubuntu: apt-get install python3-venv"; exit 1; }

$(VENV)/.run: pyproject.toml | $(BIN)/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.test: pyproject.toml | $(BIN)/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test]'
	@touch $@ $(VENV)/.run

run: $(VENV)/.run
	@if [ "$$(uname)" = Linux ] && [ -z "$$DISPLAY$$WAYLAND_DISPLAY" ] && [ -z "$$QT_QPA_PLATFORM" ]; then \
	  echo "There is no display here, so GradViz draws the first example's backward pass to a picture instead."; \
	  mkdir -p build && $(BIN)/gradviz export $(EXAMPLE) -o build/first_example.png && echo "See build/first_example.png"; \
	else exec $(BIN)/gradviz; fi

test: $(VENV)/.test
	@$(BIN)/python -m gradviz.qt_libraries
	$(PYTEST) -n 2 --dist worksteal $(ARGS)

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

catalogue: $(VENV)/.run
	$(BIN)/python -m gradviz.script.make_catalogue

bench: $(VENV)/.test
	$(PYTEST) bench -p no:xdist --benchmark-only --benchmark-columns=median,iqr,rounds --benchmark-sort=name -q $(ARGS)

soak: $(VENV)/.test
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m tests.soak $(ARGS)

shots: $(VENV)/.test
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m tests.shots build/shots

.venv-oracle/.made: | $(BIN)/python
	@$(PYTHON) -m venv .venv-oracle
	@.venv-oracle/bin/python -m pip install --quiet --disable-pip-version-check torch==2.13.0 expecttest -e '.[test]'
	@touch $@

oracle: .venv-oracle/.made
	OMP_NUM_THREADS=1 .venv-oracle/bin/python -m pytest tests/engine tests/oracle -m oracle -n 2 --dist worksteal $(ARGS)

coverage: $(VENV)/.test
	$(BIN)/python -m tests.oracle.coverage

wheel: $(VENV)/.test
	@rm -rf build/wheel
	$(BIN)/python -m build --quiet --outdir build/wheel .
	sh tests/try_wheel.sh $(PYTHON) build/wheel

clean:
	rm -rf build dist .venv .venv-oracle
