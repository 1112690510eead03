# What one does with this checkout. `make` alone lists it.
#
# Everything is built once, in the release profile: the server that `make run` starts is the one the tests
# start. Nothing is installed outside of this folder; what is fetched goes to target/ and data/.

SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

DATA   ?= data
LISTEN ?= 127.0.0.1:8080
PYTHON ?= python3
NPM    ?= npm
# What the tests of the console drive.
CHROMIUM ?= $(firstword $(shell command -v chromium chromium-browser google-chrome) \
	$(shell cd web && node -p 'require("playwright-core").chromium.executablePath()' 2>/dev/null) /usr/bin/chromium)
# What bench-ocr reads: a folder of sets of pictures, each with its truth.json; the few pictures of the tests, if not given.
PICTURES ?=
# What test-cluster is told beside its defaults: --faults N, --callers N, --seed S, a folder.
CLUSTER ?=
# What the simulator plays: so many seeds from the first on, on this journal.
SEEDS   ?= 10000
FIRST   ?= 0
JOURNAL ?= embedded
# WITHOUT_POSTGRES=1 leaves the comparison with PostgreSQL out; otherwise a benchmark fails where it is not installed.
WITHOUT := $(if $(WITHOUT_POSTGRES),--without-postgres)

# Where models and runtimes are: INKMETER_MODELS of the environment, or in the data folder.
MODELS   := $(abspath $(or $(INKMETER_MODELS),$(DATA)/models))
TARGET   := $(abspath $(or $(CARGO_TARGET_DIR),target))
INKMETER := $(TARGET)/release/inkmeter
VENV     := $(TARGET)/venv

WEB      := web/embed/index.html
WEB_DEPS := web/node_modules/.package-lock.json

PICTURES_BY_MODELS := $(TARGET)/pictures-by-models

# What the tests drive in Python: the stock clients, a mail server, an SMS gateway, a fuzzer of the API.
PYTHON_PACKAGES  := crates/server/tests/door/requirements.txt
PYTHON_INSTALLED := $(VENV)/installed

.PHONY: help run demo models web pictures test test-build test-python test-web test-cluster sim bench bench-raw bench-charge bench-http bench-bill bench-history bench-nodes bench-soak bench-ocr fuzz fmt lint lint-deps lint-web

help: ## List the targets
	@echo 'make TARGET [LISTEN=$(LISTEN)] [DATA=$(DATA)]'
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: models ## Build, fetch the models, serve at LISTEN with the data in DATA; payments are a sandbox
	exec env INKMETER_MODELS=$(MODELS) $(INKMETER) serve --data $(DATA) --listen $(LISTEN) --sandbox

demo: models ## Play an account's way into arrears and out again, with real pictures (some seconds)
	INKMETER_MODELS=$(MODELS) $(INKMETER) demo

# The console is built before the server, which embeds it. Its dependencies are those of web/package-lock.json.
web: $(WEB) ## Build the console into web/embed (needs Node.js 20.19 or newer)

$(WEB): $(WEB_DEPS) $(shell find web/src web/public -type f) web/index.html web/vite.config.ts web/tsconfig.json
	cd web && $(NPM) run build
	touch $@

$(WEB_DEPS): web/package-lock.json
	@node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' \
		|| { echo 'web: the console is built with Node.js 20.19 or newer: https://nodejs.org' >&2; exit 1; }
	cd web && $(NPM) ci --ignore-scripts --no-audit --no-fund
	touch $@

models: web ## Build and fetch models and runtimes (checked by SHA-256; what is there is kept)
	cargo build --release --locked --package server
	INKMETER_MODELS=$(MODELS) $(INKMETER) --data $(DATA) models fetch

test: test-build test-python test-web ## Run every test, with the Huawei Python SDK and a real browser
	INKMETER_MODELS=$(MODELS) $(INKMETER) --data $(DATA) models fetch
	INKMETER_TEST_ALL=1 INKMETER_TEST_MODELS=$(MODELS) INKMETER_TEST_PYTHON=$(VENV)/bin/python \
		INKMETER_TEST_CHROMIUM=$(CHROMIUM) \
		cargo test --release --locked --workspace

# All targets at once, so that the tests and the server are built with the same features.
test-build: web
	cargo build --release --locked --workspace --all-targets

test-python: $(PYTHON_INSTALLED)

# Where no Chromium is installed, playwright's own is fetched.
test-web: $(WEB_DEPS)
	@test -x "$(CHROMIUM)" || (cd web && npx playwright install chromium) \
		|| { echo 'test: Chromium cannot be fetched; the console is tested in it: apt install chromium fonts-noto-cjk (or CHROMIUM=PATH)' >&2; exit 1; }

