# The commands. Each target says in one line what it does after "##"; `make help` prints them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.PHONY: help setup build demo test test-full bench format lint fuzz clean

FUZZ_SECONDS ?= 60
export FUZZ_SECONDS

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: ## Install the Debian packages of apt-packages.txt that are missing
	@scripts/setup.sh

build: setup ## Build the program, optimised: build/release/bin/osprey
	@scripts/build.sh release --target osprey

demo: build ## Start a market on this machine and the daemon on it (arguments: DEMO_ARGS="--chains 3")
	@build/release/bin/osprey demo $(DEMO_ARGS)

test: setup ## Run all tests, then the fast ones again under the address and undefined-behaviour sanitizers
	@scripts/test.sh

test-full: setup ## Run all tests in release, under address and undefined-behaviour, and under thread sanitizers
	@scripts/test.sh --full

bench: setup ## Run the benchmarks (arguments: BENCH_ARGS="--benchmark_filter=...")
	@scripts/build.sh release --target osprey_bench
	@build/release/bin/osprey_bench $(BENCH_ARGS)

format: setup ## Format the C++ sources in place
	@scripts/format.sh

lint: build ## Check the format and run clang-tidy on src; unchanged files are remembered
	@scripts/lint.sh

fuzz: setup ## Run every fuzz target for FUZZ_SECONDS (60) from the committed corpus
	@scripts/fuzz.sh

clean: ## Remove everything built
	@rm -rf build
