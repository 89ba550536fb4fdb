# Everything runs from .venv, made on first use and brought up to date when a lock file changes.

PYTHON ?= python3
BIN := .venv/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
PYTEST := $(BIN)/python -m pytest -n auto
ROUNDS ?= 20
CODE := api engine schemas simulations
PIP_TOOLS := 7.6.2
COMPILE := CUSTOM_COMPILE_COMMAND="make lock" .lock/bin/pip-compile --quiet --upgrade --generate-hashes \
	--strip-extras --allow-unsafe --no-emit-index-url --no-emit-trusted-host --no-emit-find-links

.DEFAULT_GOAL := help
.PHONY: help run test servers check generated-check fmt fuzz reliability bench coverage lock clean

help: ## list what make can do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile

run: .venv/.runtime ## set up and answer on http://127.0.0.1:8080, as demonstration
	@mkdir -p .demo
	@exec $(BIN)/leeway serve --insecure-demo --ledger .demo/leeway.db

test: .venv/.test servers ## run every test
	@$(PYTEST)

check: .venv/.test ## check format, lint, types, import direction and generated files
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy $(CODE)
	@$(BIN)/lint-imports
	@$(MAKE) --no-print-directory generated-check

generated-check: .venv/.test ## fail when a generated file is stale
	@$(BIN)/python -m api.generate --check

fmt: .venv/.test ## format the code and repair what ruff can
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format .

fuzz: .venv/.test servers ## run the property tests ROUNDS times, on other random cases each time
	@set -e; for round in $$(seq $(ROUNDS)); do $(PYTEST) -q -m property; done

reliability: .venv/.test servers ## kill, fill, lock, restart and tamper with ledgers, and write docs/reliability.md
	@$(BIN)/python tests/reliability.py --write

bench: .venv/.test servers ## measure decisions beside other engines
	@set -e; for script in tests/bench_*.py; do $(BIN)/python "$$script"; done

coverage: .venv/.test servers ## run every test and list the lines that none reached
	@$(PYTEST) --cov --cov-report=term

lock: ## pin the newest releases, with hashes, in requirements*.txt
	@$(PYTHON) -m venv --clear .lock
	@.lock/bin/python -m pip install --quiet --disable-pip-version-check pip-tools==$(PIP_TOOLS)
	@$(COMPILE) --only-build-deps --build-deps-for editable --output-file requirements-build.txt pyproject.toml
	@$(COMPILE) --extra simulate --output-file requirements.txt pyproject.toml
	@$(COMPILE) --all-extras --constraint requirements.txt --output-file requirements-test.txt pyproject.toml
	@rm -rf .lock

clean: ## remove everything that make made
	@rm -rf .venv .lock .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@rm -rf build dist htmlcov .demo *.egg-info
	@find $(CODE) tests -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.test: requirements-test.txt .venv/.runtime
	@echo "installing what the tests need"
	@$(PIP_INSTALL) --require-hashes --no-build-isolation --use-pep517 -r requirements-test.txt
	@touch $@

.venv/.runtime: requirements-build.txt requirements.txt setup.cfg pyproject.toml | .venv/bin/python
	@echo "installing leeway (a minute, the first time)"
	@$(PIP_INSTALL) --require-hashes -r requirements-build.txt
	@$(PIP_INSTALL) --require-hashes --no-build-isolation --use-pep517 -r requirements.txt
	@PYTHONWARNINGS=ignore $(PIP_INSTALL) --no-deps --no-build-isolation --use-pep517 --editable .
	@touch $@

# Before any test runs: several processes run them, and apt-get works for one at a time.
servers:
	@missing=; command -v redis-server > /dev/null || missing=redis-server; \
	{ command -v initdb || ls /usr/lib/postgresql/*/bin/initdb; } > /dev/null 2>&1 || missing="$$missing postgresql"; \
	if [ -n "$$missing" ] && [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
		echo "installing servers that tests use: $$missing"; \
		{ apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends $$missing; } > /dev/null \
		|| echo "they cannot be installed, and tests that need them are skipped" >&2; \
	elif [ -n "$$missing" ]; then \
		echo "tests that need servers are skipped; on Debian, as root: apt-get install $$missing" >&2; \
	fi

# durable-rules comes as C source and only for Python below 3.13, so a compiler is asked for only there.
.venv/bin/python:
	@command -v $(PYTHON) > /dev/null \
	|| { echo "leeway needs Python 3.11 or newer, and there is no $(PYTHON); say which: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	|| { echo "leeway needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V); say which: make PYTHON=python3.12" >&2; exit 1; }
	@python=python$$($(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])'); missing=; \
	$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null || missing="$$python-venv"; \
	if $(PYTHON) -c 'import sys; sys.exit(sys.version_info >= (3, 13))'; then \
		command -v gcc > /dev/null || missing="$$missing gcc libc6-dev"; \
		$(PYTHON) -c 'import pathlib, sysconfig as s; (pathlib.Path(s.get_path("include")) / "Python.h").stat()' \
			2> /dev/null || missing="$$missing $$python-dev"; \
	fi; \
	if [ -n "$$missing" ] && [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
		echo "installing what this machine lacks: $$missing"; \
		{ apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends $$missing; } > /dev/null; \
	elif [ -n "$$missing" ]; then \
		echo "this machine lacks: $$missing; on Debian, as root: apt-get install $$missing" >&2; exit 1; \
	fi
	@$(PYTHON) -m venv --clear .venv