# Every test of the console takes its pictures, into target/tmp/pictures and with an eye that is made up. README's are
# taken with the real one.
pictures: models test-web ## Take the pictures of the console that README shows, in a real browser with the real models
	INKMETER_MODELS=$(MODELS) INKMETER_TEST_ALL=1 INKMETER_TEST_PICTURES_BY_MODELS=1 INKMETER_TEST_CHROMIUM=$(CHROMIUM) \
		INKMETER_PICTURES=$(PICTURES_BY_MODELS) cargo test --release --locked --package server --test door -- console::
	for shown in $$(grep -o 'docs/pictures/[a-z-]*[.]png' README.md | sort -u); do \
		cp $(PICTURES_BY_MODELS)/$${shown##*/} $$shown; \
	done

sim: ## Simulate callers, clocks, faults and takeovers on a journal (SEEDS=, JOURNAL=embedded or postgres, FIRST=)
	cargo run --release --locked --package sim -- run --seeds $(SEEDS) --first $(FIRST) --journal $(JOURNAL)

# Without its own pip, a virtual environment can be made where Debian's python3-venv is not installed.
$(PYTHON_INSTALLED): $(PYTHON_PACKAGES)
	$(PYTHON) -m venv --clear --without-pip $(VENV)
	$(PYTHON) -m pip --python $(VENV)/bin/python --disable-pip-version-check --quiet install -r $(PYTHON_PACKAGES)
	touch $@

test-cluster: ## Three nodes on PostgreSQL under Patroni with etcd, through a hundred faults (half an hour; see CLUSTER)
	cargo build --release --locked --workspace --all-targets
	cargo xtask test-cluster $(CLUSTER)

bench: bench-raw bench-charge bench-http bench-bill bench-history bench-ocr ## Run every benchmark; each figure ends in a line RATIO name value target

bench-raw: ## The limit of this disk, the journal's share of it, and PostgreSQL beside them
	cargo xtask bench-raw $(WITHOUT)

bench-charge: ## Durable charges in process and over HTTP, beside the disk's limit, PostgreSQL and a bare server
	cargo xtask bench-charge $(WITHOUT)

bench-http: ## Signed, charged calls over HTTP beside the same server's health endpoint and the disk's sync
	cargo xtask bench-http

bench-bill: ## A month of a million charges closed and exported: time, memory, and every file added up
	cargo build --release --locked --package server
	cargo xtask bench-bill

bench-history: ## What ten million charges weigh, and that nothing gets slower by them (CHARGES=N for fewer)
	cargo build --release --locked --package server
	cargo xtask bench-history $(CHARGES)

bench-nodes: ## What a second and a third node add, each with a quarter of a processor (as root)
	cargo build --release --locked --package server
	cargo xtask bench-nodes

bench-soak: models ## An hour of more calls than can be answered: memory, and who waits how long (MINUTES=N for fewer)
	INKMETER_MODELS=$(MODELS) cargo xtask bench-soak $(MINUTES)

fuzz: ## An hour of damaged files for the decoders of all formats (MINUTES=N for fewer)
	cargo xtask fuzz-decoders $(MINUTES)

bench-ocr: models test-python ## Accuracy and speed of reading, beside RapidOCR and Tesseract (PICTURES=FOLDER with its truth.json)
	INKMETER_MODELS=$(MODELS) cargo xtask bench-ocr $(PICTURES)

fmt: ## Format the sources
	cargo fmt --all

lint: lint-deps lint-web ## Check format, clippy, types, licences and sources
	cargo fmt --all --check
	cargo clippy --release --locked --workspace --all-targets -- -D warnings

lint-web: $(WEB_DEPS)
	cd web && $(NPM) run lint

# Advisories need a database from the network: without it they are skipped, aloud; licences never are.
lint-deps:
	@if ! command -v cargo-deny >/dev/null; then \
		echo 'lint: cargo-deny is not installed, so licences and sources are NOT checked;' \
			'get it with: cargo install --locked cargo-deny' >&2; \
		exit $(if $(CI),1,0); \
	fi; \
	cargo deny --locked check --hide-inclusion-graph licenses bans sources; \
	if cargo deny --locked fetch db >/dev/null 2>&1; then \
		cargo deny --locked check advisories; \
	else \
		echo 'lint: the database of advisories cannot be had, so they are NOT checked' >&2; \
	fi
