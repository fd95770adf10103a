# Everything that is done with Rollcall from a terminal. `make` lists it. A fresh machine needs
# only Python 3.11 or newer with its venv module; the rest is installed into .venv and node_modules.

PORT ?= 8000
LANGUAGE_TO ?=
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
MANAGE := $(BIN)/python manage.py
BASE := $(VENV)/.installed-base
DEV := $(VENV)/.installed-dev
ASSETS := node_modules/.installed
# One stamp for each database, so that another DATABASE_URL is migrated too.
MIGRATED := var/.migrated-$(firstword $(shell printf %s "$$DATABASE_URL$$DATABASE_URL_FILE" | cksum))

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help setup demo test lint format bench screenshots messages lock browser forget-migrated

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(BASE) $(ASSETS) .env $(MIGRATED) ## install everything, write .env with fresh keys, migrate
	@:

demo: setup ## serve the dashboard with an invented university on 127.0.0.1:8000 (PORT=8010 changes it)
	@$(MANAGE) demo --port "$(PORT)"

test: $(DEV) setup browser ## run every test on each database (ARGS="-k sync" picks; REQUIRE_ALL=1 allows no skip)
	@$(BIN)/python -m tests.passes $(ARGS)

lint: $(DEV) setup ## check style, templates, types, import contracts, migrations, settings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	find templates -name '*.html' -exec $(BIN)/djade --target-version 5.2 --check {} +
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MANAGE) makemigrations --check --dry-run --settings tests.settings
	$(MANAGE) check --fail-level WARNING --settings tests.settings

format: $(DEV) ## write code and templates in the house's style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	find templates -name '*.html' -exec $(BIN)/djade --target-version 5.2 {} +

bench: $(DEV) setup ## measure merges, pages, files and memory (SCALE=0.02 for a quick look)
	@$(BIN)/python -m tests.benchmarks.bench

screenshots: $(DEV) setup browser ## take the README's pictures from the demo that is running
	@$(BIN)/python -m tests.browser.screenshots --port "$(PORT)"

messages: $(BASE) ## update and compile the translations in locale/ (LANGUAGE_TO=de begins one)
	@command -v xgettext >/dev/null && command -v msgfmt >/dev/null || { \
	  echo "The gettext tools are missing. Install them (on Debian and Ubuntu: apt-get install gettext) and try again." >&2; exit 1; }
	@test -n "$(LANGUAGE_TO)$(wildcard locale/*/LC_MESSAGES)" || { \
	  echo "There is no language in locale/ yet. Begin one: make messages LANGUAGE_TO=de" >&2; exit 1; }
	@$(MANAGE) makemessages $(if $(LANGUAGE_TO),--locale "$(LANGUAGE_TO)",--all) --no-wrap --no-obsolete \
	  --add-location file --extension html,txt,py --ignore "tests/*" --ignore "node_modules/*" --ignore "var/*" --ignore ".venv/*"
	@$(MANAGE) compilemessages --ignore ".venv/*" --ignore "node_modules/*"

lock: $(BASE) ## resolve requirements/*.in and package.json anew
	@command -v uv >/dev/null || test -x $(BIN)/uv || test -x var/tools/bin/uv || { \
	  $(BIN)/python -m venv var/tools && var/tools/bin/pip install --quiet uv; }
	@PATH="$$PATH:$(CURDIR)/$(BIN):$(CURDIR)/var/tools/bin"; for name in base dev node; do \
	  uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-emit-find-links --no-header --no-strip-extras \
	    requirements/$$name.in -o requirements/$$name.txt || exit 1; done
	npm install --package-lock-only --ignore-scripts

# --- What the commands above stand on -----------------------------------------------------------

# The first Python that is new enough.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
  $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)

$(BIN)/python:
	@test -n "$(PYTHON)" || { \
	  echo "Rollcall needs Python 3.11 or newer, and there is none here. Install it, or name it: make setup PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Python's venv module is missing. Install it (on Debian and Ubuntu: apt-get install python3-venv) and try again." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

# uv where it is present, plain pip else; both check the hashes.
define install
	@echo "Installing requirements/$(1).txt into $(VENV)"
	@if command -v uv >/dev/null; then \
	  uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/$(1).txt; \
	else \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/$(1).txt; \
	fi
endef

$(BASE): requirements/base.txt | $(BIN)/python
	$(call install,base)
	@touch $@

$(DEV): requirements/dev.txt | $(BIN)/python
	$(call install,dev)
	@touch $(BASE) $@

$(ASSETS): package.json package-lock.json .npmrc | $(BASE)
	@version=$$(npm --version 2>/dev/null | cut -d. -f1); test "$${version:-0}" -ge 9 \
	  || test -x $(BIN)/npm || $(MAKE) --no-print-directory node
	@echo "Installing browser assets into node_modules"
	@version=$$(npm --version 2>/dev/null | cut -d. -f1); test "$${version:-0}" -ge 9 \
	  || PATH="$(CURDIR)/$(BIN):$$PATH"; npm ci --ignore-scripts --silent
	@touch $@

.PHONY: node
node:
	$(call install,node)

.env: | $(BIN)/python
	@$(BIN)/python config/fresh_env.py $@

# A deleted database file is made again.
ifeq ($(DATABASE_URL)$(DATABASE_URL_FILE)$(wildcard var/rollcall.sqlite3),)
$(MIGRATED): forget-migrated
endif
forget-migrated:

$(MIGRATED): $(BASE) .env $(wildcard reports/migrations/*.py)
	@mkdir -p var
	@$(MANAGE) migrate --verbosity 0
	@touch $@

browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || \
	  if test "$$(id -u)" = 0 && command -v apt-get >/dev/null; then \
	    echo "Installing Debian's Chromium for the browser tests"; \
	    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } >var/chromium.log 2>&1 \
	      || echo "Chromium could not be installed (var/chromium.log says why): the browser tests can't run." >&2; \
	  else \
	    echo "There is no Chromium here: the browser tests will be skipped. On Debian: apt-get install chromium" >&2; \
	  fi
