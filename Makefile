# Set-up is one virtual environment of the project's own, in .venv; every target makes it first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready

.PHONY: help setup demo test lint docs picture mutants mutated fuzz audit bench clean

help:  ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

setup: $(STAMP)  ## make .venv with caretool and everything its tests need

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@

demo: $(STAMP)  ## build a practice care file in a new folder and walk through a morning
	@n=; while [ -e caretool-demo$$n ]; do n=$$(( $${n:-1} + 1 )); done; \
	$(BIN)/caretool demo --to caretool-demo$$n

test: $(STAMP)  ## run all tests, with branch coverage of the pure core, which must be whole
	$(BIN)/python -m pytest -n auto --cov

lint: $(STAMP)  ## lint, format, types, generated docs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python tools/commands_page.py --check
	$(BIN)/python tools/compile_rules.py --check

docs: $(STAMP)  ## write what is generated: compiled rules, docs/commands.md, the README's outputs
	$(BIN)/python tools/compile_rules.py
	$(BIN)/python tools/commands_page.py
	$(BIN)/python tools/readme_tour.py

picture: $(STAMP)  ## draw the demo's due list for the README
	$(BIN)/python tools/picture.py

mutants: $(STAMP)  ## mutation test of the schedule and the business days (some ten minutes)
	$(BIN)/python -m pip install --quiet --group mutation
	$(BIN)/mutmut run
	$(BIN)/mutmut results

mutated: $(STAMP)  ## import 10,000 spoiled lists (some ten minutes)
	$(BIN)/python tools/mutate_lists.py

fuzz: $(STAMP)  ## hostile input of every kind, 100,000 of it and what atheris finds (an hour; Linux)
	$(BIN)/python tools/fuzz.py
	$(BIN)/python -m pip install --quiet --group fuzz
	for entry in reader hl7 fhir dates layouts rules classes; do \
	$(BIN)/python tools/fuzz_guided.py $$entry || exit 1; done

audit: $(STAMP)  ## look for weaknesses in the code, and for known ones in the packages (network)
	$(BIN)/python -m pip install --quiet --group audit
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive caretool
	$(BIN)/pip-audit --skip-editable --progress-spinner off \
	|| { echo 'packages could not be looked up, or a weakness is known; installed are:'; \
	$(BIN)/python -m pip list; exit 1; }

bench: $(STAMP)  ## print speed as ratios
	$(BIN)/python bench/morning.py
	$(BIN)/python -m pip install --quiet --group bench
	$(BIN)/python bench/matching.py

clean:  ## remove what set-up made
	rm -rf $(VENV)
