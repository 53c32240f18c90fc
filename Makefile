# painwatch: `make demo` shows it, `make test` proves it. Needs GNU make and Python 3.11 or 3.12 with its venv module.

PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3,$(shell command -v $(name))))
CONFIG ?= config.yaml
VENV := .venv
BIN := $(VENV)/bin
UV ?= $(BIN)/uv
# More for `make lock`, such as --find-links FOLDER.
LOCK_FLAGS ?=

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# One thread of arithmetic in each process; see docs/decisions.
export OMP_NUM_THREADS := 1

.PHONY: bench chaos faults soak demo install test test-watches test-rooms test-others check audit lock docs pictures clean
.DELETE_ON_ERROR:

demo: $(VENV)/.live-installed
	$(BIN)/painwatch virtual warm
	$(BIN)/painwatch run --config $(CONFIG)

install: $(VENV)/.live-installed

# Whole watches and real servers mostly wait, while the rooms by themselves and Grafana's rules keep a core busy: two parts
# go at once, the longest first.
ROOMS := tests/unit tests/contract
REPLAYED := $(wildcard tests/integration/test_grafana_*.py tests/integration/test_benchmarks.py)
WATCHES := $(filter-out $(REPLAYED),$(wildcard tests/integration/test_*.py))
OTHERS := $(filter-out $(ROOMS) tests/integration %__pycache__,$(patsubst %/,%,$(wildcard tests/*/)))

test: check
	@$(MAKE) --no-print-directory --keep-going --jobs=2 test-watches test-rooms test-others

test-watches: $(VENV)/.dev-installed
	$(BIN)/python -m pytest $(WATCHES) $(PYTEST_FLAGS)

test-rooms: $(VENV)/.dev-installed
	$(BIN)/python -m pytest $(ROOMS) $(PYTEST_FLAGS)

test-others: $(VENV)/.dev-installed
	$(BIN)/python -m pytest $(REPLAYED) $(OTHERS) $(PYTEST_FLAGS)

check: $(VENV)/.dev-installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Needs a network; says so, and passes, where no list of vulnerabilities can be reached.
audit: $(VENV)/.dev-installed
	$(BIN)/python .ci/audit.py requirements.lock

# How fast it is beside what one would write otherwise, in less than a quarter of an hour on two cores; docs/speed.md.
bench: $(VENV)/.dev-installed
	PYTHONPATH=tests $(BIN)/python -W ignore -m benchmarks $(BENCH_FLAGS)

# Hostile inputs of every kind, for ten minutes unless the flags say otherwise.
fuzz: $(VENV)/.dev-installed
	PYTHONPATH=tests $(BIN)/python tests/endurance/fuzz.py $(FUZZ_FLAGS)

# Longer than a test may take: half an hour and an hour unless the flags say otherwise.
chaos: $(VENV)/.dev-installed
	PYTHONPATH=tests $(BIN)/python tests/endurance/chaos.py $(CHAOS_FLAGS)

# Some 20 minutes: what each fault raises, and after how long.
faults: $(VENV)/.dev-installed
	PYTHONPATH=tests $(BIN)/python tests/endurance/faults_table.py $(FAULTS_FLAGS)

# Half an hour: thirty simulated cage-days through painwatch's alarms and Grafana's.
grafana-equivalence: $(VENV)/.dev-installed
	PYTHONPATH=tests $(BIN)/python tests/endurance/grafana_equivalence.py $(EQUIVALENCE_FLAGS)

soak: $(VENV)/.dev-installed
	PYTHONPATH=tests $(BIN)/python tests/endurance/soak.py $(SOAK_FLAGS)

$(VENV)/.made:
	@$(if $(PYTHON),,echo "There is no Python here: install Python 3.11 or 3.12, or name one: make PYTHON=/path/to/python3.11"; exit 1;) \
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' || { \
		echo "$(PYTHON) is $$($(PYTHON) --version 2>&1); painwatch needs 3.11 or 3.12."; \
		echo "Name one: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make virtual environments; on Debian: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

# The stamps come last, so that an installation that broke off is taken up again. With everything installed, nothing is
# fetched: the package is built by the pinned builder that stands in the lock beside all else.
$(VENV)/.live-installed: requirements.lock pyproject.toml | $(VENV)/.made
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev-installed: requirements-dev.lock pyproject.toml | $(VENV)/.made
	$(BIN)/python -m pip install --quiet -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# torch stands in the development lock without its build (+cpu) and without what its CUDA build brings along, so that
# the build at hand fits: the registry's, or a smaller one that pip is pointed to.
COMPILE = $(UV) pip compile pyproject.toml --quiet \
	--python-version 3.11 --python-platform x86_64-unknown-linux-gnu \
	--custom-compile-command "make lock" --upgrade $(LOCK_FLAGS)

lock: $(VENV)/.dev-installed
	$(COMPILE) --extra build --generate-hashes --output-file requirements.lock
	$(COMPILE) --all-extras --no-annotate --constraint requirements.lock --output-file requirements-dev.lock
	sed -i -E 's/^(torch(vision)?==[0-9.]+)\+[a-z0-9.]+/\1/; /^(nvidia-|triton==|cuda-)/d' requirements-dev.lock

docs: $(VENV)/.dev-installed
	$(BIN)/python -m painwatch.config.reference > docs/configuration.md
	$(BIN)/python docs/licences.py > docs/licences.md
	$(BIN)/python -m painwatch.unit_files systemd
	$(BIN)/python -m painwatch.sinks.tables docs/influxdb.md
	$(BIN)/python -m painwatch.grafana.dashboards.files dashboards

# Needs influxd and nginx, as the tests do.
pictures: $(VENV)/.dev-installed
	PYTHONPATH=tests $(BIN)/python tests/pictures/grafana_pictures.py docs/pictures

clean:
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find daemon engines tests docs -name __pycache__ -type d -prune -exec rm -rf {} +
