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
# What bench-ocr reads; the pictures of the tests, if not given.
PICTURES ?=

# Where models and runtimes are: INKMETER_MODELS of the environment, or in the data folder.
MODELS   := $(abspath $(or $(INKMETER_MODELS),$(DATA)/models))
TARGET   := $(abspath $(or $(CARGO_TARGET_DIR),target))
INKMETER := $(TARGET)/release/inkmeter
VENV     := $(TARGET)/venv

# The stock client the tests read pictures with, and the mail server and SMS gateway they send notices to.
SDK_VERSION      := 3.1.219
AIOSMTPD_VERSION := 1.4.6
SMPP34_VERSION   := 1.5.0
SDK              := $(VENV)/huaweicloudsdk-$(SDK_VERSION)-aiosmtpd-$(AIOSMTPD_VERSION)-smpp34-$(SMPP34_VERSION)

.PHONY: help run demo models test test-build test-python bench bench-raw bench-charge bench-bill bench-ocr fmt lint lint-deps

help: ## List the targets
	@echo 'make TARGET [LISTEN=$(LISTEN)] [DATA=$(DATA)]'
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: models ## Build, fetch the models, serve at LISTEN with the data in DATA
	exec env INKMETER_MODELS=$(MODELS) $(INKMETER) serve --data $(DATA) --listen $(LISTEN)

demo: models ## Play an account's way into arrears and out again, with real pictures (some seconds)
	INKMETER_MODELS=$(MODELS) $(INKMETER) demo

models: ## Build and fetch models and runtimes (checked by SHA-256; what is there is kept)
	cargo build --release --locked --package server
	INKMETER_MODELS=$(MODELS) $(INKMETER) --data $(DATA) models fetch

test: test-build test-python ## Run every test, against the release binary and the Huawei Python SDK
	INKMETER_MODELS=$(MODELS) $(INKMETER) --data $(DATA) models fetch
	INKMETER_TEST_MODELS=$(MODELS) INKMETER_TEST_PYTHON=$(VENV)/bin/python \
		cargo test --release --locked --workspace

# All targets at once, so that the tests and the server are built with the same features.
test-build:
	cargo build --release --locked --workspace --all-targets

test-python: $(SDK)

# Without its own pip, a virtual environment can be made where Debian's python3-venv is not installed.
$(SDK):
	$(PYTHON) -m venv --clear --without-pip $(VENV)
	$(PYTHON) -m pip --python $(VENV)/bin/python --disable-pip-version-check --quiet install \
		huaweicloudsdkcore==$(SDK_VERSION) huaweicloudsdkocr==$(SDK_VERSION) \
		aiosmtpd==$(AIOSMTPD_VERSION) smpp34==$(SMPP34_VERSION)
	touch $@

bench: bench-raw bench-charge bench-bill bench-ocr ## Run every benchmark; each figure ends in a line RATIO name value target

bench-raw: ## The limit of this disk, the journal's share of it, and PostgreSQL beside them
	cargo xtask bench-raw

bench-charge: ## Durable charges in process and over HTTP, beside the disk's limit, PostgreSQL and a bare server
	cargo xtask bench-charge

bench-bill: ## A month of a million charges closed and exported: time, memory, and every file added up
	cargo build --release --locked --package server
	cargo xtask bench-bill

bench-ocr: models ## Accuracy and speed of reading, beside RapidOCR (PICTURES=FOLDER with its truth.json)
	INKMETER_MODELS=$(MODELS) cargo xtask bench-ocr $(PICTURES)

fmt: ## Format the sources
	cargo fmt --all

lint: lint-deps ## Check format, clippy, licences and sources
	cargo fmt --all --check
	cargo clippy --release --locked --workspace --all-targets -- -D warnings

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
