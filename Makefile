# Standing's commands. `make` alone lists them.

PYTHON ?= python3
PORT ?= 8000
SCALE ?= small
# How many processes share the tests.
PROCESSES ?= 2
# What to test, and options for pytest.
TESTS ?= tests
ARGS ?=

# Compiled files are kept, whatever the caller's habit: without them each test process compiles and rewrites
# every test again, and so does each process that is started on the way.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
PY := $(BIN)/python
MANAGE := $(PY) manage.py

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-reset test check format bench lock

help:  ## this list
	@sed -nE 's/^([a-z-]+):.*## */\1|/p' $(MAKEFILE_LIST) | awk -F '|' '{printf "  make %-11s %s\n", $$1, $$2}'

# The pages of the documentation that are generated from the code, when there is a command that writes them.
WRITE_DOCS := $(wildcard config/*/management/commands/write_docs.py)
# What production must be told, with values good enough for the deployment check, which connects to nothing.
PRODUCTION := DJANGO_SETTINGS_MODULE=config.settings.production \
	SECRET_KEY=only-for-the-check-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJ \
	STANDING_ENCRYPTION_KEYS=b25seS1mb3ItdGhlLWNoZWNrLW9ubHktZm9yLXRoZS0= \
	STANDING_HMAC_KEY=only-for-the-check STANDING_SITE_URL=https://standing.example.org \
	ALLOWED_HOSTS=standing.example.org REDIS_URL=redis://queue:6379/0 \
	DATABASE_URL=postgres://standing_app:secret@database/standing

# -- setup: each part is done again only when what it depends on has changed ----------------------------------

.venv/.installed: requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Standing needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Choose one with PYTHON=python3.12 make setup")'
	@test -x $(PY) || $(PYTHON) -m venv .venv
	@echo "Installing the Python packages"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

node_modules/.installed: package.json package-lock.json .npmrc | .venv/.installed
	@echo "Installing the packages the pages are drawn with"
	@command -v npm >/dev/null || test -x $(BIN)/npm || \
		$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-node.txt
	@PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

var/static/.collected: .venv/.installed node_modules/.installed config/static.py config/settings/base.py \
		$(shell find static -type f 2>/dev/null)
	@echo "Collecting the static files"
	@DJANGO_SETTINGS_MODULE=config.settings.demo $(MANAGE) collectstatic --noinput --clear --verbosity 0
	@touch $@

setup: .venv/.installed node_modules/.installed var/static/.collected  ## install packages and static files (the others call it)

# -- running -------------------------------------------------------------------------------------------------

demo: setup  ## start everything with a believable hospital (PORT=8000)
	@exec setpriv --pdeathsig TERM $(PY) -m config.embedded.launch --port $(PORT)

demo-reset: setup  ## throw the demo's data away; the next `make demo` builds it anew
	@$(PY) -m config.embedded.reset

# -- testing -------------------------------------------------------------------------------------------------

test: setup  ## run the whole suite (TESTS=tests/bylaws ARGS="-x")
	@$(PY) -m pytest -n $(PROCESSES) --dist loadfile --no-loadscope-reorder $(TESTS) $(ARGS)

check: setup  ## lint, types, order of the rooms, migrations, templates, docs, deployment settings
	@echo "ruff";            $(BIN)/ruff check .
	@echo "ruff format";     $(BIN)/ruff format --check .
	@echo "djlint";          $(BIN)/djlint templates --lint --quiet
	@echo "mypy";            $(BIN)/mypy
	@echo "import-linter";   $(BIN)/lint-imports
	@echo "templates";       $(MANAGE) check_templates
	@echo "migrations";      $(MANAGE) makemigrations --check --dry-run
	@echo "documents";       $(if $(WRITE_DOCS),$(MANAGE) write_docs --check)
	@echo "deployment";      $(PRODUCTION) $(MANAGE) check --deploy --fail-level WARNING

format:  ## put the code into the house's format
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

bench: setup  ## measure against the budgets (SCALE=small or full)
	@SCALE=$(SCALE) $(PY) -m tests.benchmarks

# -- locking -------------------------------------------------------------------------------------------------

LOCK := $(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host

lock: | .venv/.installed  ## choose versions again, within pyproject.toml (ARGS=--upgrade for newer ones)
	@$(LOCK) $(ARGS) --output-file requirements.txt pyproject.toml
	@$(LOCK) $(ARGS) --extra dev --constraint requirements.txt --output-file requirements-dev.txt pyproject.toml
	@$(LOCK) $(ARGS) --output-file requirements-node.txt requirements-node.in
