# The words of this project. Everything is installed into .venv, from pinned and hashed packages.
#
#   make demo    plan, apply, drift on the embedded sandbox: needs no account
#   make unit    lint, types and the pure tests, in seconds: while you work
#   make test    all checks, as CI runs them
#   make nightly the tests that take minutes: runs of a thousand agents that are killed
#   make check   the quick ones: lint, types, layers, workflows
#   make fmt     format the code
#   make docs    generate schemas, the table of fields and the page of rules
#   make bench   measure against yardsticks, in turn: some minutes, best on a quiet machine
#   make goldens rewrite the expected reports: look at the diff before you commit it
#   make wheel   build the wheel; make test-wheel runs the tests on it, with any PYTHON
#   make pin     choose the newest packages and pin them

# The first Python of 3.11 or newer that is found, unless one is named: make PYTHON=... demo
PYTHON ?=
# The tests start Python a thousand times: what is compiled is kept, whatever the environment says.
unexport PYTHONDONTWRITEBYTECODE
BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

.PHONY: demo unit test collect nightly bench programs goldens check fmt types lint layers workflows docs pin wheel test-wheel clean

demo: .venv/ready
	@$(BIN)/reconciler demo

# No command line, socket, process, browser or CI, and few examples: tests/purity.py marks them.
unit: lint types
	$(BIN)/python -m pytest -m unit --hypothesis-profile unit --maxfail 3 -p no:logging -p no:anyio -p no:xdist \
		-p no:cacheprovider -o faulthandler_timeout=0

test:
	@$(MAKE) --no-print-directory -j 3 programs check collect
	$(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder

# Each worker would compile all tests again, at the same time.
collect: .venv/ready-dev
	@$(BIN)/python -m pytest --collect-only -qq >/dev/null

nightly: .venv/ready-dev .venv/azurite .venv/seaweed
	$(BIN)/python -m pytest -m nightly -o faulthandler_timeout=0

# octoDNS, a peer, is installed apart: its packages are none of ours.
bench: .venv/ready .venv/octodns
	OCTODNS=$(CURDIR)/.venv/octodns/bin $(BIN)/python bench/run.py $(BENCH)

.venv/octodns:
	$(BIN)/python -m venv $@
	$@/bin/python -m pip --quiet --disable-pip-version-check install --require-hashes -r bench/requirements.txt

# A browser, zsh and fish: what the tests start and Python does not bring.
programs:
	@sh .ci/programs

# Stores for the nightly tests: SeaweedFS, 150 MB, and an Azure store, 360 MB.
.venv/seaweed: .venv/python .ci/requirements-nightly.txt
	$(BIN)/python -m venv $@
	$@/bin/python -m pip --quiet --disable-pip-version-check install --require-hashes -r .ci/requirements-nightly.txt

.venv/azurite: .venv/python
	npm install --silent --no-audit --no-fund --no-package-lock --prefix .venv/azurite azurite@3.37.0
	@touch $@

goldens: .venv/ready-dev
	UPDATE_GOLDENS=1 $(BIN)/python -m pytest -q tests/test_goldens.py

check: lint types layers workflows

lint: .venv/ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/ready-dev
	$(BIN)/mypy

layers: .venv/ready-dev
	$(BIN)/lint-imports --no-logo

workflows: .venv/ready-dev
	$(BIN)/python -m tests.ci.linters

fmt: .venv/ready-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: .venv/ready
	$(BIN)/reconciler schema agent --api v1 > schemas/agent.v1.json
	$(BIN)/reconciler schema agent --api v2 > schemas/agent.v2.json
	$(BIN)/reconciler schema project > schemas/project.json
	$(BIN)/reconciler schema fleet > schemas/fleet.json
	$(BIN)/reconciler schema plan > schemas/plan.json
	$(BIN)/reconciler schema plans > schemas/plans.json
	$(BIN)/reconciler schema drift > schemas/drift.json
	$(BIN)/reconciler schema apply > schemas/apply.json
	$(BIN)/reconciler schema history > schemas/history.json
	$(BIN)/reconciler schema blame > schemas/blame.json
	$(BIN)/reconciler schema pull > schemas/pull.json
	$(BIN)/reconciler schema import > schemas/import.json
	$(BIN)/reconciler schema convert > schemas/convert.json
	$(BIN)/reconciler schema flow > schemas/flow.json
	$(BIN)/reconciler schema walk > schemas/walk.json
	$(BIN)/reconciler schema doctor > schemas/doctor.json
	$(BIN)/reconciler schema service > schemas/service.json
	$(BIN)/reconciler schema pages > schemas/pages.json
	$(BIN)/reconciler schema problems > schemas/problems.json
	$(BIN)/python docs/derived.py docs/fields.md docs/lint.md

pin: .venv/ready-dev
	cd .ci && ../$(BIN)/pip-compile $(PIN) --output-file requirements.txt ../pyproject.toml build.in
	cd .ci && ../$(BIN)/pip-compile $(PIN) --output-file requirements-server.txt server.in
	cd .ci && ../$(BIN)/pip-compile $(PIN) --output-file requirements-service.txt service.in
	cd .ci && ../$(BIN)/pip-compile $(PIN) --output-file requirements-dev.txt dev.in
	cd .ci && ../$(BIN)/pip-compile $(PIN) --output-file requirements-nightly.txt nightly.in

PIN := --quiet --upgrade --generate-hashes --allow-unsafe --strip-extras --no-header \
	--no-annotate --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options

.venv/python:
	@python=$$(sh .ci/find-python $(PYTHON)) && "$$python" -m venv .venv
	@touch $@

.venv/ready: .venv/python .ci/requirements.txt .ci/requirements-server.txt pyproject.toml
	$(PIP) install --require-hashes -r .ci/requirements.txt -r .ci/requirements-server.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/ready-dev: .venv/ready .ci/requirements-service.txt .ci/requirements-dev.txt
	$(PIP) install --no-compile --require-hashes -r .ci/requirements-service.txt -r .ci/requirements-dev.txt
	@touch $@

wheel: .venv/ready-dev
	rm -rf dist
	$(BIN)/python -m build --no-isolation --wheel --outdir dist

# The package that is tested is the installed one: the checkout comes last on the path.
test-wheel: programs
	rm -rf .venv-wheel
	@python=$$(sh .ci/find-python $(PYTHON)) && "$$python" -m venv .venv-wheel
	.venv-wheel/bin/python -m pip install --quiet --require-hashes -r .ci/requirements.txt -r .ci/requirements-server.txt
	.venv-wheel/bin/python -m pip install --quiet --require-hashes -r .ci/requirements-service.txt -r .ci/requirements-dev.txt
	.venv-wheel/bin/python -m pip install --quiet --no-deps dist/*.whl
	.venv-wheel/bin/pytest --import-mode=append -n 2 --dist loadfile --no-loadscope-reorder tests

clean:
	rm -rf .venv .venv-wheel build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
