# `make` lists the targets. Each of them works on a fresh clone.

PROGRAM = .build/release/player-sessions

# The flags that `make run` passes to `serve`, as in: make run ARGS='--listen 0.0.0.0:8080'
ARGS =

# Where `make install` puts the program; DESTDIR comes before it, as packagers expect.
PREFIX = /usr/local
INSTALLED = $(DESTDIR)$(PREFIX)/bin/player-sessions

# How long `make fuzz` runs: seconds for each fuzzer and for the random histories of each store,
# rounds for the kills, the power losses and the cluster faults.
FUZZ_SECONDS = 60
HISTORY_SECONDS = 120
CRASH_ROUNDS = 50
POWER_LOSS_ROUNDS = 50
FAULT_ROUNDS = 50

.DEFAULT_GOAL = help
.PHONY: help run run-cassandra build install uninstall test test-embedded bench fuzz cassandra cassandra-stop deps format clean swift

help: ## lists the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## builds the service and runs it on 127.0.0.1:5000; ARGS passes it more flags
	exec $(PROGRAM) serve $(ARGS)

build: swift ## builds .build/release/player-sessions
	@scripts/install-packages build
	scripts/build

# Builds nothing, because it may run as root: what root has built, nobody else can build again.
install: ## installs what `make build` built, by default in /usr/local; PREFIX changes that
	@test -x $(PROGRAM) || { echo "nothing to install: run 'make build' first, as yourself" >&2; exit 1; }
	@install -D -m 755 $(PROGRAM) "$(INSTALLED)" && echo "installed $(INSTALLED)"

uninstall: ## removes what `make install` with the same PREFIX installed, but no data
	rm -f "$(INSTALLED)"

test: swift ## runs every check and test, as CI does
	@scripts/install-packages build test cassandra
	@cassandra/nodes jars >/dev/null 2>&1 || scripts/install-packages maven
	scripts/check

test-embedded: swift ## runs every check and test that does not need Cassandra
	@scripts/install-packages build test
	scripts/check embedded

bench: build ## measures the service on this machine
	@scripts/install-packages bench cassandra
	@cassandra/nodes jars >/dev/null 2>&1 || scripts/install-packages maven
	bench/run

fuzz: swift ## runs all fuzzers, random histories, crashes, power losses and cluster faults at length
	@scripts/install-packages build test cassandra
	@cassandra/nodes jars >/dev/null 2>&1 || scripts/install-packages maven
	FUZZ_SECONDS=$(FUZZ_SECONDS) HISTORY_SECONDS=$(HISTORY_SECONDS) CRASH_ROUNDS=$(CRASH_ROUNDS) \
	    POWER_LOSS_ROUNDS=$(POWER_LOSS_ROUNDS) FAULT_ROUNDS=$(FAULT_ROUNDS) scripts/fuzz

cassandra: ## starts an Apache Cassandra node on 127.0.0.1:9042 with its data in ./cassandra-data
	@scripts/install-packages cassandra
	@cassandra/nodes jars >/dev/null 2>&1 || scripts/install-packages maven
	cassandra/nodes start --dir cassandra-data

run-cassandra: build ## builds the service and runs it on the node of `make cassandra`; ARGS passes it more flags
	exec $(PROGRAM) serve --store 'cassandra://127.0.0.1/players?replication=1' $(ARGS)

cassandra-stop: ## stops the node of `make cassandra`
	cassandra/nodes stop --dir cassandra-data

deps: ## installs the packages that the other targets need, if they are missing
	@scripts/install-packages build test bench cassandra
	@cassandra/nodes jars >/dev/null 2>&1 || scripts/install-packages maven

format: swift ## formats the Swift files
	swift format --in-place --parallel --recursive Package.swift Sources Tests

clean: ## removes what was built, but no data
	rm -rf .build

swift:
	@command -v swift >/dev/null || \
	    { echo "swift is missing: install Swift 6.3 from https://www.swift.org/install/linux/ first" >&2; exit 1; }
