# One verb per habit. `make run` and `make test` need nothing but Python 3.11 or newer.
PYTHON ?= python3
PORT ?= 4566
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: browser help run serve console vscode test check lint types bench clean

help:  ## What can be done here
	@grep -hE '^[a-z%-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

WEB := $(shell find web/src web/public web/index.html web/package-lock.json web/vite.config.ts -type f 2>/dev/null)

.venv/.product: pyproject.toml hatch_build.py $(WEB)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "treadle needs Python 3.11 or newer; try: make PYTHON=python3.12"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing treadle into .venv (this builds the web console too, with Node.js from the PATH or from PyPI) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . || TREADLE_SKIP_CONSOLE=1 $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@$(BIN)/python -m compileall -q src/treadle
	@test -f src/treadle/console/static/index.html || echo "The web console could not be built; everything else works. To build it: make console"
	@touch $@

.venv/.tools: .venv/.product
	@echo "Installing the tools of the test suite into .venv ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group dev
	@touch $@

run: .venv/.product  ## Start treadle, deploy the example workflow, run it, keep serving until Ctrl-C
	@$(BIN)/treadle demo examples/terraform --port $(PORT)

example-%: .venv/.product  ## Start treadle and show an example at work: make example-microservices
	@$(BIN)/treadle demo examples/$* --port $(PORT)

serve: .venv/.product  ## Start treadle (make serve PORT=4566)
	@$(BIN)/treadle serve --port $(PORT)

console:  ## Build the web console (needs Node.js 20.19 or newer and npm)
	@cd web && npm ci --omit=dev --no-audit --no-fund --ignore-scripts && npm run build

browser: .venv/.tools  ## Test the console in a real browser (needs Chromium, Node.js 20.19 or newer and npm)
	@cd web && npm ci --no-audit --no-fund --ignore-scripts && npm run build
	@$(BIN)/python -m pytest -rs tests/console/test_browser.py

vscode: .venv/.product  ## Build the VS Code extension into editors/vscode/dist (needs Node.js 20.19 or newer and npm)
	@cd editors/vscode && npm ci --no-audit --no-fund --ignore-scripts && npm run types && npm run build && npm test
	@$(BIN)/treadle schema -o editors/vscode/dist/asl.schema.json
	@cd editors/vscode && npm run package

test: .venv/.tools  ## Run the whole test suite
	@$(BIN)/python -m pytest

lint: .venv/.tools  ## Format and lint check
	@$(BIN)/ruff format --check src tests benchmarks
	@$(BIN)/ruff check src tests benchmarks

types: .venv/.tools  ## Strict type check
	@$(BIN)/mypy

check: lint types test  ## All that must pass before a commit

bench: .venv/.tools  ## Benchmarks beside moto and ministack
	@$(BIN)/python benchmarks/compare.py

clean:  ## Forget the virtual environment and caches
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache
