# Attune. `make help` lists what there is. Nothing is assumed but git, make, a Python from 3.11 on and a network.
SHELL := /bin/sh
export PATH := $(CURDIR)/.venv/bin:$(PATH)
unexport VIRTUAL_ENV
unexport PYTHONDONTWRITEBYTECODE# without bytecode every start, and tests start many, takes three times as long
.DEFAULT_GOAL := help
.PHONY: help run demo test check journey bench build doctor screenshots lock clean server-check client-check test-client test-server test-journeys

PLACE := $(subst /,_,$(CURDIR))# a moved clone has a venv with dead paths: the place is part of each stamp
RUN := .stamps/run.$(PLACE)
DEV := .stamps/dev.$(PLACE)
NPM := .stamps/npm.$(PLACE)
NPM_JOURNEYS := .stamps/npm-journeys.$(PLACE)
CLIENT := client/build/index.html

.stamps:
	@mkdir -p .stamps

$(RUN): requirements/run.txt pyproject.toml scripts/install.sh scripts/uv.sh | .stamps
	@scripts/install.sh run && touch $@

$(DEV): requirements/dev.txt pyproject.toml scripts/install.sh scripts/uv.sh | .stamps
	@scripts/install.sh dev && touch $@ $(RUN)

$(NPM): client/package-lock.json client/package.json | $(RUN)
	@cd client && npm ci --no-progress --loglevel=error && touch ../$@

$(NPM_JOURNEYS): journeys/package-lock.json journeys/package.json | $(RUN)
	@cd journeys && npm ci --no-progress --loglevel=error && touch ../$@

$(CLIENT): $(shell find client/src client/static -type f -not -name schema.d.ts -not -name '*.test.ts' 2>/dev/null) client/vite.config.ts contract/openapi.json $(NPM)
	@cd client && npm run -s types && npm run -s build && touch build/index.html

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-14s %s\n", $$1, $$2}'

run: $(RUN) $(CLIENT) ## start Attune here: builds what is missing, prints the address and the set-up link
	@exec .venv/bin/attune run

demo: $(RUN) $(CLIENT) ## the same with invented people, two weeks of talk and a session in two minutes; thrown away afterwards
	@exec .venv/bin/attune demo

build: $(RUN) $(CLIENT) ## install what running needs and build the client

doctor: $(RUN) ## say in plain words what is wrong with this installation
	@.venv/bin/attune doctor

check: $(DEV) $(CLIENT) ## format, lint, types, import rules, migrations, API description, sizes
	@$(MAKE) --no-print-directory -j2 -Otarget server-check client-check

server-check: $(DEV)
	@ruff format --check . && ruff check .
	@mypy
	@lint-imports --no-cache
	@attune makemigrations-check
	@attune openapi | diff -u contract/openapi.json - || { echo "contract/openapi.json is out of date: attune openapi > contract/openapi.json"; exit 1; }

client-check: $(DEV) $(CLIENT)
	@cd client && npm run -s check && npm run -s lint && npx --no-install tsc --noEmit -p src/service-worker/tsconfig.json
	@python scripts/size.py

test-client: $(DEV) $(CLIENT)
	@cd client && npm run -s test

test-server: $(DEV) $(CLIENT)
	@pytest --ds=attune.site.settings -n 2 --dist loadfile attune

# Where nobody is seen or heard Chromium's headless shell takes half of what the whole browser does.
test-journeys: $(DEV) $(CLIENT) $(NPM_JOURNEYS)
	@ATTUNE_CHROMIUM=$${ATTUNE_CHROMIUM:-$$(command -v chromium-headless-shell)} pytest -p no:django -n 3 --dist loadfile --no-loadscope-reorder -m "not calls" journeys
	@pytest -p no:django -m calls journeys

test: $(DEV) ## everything: check, unit and server tests, each journey once
	@scripts/system.sh
	@$(MAKE) --no-print-directory check
	@$(MAKE) --no-print-directory test-client
	@$(MAKE) --no-print-directory test-server
	@$(MAKE) --no-print-directory test-journeys

journey: $(DEV) $(CLIENT) $(NPM_JOURNEYS) ## one journey in full: make journey NAME=first-session
	@test -n "$(NAME)" || { echo "make journey NAME=…, one of:"; ls journeys/test_*.py | sed 's/.*test_//; s/.py//; s/_/-/g; s/^/  /'; exit 2; }
	@scripts/system.sh
	@JOURNEY=full pytest -p no:django journeys/test_$(subst -,_,$(NAME)).py

bench: $(DEV) $(CLIENT) $(NPM_JOURNEYS) ## one measurement: make bench NAME=first-load
	@test -n "$(NAME)" || { echo "make bench NAME=…, one of:"; ls bench/[a-z]*.py | sed 's/.*\///; s/.py//; s/_/-/g; s/^/  /'; exit 2; }
	@scripts/system.sh
	@python bench/$(subst -,_,$(NAME)).py

screenshots: $(DEV) $(CLIENT) $(NPM_JOURNEYS) ## pictures of every listed screen into journeys/out/shots
	@scripts/system.sh
	@python -m journeys.screenshots

lock: ## write requirements/ anew from pyproject.toml
	@scripts/lock.sh

clean: ## throw away what was built and installed here, never data
	@rm -rf .venv .tools .stamps client/node_modules client/build client/.svelte-kit journeys/node_modules journeys/out
