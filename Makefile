# Every command a newcomer needs; `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

# VENV, PYTHON, PORT, DEMO_PORT, DATA_DIR and DEMO_KEY may be given on the command line.
VENV ?= .venv
PYTHON ?= python3
PORT ?= 8000
DEMO_PORT ?= 8080
DATA_DIR ?= var
DEMO_KEY ?=
BIN := $(VENV)/bin
# The settings of `make run`, for commands beside it: the same database, the same Valkey.
ENV := DATA_DIR=$(DATA_DIR) deploy/with-dev-env.sh
LOCKS := deploy/locks
DEV_LOCK := $(LOCKS)/dev.txt

help: ## List these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | column -t -s "$$(printf '\t')"

install: $(VENV)/.dev-installed ## Make the environment, with what tests and checks need

$(VENV)/.run-installed: $(LOCKS)/run.txt
	@deploy/install.sh "$(VENV)" "$(PYTHON)" $<
	@touch $@

$(VENV)/.dev-installed: $(DEV_LOCK) deploy/nginx/install.sh deploy/tools.sh deploy/browser.sh
	@deploy/install.sh "$(VENV)" "$(PYTHON)" $<
	@deploy/nginx/install.sh "$(VENV)/nginx" || echo "Until then tests/stories/test_nginx.py fails." >&2
	@deploy/tools.sh "$(VENV)/tools" || echo "Until then tests/deploy/test_checks.py fails." >&2
	@deploy/browser.sh "$(BIN)/python" || echo "Until then stories in a browser fail." >&2
	@touch $@ $(VENV)/.run-installed

run: $(VENV)/.run-installed ## Run the service on this machine, with a demo workspace
	@PORT=$(PORT) DATA_DIR=$(DATA_DIR) DEMO_KEY=$(DEMO_KEY) $(BIN)/python deploy/run.py

demo: $(VENV)/.run-installed ## Run it with two backends behind nginx and the gateway, and see one page as four readers
	@deploy/nginx/install.sh "$(VENV)/nginx"
	@PORT=$(DEMO_PORT) DATA_DIR=$(DATA_DIR)/demo $(BIN)/python -m deploy.demo

manage: $(VENV)/.run-installed ## Run a command beside `make run`: make manage COMMAND="release status"
	@$(ENV) $(BIN)/python manage.py $(COMMAND)

# The classifier knows no database (an import contract holds that), and some stories bring their own: these run once.
ONCE := tests/classifier tests/client tests/evaluation tests/deploy tests/test_embedded.py \
	$(addprefix tests/stories/test_,demo.py dialects.py envoy.py fuzz.py keys.py lost_database.py nginx.py overload.py readme.py \
	streams.py)
# Stories of the service as it runs in production: with the database of production alone.
PRODUCTION := $(addprefix tests/stories/test_,access.py audit_under_load.py clients.py consent.py console.py \
	failures.py forgetting.py gateway.py main_job.py managing.py release.py release_hosts.py signing_in.py \
	why_can_bob_see_this.py)

test: $(VENV)/.dev-installed ## Run the suite on SQLite, then all that has a database, and the stories, on PostgreSQL
	$(BIN)/python -m pytest -n 2 --durations=20 $(addprefix --ignore=,$(PRODUCTION))
	PRIVACY_TEST_DATABASE=postgres $(BIN)/python -m pytest -n 2 --durations=20 $(addprefix --ignore=,$(ONCE))

quick: $(VENV)/.dev-installed ## Run all but the stories, on SQLite: for while you work
	$(BIN)/python -m pytest -n 2 --ignore=tests/stories --ignore=tests/deploy

# INPUTS bodies with planted values, SEED to have a run again, FUZZ_SECONDS for the parsers.
INPUTS ?= 100000
SEED ?=
FUZZ_SECONDS ?= 3600
fuzz: $(VENV)/.dev-installed ## Mask INPUTS bodies with planted values, draw new examples for every property test, ask the API what nobody would, and do fuzz-parsers
	$(BIN)/python -m tests.fuzzing --inputs $(INPUTS) $(if $(SEED),--seed $(SEED))
	HYPOTHESIS_PROFILE=fuzz $(BIN)/python -m pytest -n 2 -m hypothesis
	HYPOTHESIS_PROFILE=fuzz $(BIN)/python -m pytest tests/stories/test_fuzz.py
	$(MAKE) fuzz-parsers

