PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --quiet --disable-pip-version-check
PROCESSES := tests/processes tests/reliability tests/emulator/processes
unexport PYTHONDONTWRITEBYTECODE  # else each worker compiles every test again

.PHONY: help demo live test full lint types contracts tests processes unit quick approve e2e gitlab rehearsal reporters generate docs picture lock dist mutants bench clean

help:  ## show the targets
	@grep -E '^[a-z0-9]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/.emulator  ## run the main job against the built-in emulator, no account needed
	$(BIN)/genesis-ci demo

live: $(VENV)/.emulator  ## with an account: one run of WORKFLOW=UUID, and which assumptions about Genesis hold
	@$(BIN)/python tools/live.py $(WORKFLOW) $(INPUTS) $(if $(YES),--yes)

test: lint types contracts tests  ## what every change has to pass: linters, types, unit and in-process tests

full: test processes  ## `make test`, then the tests with processes, faults and fuzzing

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	VENV=$(VENV) tests/lint.sh

types: $(VENV)/.dev
	$(BIN)/mypy

contracts: $(VENV)/.dev
	$(BIN)/lint-imports --no-cache

tests: $(VENV)/.dev
	$(BIN)/pytest -q -n 3 --dist worksteal $(addprefix --ignore=,tests/e2e $(PROCESSES)) tests

processes: $(VENV)/.dev
	$(BIN)/pytest -q -n 5 --dist worksteal $(PROCESSES)

unit: $(VENV)/.dev  ## all unit tests; another Python: make unit PYTHON=python3.11 VENV=.venv-3.11
	$(BIN)/pytest -q -n 2 --dist worksteal tests/unit

quick: $(VENV)/.dev  ## some unit tests of what changed since the last commit
	@tests="$$($(BIN)/python tools/changed.py)" && \
	if [ -n "$$tests" ]; then $(BIN)/pytest -q $$tests; else echo "no changed file has unit tests"; fi

approve: $(VENV)/.dev  ## rewrite the texts in tests/approved from the code; review the difference like code
	APPROVE=1 $(BIN)/pytest -q -k approved $$(grep -rl --include='*.py' 'tests.approved import' tests)

e2e: $(VENV)/.dev  ## the image, the action and the wheel on real engines
	$(BIN)/pytest -m e2e -rap -n 4 --dist loadfile tests/e2e

gitlab: $(VENV)/.dev  ## the results of the component in GitLab for exit codes 0, 1, 2 and 3
	$(BIN)/pytest -m e2e -s tests/e2e/test_gitlab_component.py

rehearsal: $(VENV)/.dev  ## two releases on local servers, then as their users; each script killed at each command
	KILL_EVERY=1 $(BIN)/pytest -m e2e -s tests/e2e/test_release.py

reporters: $(VENV)/.dev  ## run real test tools in a container; keep their reports, write docs/internals/tool-runs.md
	tests/e2e/engine/docker.sh start
	tests/e2e/engine/base_image.sh python:3.13-slim-trixie
	$(BIN)/python tools/reporters/update.py
	$(BIN)/python tools/generate.py

generate: $(VENV)/.dev  ## rewrite action.yml, the pages' tables and recipes, and the catalog's messages from the code
	$(BIN)/python tools/generate.py

docs: $(VENV)-docs/.done  ## build the documentation site into build/site; check its links, and all Japanese texts
	$(VENV)-docs/bin/python tools/catalog.py
	$(VENV)-docs/node_modules/.bin/textlint --config tools/textlint.yml \
	  --rules-base-directory $(abspath $(VENV)-docs/node_modules) README.ja.md docs/ja/*.md build/catalog.md
	$(VENV)-docs/bin/python tools/site.py

picture: $(VENV)/.dev  ## record a demo in each language into docs/images
	PATH="$(BIN):$$PATH" $(BIN)/uv run --no-project --python $(BIN)/python tools/terminal.py

lock: $(VENV)/.dev  ## refresh the hash-locked requirements
	$(BIN)/python tools/lock.py

dist: $(VENV)/.dev  ## build the wheel, the tree and the single file into dist/
	$(BIN)/python tools/dist.py

mutants: $(VENV)/.dev  ## change the deciding code in thousands of places; find changes that no test notices
	nice $(BIN)/python tools/mutants.py

bench: dist  ## measure cadence, start, fan-out, waits, a fleet; writes docs/internals/performance.md
	$(BIN)/python tools/bench/cadence.py
	$(BIN)/python tools/bench/performance.py

clean:  ## remove what the other targets made
	rm -rf $(VENV) $(VENV)-docs build dist genesis-results .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "genesis-ci needs Python 3.11 or newer; run make PYTHON=python3.13"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.emulator: requirements-emulator.txt pyproject.toml genesis_ci/locale/ja.po | $(BIN)/python
	$(PIP) install --require-hashes -r requirements-emulator.txt
	$(PIP) install --no-deps --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.txt pyproject.toml genesis_ci/locale/ja.po | $(BIN)/python
	$(PIP) install --require-hashes -r requirements-dev.txt
	$(PIP) install --no-deps --editable .
	@touch $@ $(VENV)/.emulator

$(VENV)-docs/.done: requirements-docs.txt tools/textlint.yml
	$(PYTHON) -m venv $(VENV)-docs
	$(VENV)-docs/bin/python -m pip --quiet --disable-pip-version-check install --require-hashes -r $<
	@npm --version >/dev/null \
	  || { echo "textlint needs npm: install Node.js 20, or run $(VENV)-docs/bin/python tools/site.py"; exit 1; }
	npm install --silent --no-fund --no-audit --ignore-scripts --prefix $(VENV)-docs \
	  --before 2026-08-08 textlint@15.8.0 textlint-rule-preset-ja-technical-writing@12.0.2
	@touch $@
