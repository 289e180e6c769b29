# Every target does the set-up that it needs. `make` alone lists them.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV = @sh local/venv.sh '$(PYTHON)'
BIN := .venv/bin
UV := $(BIN)/uv
CDK := node_modules/.bin/cdk
CONTEXT ?= -c cluster=demo
FUZZ_SECONDS ?= 60
export PYTHONDONTWRITEBYTECODE = 1

.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench fuzz synth docs pictures wheel smoke smoke-patterns test-arm64 test-faults test-differential lock clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

setup: .venv/ready .venv-local/ready node_modules/ready ## tools and libraries, all pinned

.venv/ready: requirements/bootstrap.txt requirements/dev.txt pyproject.toml
	$(VENV) .venv
	@echo '1/3 Python libraries (about 600 MB, a minute at the first time; needs PyPI)'
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@$(UV) pip sync -q --require-hashes --python $(BIN)/python requirements/dev.txt
	@$(UV) pip install -q --no-deps --no-build-isolation --python $(BIN)/python -e .
	@touch $@

.venv-local/ready: .venv/ready requirements/local.txt
	$(VENV) .venv-local --without-pip
	@echo '2/3 the emulator (about 60 MB)'
	@$(UV) pip sync -q --require-hashes --python .venv-local/bin/python requirements/local.txt
	@touch $@

node_modules/ready: package-lock.json
	@node -e 'process.exit(Number(process.versions.node.split(".")[0] < 20))' 2>/dev/null || { echo "the deployment and the demo need Node 20 or later; this is $$(node --version 2>/dev/null || echo missing)" >&2; exit 1; }
	@echo '3/3 the CDK command line (about 30 MB; needs the npm registry)'
	@npm ci --silent
	@touch $@

demo: setup ## deploy to an emulator on this machine and watch a sample day being analysed
	@$(BIN)/python -m local.demo

test: check .venv-differential/ready ## the linters, then every test
	$(BIN)/pytest -q -n 2 --dist loadfile

check: setup .venv-policies/ready | build ## ruff, mypy, import-linter, cdk-nag, cfn-lint, parliament
	$(BIN)/ruff format --check -q .
	$(BIN)/ruff check -q .
	$(BIN)/mypy
	$(BIN)/lint-imports >build/lint-imports.txt || (cat build/lint-imports.txt; exit 1)
	$(MAKE) --no-print-directory synth
	$(BIN)/cfn-lint -i W3005 -- build/cdk.out/*.template.json
	rm -rf build/policies
	$(BIN)/python -m infra.policies build/policies
	PYTHONWARNINGS=ignore .venv-policies/bin/parliament --directory build/policies

build:
	mkdir -p $@

wheel: .venv/ready | build ## the command line alone, to be installed with pipx or uv tool
	@$(UV) build --wheel --no-build-isolation -q --python $(BIN)/python -o build/dist
	@ls build/dist/*.whl

bench: setup ## speed, memory and cold starts; writes docs/performance.md
	$(BIN)/python -m benchmarks --date $$(date -u +%F) --docs docs/performance.md

fuzz: .venv-fuzz/ready ## every target for FUZZ_SECONDS (60), guided by coverage
	.venv-fuzz/bin/python -m tests.fuzz --seconds $(FUZZ_SECONDS)

.venv-fuzz/ready: .venv/ready requirements/fuzz.txt
	$(VENV) .venv-fuzz --without-pip
	$(UV) pip sync -q --require-hashes --python .venv-fuzz/bin/python requirements/fuzz.txt
	@touch $@

.venv-policies/ready: .venv/ready requirements/policies.txt
	test -x .venv-policies/bin/python || $(PYTHON) -m venv --without-pip .venv-policies
	$(UV) pip sync -q --require-hashes --python .venv-policies/bin/python requirements/policies.txt
	@touch $@

synth: setup ## the CloudFormation template (CONTEXT='-c cluster=prod'); cdk-nag runs with it
	$(CDK) synth --quiet --output build/cdk.out $(CONTEXT)

docs: setup ## what is generated from the code
	$(BIN)/python -m netpolwatch.reporting.schema > docs/finding.schema.json
	$(BIN)/python -m netpolwatch.ingest.catalogue > docs/inputs.md
	$(BIN)/python -m netpolwatch.reporting.bus > docs/event.schema.json
	mkdir -p build && $(BIN)/python -m netpolwatch.catalogue.rights_files > build/required_rights.py
	$(BIN)/ruff format -q build/required_rights.py && mv build/required_rights.py netpolwatch/catalogue/
	$(BIN)/netpolwatch issues --format markdown > docs/known-issues.md
	$(BIN)/python -m netpolwatch.configuration > docs/configuration.md
	$(BIN)/python -m samples.kept_out > docs/subscription.md
	$(BIN)/python -m infra.inventory > docs/resources.md

pictures: setup ## what an e-mail and a Slack message look like (needs chromium)
	$(BIN)/python -m samples.pictures

smoke-patterns: setup ## CloudWatch Logs tries our patterns (any credentials; makes nothing)
	$(BIN)/python -m smoke.patterns $(if $(filter emulator,$(ACCOUNT)),--emulator)

smoke: setup ## a scratch stack in an account, used and destroyed (ACCOUNT=123456789012, or emulator)
	@test -n "$(ACCOUNT)" || (echo "name the account: make smoke ACCOUNT=123456789012 (or emulator)"; exit 2)
	$(BIN)/python -m smoke $(ACCOUNT)

test-arm64: setup ## the functions' bundle on an emulated Graviton2 (Debian or Ubuntu; a minute)
	sh local/arm64.sh

test-faults: setup ## ten thousand scenarios of faults, and an hour of scanning
	FAULT_SCENARIOS=10000 SCAN_MINUTES=60 $(BIN)/pytest -q -n 2 tests/unit/findings/test_faults.py tests/unit/findings/test_scan.py

test-differential: setup .venv-differential/ready ## ten thousand sets of policies against another evaluator
	DIFFERENTIAL_SCENARIOS=10000 $(BIN)/pytest -q -n 2 tests/differential

.venv-differential/ready: .venv/ready requirements/differential.txt
	$(VENV) .venv-differential --without-pip
	$(UV) pip sync -q --require-hashes --python .venv-differential/bin/python requirements/differential.txt
	@touch $@

lock: .venv/ready ## resolve the libraries anew
	for name in bootstrap runtime dev local fuzz differential policies; do \
	  $(UV) pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
	    --no-emit-index-url --no-emit-find-links requirements/$$name.in -o requirements/$$name.txt || exit 1; \
	done

clean: ## everything that make made
	rm -rf build .venv .venv-local .venv-fuzz .venv-differential .venv-policies node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