fuzz-parsers: $(VENV)/.dev-installed ## Lead bytes through every parser by the code that they reach, for FUZZ_SECONDS (installs atheris; Linux, Python 3.11 to 3.13)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: "atheris>=3"
	$(BIN)/python -m tests.fuzzing.parsers -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -rss_limit_mb=4096

chaos: $(VENV)/.dev-installed ## Break everything that can break under real processes, and see that nobody is shown a value and nothing is lost (installs gcc where no compiler is)
	@command -v cc >/dev/null || apt-get install -y gcc libc6-dev
	$(BIN)/python -m pytest -s -q tests/chaos/matrix.py

check: $(VENV)/.dev-installed ## What every commit passes: style, types, import contract, migrations, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(ENV) $(BIN)/mypy
	$(ENV) $(BIN)/lint-imports
	$(ENV) $(BIN)/python manage.py makemigrations --check --dry-run
	$(MAKE) test

test-newest-django: ## Run the suite on the newest Django (Python 3.12 or later)
	$(MAKE) test VENV=.venv-newest-django DEV_LOCK=$(LOCKS)/dev-newest-django.txt

test-extras: ## Try the adapters for presidio-analyzer and spaCy with the real packages, in an environment of their own (400 MB)
	$(MAKE) install VENV=.venv-extras
	.venv-extras/bin/python -m pip install --quiet --disable-pip-version-check "presidio-analyzer>=2.2.360" "spacy>=3.8"
	.venv-extras/bin/python -m pytest -W default tests/classifier/installed_extras.py

bench: $(VENV)/.dev-installed ## Measure speed (installs wrk with apt-get where it is missing)
	@command -v wrk >/dev/null || apt-get install -y wrk
	$(BIN)/python -m tests.benchmarks

load: $(VENV)/.dev-installed ## Load the service with a mix as in practice until it bears no more, then thrice that (installs wrk where it is missing)
	@command -v wrk >/dev/null || apt-get install -y wrk
	$(BIN)/python -m tests.benchmarks --load --overload

# SOAK_MINUTES of everything a web server is asked (30), SOAK_RATE times a second (150).
soak: $(VENV)/.dev-installed ## Ask a web server everything for half an hour and watch its memory, send a gigabyte of each kind through the gateway, kill the processes of a flow a hundred times, and a command over a gigabyte of events
	$(BIN)/python -m pytest -s -q tests/stories/soak_memory.py tests/stories/soak_gateway.py tests/stories/soak_streams.py tests/jobs/soak_files.py

eval: $(VENV)/.dev-installed ## Measure accuracy on labelled texts and write docs/accuracy.md
	$(BIN)/python -m tests.evaluation

pictures: $(VENV)/.dev-installed ## Take the pictures of the console in docs/images anew
	PRIVACY_TEST_PICTURES=docs/images $(BIN)/python -m pytest -q tests/stories/test_console.py -k every_page

words: $(VENV)/.dev-installed ## Collect what the console says, and compile its translations
	@DJANGO_SETTINGS_MODULE=tests.settings $(ENV) $(BIN)/python -m deploy.words

sbom: ## Write down what the service is made of, as CycloneDX: build/sbom.cdx.json
	@deploy/supply.sh sbom $(PYTHON)

audit-packages: ## Ask for known holes in what is locked (reads pypi.org)
	@deploy/supply.sh audit $(PYTHON)

licences: $(VENV)/.dev-installed ## List the licences of what is locked, in docs/licences.md
	@$(BIN)/python deploy/licences.py

lock: ## Pin every dependency anew (needs uv); then `make install licences`
	deploy/lock.sh

.PHONY: help install run demo manage test quick chaos fuzz-parsers test-extras test-newest-django check bench load eval soak fuzz words pictures sbom audit-packages licences lock
