# The only entrance. `make` alone lists what there is.

VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check -qq
BASE   := $(VENV)/base.stamp
DEV    := $(VENV)/dev.stamp
PYTEST := $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help run test check bench storm docs docs-check setup lock clean

help:            ## list the targets
	@sed -n 's/^\([a-z-]*\): .*## /\1|/p' Makefile | awk -F'|' '{ printf "make %-11s %s\n", $$1, $$2 }'

run: $(BASE)     ## install, then rehearse the example service from plan to certificate
	@$(BIN)/tallystick rehearse examples/wallet.toml

test: $(DEV)     ## install, then run every test that takes less than a few seconds
	@$(PYTEST)

check: $(DEV)    ## style, types, import contracts and the rules of the house
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(PYTEST) tests/house

bench: $(DEV)    ## payments beside the bare cryptographic cost, ledger, decisions, planning, payment cryptography
	@$(BIN)/python benchmarks/payments.py
	@$(BIN)/python benchmarks/ledger.py
	@$(BIN)/python benchmarks/shards.py
	@$(BIN)/python benchmarks/postgres.py
	@$(BIN)/python benchmarks/decisions.py
	@$(BIN)/python benchmarks/planning.py
	@$(BIN)/python benchmarks/payment_crypto.py

storm: $(DEV)    ## faults at length: power cuts, kills, simulation (MINUTES=5 of it)
	@TALLYSTICK_TESTS=storm MINUTES=$(MINUTES) $(PYTEST) -m '' -s tests/storm \
		tests/properties/test_ledger.py tests/properties/test_service_machine.py tests/attacks/test_broken_rooms.py

docs: $(DEV)     ## write the generated pages anew
	@$(BIN)/python -m tools.docs write

docs-check: $(DEV) ## fail if a generated page is out of step with the code
	@$(BIN)/python -m tools.docs check

setup: $(DEV)    ## create .venv with everything that the tests need
	@echo "ready: $(BIN)/tallystick, $(BIN)/pytest"

lock: $(DEV)     ## resolve the dependencies anew (asks the configured package index)
	@sh tools/lock.sh $(BIN)/uv

clean:           ## remove what runs leave behind; .venv stays
	@rm -rf var dist site .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find src tests tools -name __pycache__ -type d -prune -exec rm -rf {} +

# Installing is done once per lock: the stamps are younger than the files that they were made from.

$(BIN)/python:
	@sh tools/venv.sh $(VENV)

$(BASE): requirements/base.txt requirements/build.txt pyproject.toml | $(BIN)/python
	@echo "installing tallystick from requirements/base.txt, once, about a minute ..."
	@$(PIP) install --require-hashes -r requirements/build.txt -r requirements/base.txt
	@$(PIP) install --no-build-isolation --no-deps -e .
	@touch $@

$(DEV): $(BASE) requirements/dev.txt
	@echo "installing what the tests need from requirements/dev.txt, once, about a minute ..."
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@
