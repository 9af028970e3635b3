# make run    everything on this machine: servers, API, projector, worker
# make test   lint, types, import rules and every test
# make test-hours  every test, at each of the hours at which days are easily mistaken
# make bench  measures, as JSON on standard output
# make secrets  passwords for docker-compose.yml: those that are not there yet
#
# Needed: python3 (3.11 or newer) with venv and pip. Nothing is installed outside this folder.

PYTHON ?= python3
# A test waits now and then, for a process it has started: one more of them than there are cores.
WORKERS ?= $(shell $(PYTHON) -c "import os; print(os.cpu_count() + 1)" 2>/dev/null || echo auto)
BIN := .venv/bin
READY := .venv/.ready

export UV_PYTHON_DOWNLOADS := never
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export UV_PROJECT_ENVIRONMENT := .venv
# An environment that happens to be active elsewhere is none of ours.
unexport VIRTUAL_ENV PYTHONHOME PYTHONPATH
# Modules are compiled once, not again in each of the hundreds of processes that the tests start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test tests test-hours compiled lint bench setup secrets clean
.DEFAULT_GOAL := run

run: setup
	@exec $(BIN)/cairn up

# Types are checked while tests wait for what they have started.
test: setup
	@$(MAKE) --no-print-directory -j2 lint tests

tests: compiled
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal

test-hours: setup
	$(BIN)/python -m tests.hours -n $(WORKERS) --dist worksteal $(if $(AT),--at "$(AT)")

# Collecting the tests compiles them, beside the linters, for every process that runs them.
compiled: setup
	@$(BIN)/python -m pytest -q --collect-only >/dev/null 2>&1 || true

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup
	@$(BIN)/cairn bench --json

setup: $(READY)

# An environment whose folder was moved, or whose Python has gone with an upgrade of the system, can
# not be used: it is made anew, like one that is half made.
USABLE := test -x $(BIN)/uv && $(BIN)/pip --version
ifneq ($(shell if { $(USABLE); } >/dev/null 2>&1; then echo usable; fi),usable)
.PHONY: $(READY)
endif

CERTIFICATES := import pip, ssl; paths = ssl.get_default_verify_paths();
CERTIFICATES += old = tuple(map(int, pip.__version__.split(".")[:2])) < (24, 2);
CERTIFICATES += print(paths.cafile or paths.capath or "" if old else "")

# uv lies inside the environment it fills. An account without a home of its own (CI, a system user)
# keeps no downloads. pip trusts the system's certificates by itself from 24.2 on: an older one is
# told where they are, unless somebody has told it already.
$(READY): uv.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo 'Cairn needs Python 3.11 or newer; name one with PYTHON=/path/to/python3' >&2; exit 1; }
	@cache="$${XDG_CACHE_HOME:-$${HOME:+$$HOME/.cache}}"; \
	test -w "$$cache" || { test -n "$$cache" && test ! -e "$$cache" && test -w "$${cache%/*}/"; } \
		|| export UV_NO_CACHE=1 PIP_NO_CACHE_DIR=1; \
	{ $(USABLE); } >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv || exit 1; \
	$(BIN)/python -m pip config get global.cert >/dev/null 2>&1 \
		|| export PIP_CERT="$${PIP_CERT-$$($(BIN)/python -c '$(CERTIFICATES)')}"; \
	$(BIN)/python -m pip install --quiet 'uv>=0.11' \
		&& $(BIN)/uv sync --frozen --quiet --all-extras --python $(BIN)/python
	@touch $(READY)

# Readable to each container's own account through its mount, and to nobody else here: the folder
# is closed. Those that are there are kept: the database knows them. Redis gets its own as a file of
# settings, because a command line is no place for a password.
secrets:
	@missing=; for login in postgres cairn_owner cairn redis scrape; do \
		test -e var/secrets/$$login.password || missing="$$missing $$login"; \
	done; \
	test -n "$$missing" || { echo 'var/secrets is there already' >&2; exit 1; }; \
	mkdir -p var && mkdir -p -m 700 var/secrets && cd var/secrets || exit 1; \
	for login in $$missing; do \
		password=$$($(PYTHON) -c 'import secrets; print(secrets.token_hex(24))') || exit 1; \
		case $$login in \
			postgres|scrape) ;; \
			redis) printf 'redis://:%s@redis:6379/0' "$$password" > redis.url; \
				printf 'requirepass %s\n' "$$password" > redis.conf ;; \
			*) printf 'postgresql://%s:%s@postgres/cairn' $$login "$$password" > $$login.url ;; \
		esac; \
		printf '%s' "$$password" > $$login.password; \
	done; \
	chmod 644 *.password *.url *.conf; \
	echo 'var/secrets has been written; keep a copy of it with your backups'

# The record itself (./var) is not cleaned away: removing it is a decision, not a chore.
clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .schemathesis dist build
