# The few verbs. `make run` and `make test` are all a newcomer needs.
SHELL := /bin/bash
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# every process compiles the modules it loads anew where it may not keep what it compiled: a sixth of what `kofu up` takes
unexport PYTHONDONTWRITEBYTECODE
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PEOPLE ?= 400

.DEFAULT_GOAL := help
.PHONY: help run test check check-slow bench bench-quick mutants mutants-played proof proof-ledger proof-topology docs pictures evidence clean

help: ## show these verbs
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 16

$(VENV)/.python:
	@command -v $(PYTHON) >/dev/null \
	  || { echo "there is no $(PYTHON); install Python 3.11 or later, or name one by: make PYTHON=python3.12 run"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "kofu needs Python 3.11 or later; name one by: make PYTHON=python3.12 run"; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
	  || { echo "could not make $(VENV); on Debian: apt-get install python3-venv"; exit 1; }
	@touch $@

$(VENV)/.run: requirements.lock pyproject.toml | $(VENV)/.python
	@echo "installing the packages of requirements.lock"
	@$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements.lock
	@# setuptools is pinned in the lock file too: building kofu fetches nothing else
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@echo "installing the packages of requirements-dev.lock"
	@$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

run: $(VENV)/.run ## prepare and start everything over TLS, stay until Ctrl-C (PEOPLE=400)
	@$(BIN)/kofu up --people $(PEOPLE)

test: $(VENV)/.dev ## run every test on the real PostgreSQL, PDF reader and browser
	@scripts/install-test-tools
	@$(BIN)/kofu font >/dev/null || echo "tests that need the font will fail without it"
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

check: $(VENV)/.dev ## lint, format, types, layers, known weaknesses of packages (where a snapshot lies here)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/advisories.py check

$(VENV)/.slow: requirements-slow.lock $(VENV)/.dev
	@$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements-slow.lock
	@touch $@

check-slow: $(VENV)/.slow ## the tests without a browser once more, a year ahead at 00:30 in Japan
	@scripts/install-test-tools
	KOFU_EXAMPLES=explore scripts/with-clock-ahead $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder --ignore tests/browser
	$(BIN)/python -m bench.gate

bench: $(VENV)/.dev ## measure for a quarter of an hour, print ratios, write bench/results/*.json
	$(BIN)/python -m bench.run

bench-quick: $(VENV)/.dev ## does every measurement work? Two to three minutes, keeps no figures
	$(BIN)/python -m bench.run --quick

mutants: $(VENV)/.dev ## plant each known bug in a copy of the tree: the test named for it must fail
	$(BIN)/python -m tests.mutants.run --json bench/results/mutants.json

mutants-played: $(VENV)/.dev ## let the simulation find the bugs that name a rule of its judge
	$(BIN)/python -m tests.mutants.run --played --json bench/results/played_mutants.json

CERTIFICATES ?= 1000000
MINUTES ?= 15
WARD_PEOPLE ?= 60
VISITS ?= 1500

PAYMENTS ?= 1000000
LEDGER_MINUTES ?= 60

proof: $(VENV)/.dev ## play kiosks and the ledger under faults, write docs/proof.md (CERTIFICATES=1000000 MINUTES=15 PAYMENTS=1000000)
	$(BIN)/python -m bench.proof --certificates $(CERTIFICATES) --minutes $(MINUTES) --people $(WARD_PEOPLE) --visits $(VISITS)
	$(MAKE) proof-ledger

proof-ledger: $(VENV)/.dev ## of that the ledger alone (PAYMENTS=1000000 LEDGER_MINUTES=60)
	$(BIN)/python -m bench.ledger_proof --payments $(PAYMENTS) --minutes $(LEDGER_MINUTES)

TOPOLOGY_MINUTES ?= 10

proof-topology: $(VENV)/.dev ## kill, cut and replace real processes while they serve, write docs/proof-topology.md (TOPOLOGY_MINUTES=10)
	@scripts/install-test-tools
	$(BIN)/python -m bench.topology --minutes $(TOPOLOGY_MINUTES)

docs: $(VENV)/.run ## write docs/contracts, the diagrams of life cycles and the list of parts (SBOM)
	$(BIN)/python -m kofu.contracts.publish docs/contracts
	$(BIN)/python -m kofu.cli.across_systems.life_cycles docs
	$(BIN)/python scripts/draw_diagrams.py docs
	$(BIN)/python -m kofu.evidence.document docs
	$(BIN)/python scripts/make_sbom.py docs/sbom.cdx.json

pictures: $(VENV)/.dev ## take every picture of the docs anew, from what runs now; look at them before you keep them
	@scripts/install-test-tools
	$(BIN)/python -m tests.docs.take_pictures
	KOFU_UPDATE_PICTURES=1 $(BIN)/python -m pytest -q tests/browser/test_kiosk_path.py tests/browser/test_kiosk_look.py tests/browser/test_kiosk_erasure.py

evidence: $(VENV)/.run ## bring a demonstration up, look at every promise of the assessment, write docs/evidence.pdf and .json
	$(BIN)/python -m kofu.cli.up.demonstrated docs

clean: ## remove the environment and everything made at run time
	@if [ -e var/up.lock ]; then flock --nonblock var/up.lock true || { echo "kofu up is running on var/; end it first"; exit 1; }; fi
	rm -rf $(VENV) var build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache tests/artefacts src/*.egg-info
