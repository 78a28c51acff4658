# The two commands of the README are `make demo` and `make test`; CONTRIBUTING.md explains the others.
PYTHON ?= python3
RUN = .venv/bin/python
# Nothing outside the checkout is written to, but for the system's folder of temporary files.
export UV_CACHE_DIR = $(CURDIR)/.venv/uv-cache

.PHONY: demo test nightly check coverage ci-executed crash bench pythons pulp gitlab live clean

demo: .venv/demo.stamp
	@$(RUN) examples/demo.py

test: .venv/dev.stamp
	@$(RUN) -m pytest -n 3 --dist worksteal $(ARGS)

nightly: .venv/dev.stamp
	@$(RUN) -m pytest -n 2 --dist worksteal -m nightly $(ARGS)

check: .venv/dev.stamp
	@$(RUN) -m ruff check . && $(RUN) -m ruff format --check . && $(RUN) -m mypy

coverage: .venv/dev.stamp
	@$(RUN) -m coverage erase && $(RUN) -m coverage run -m pytest -q -n 2 --dist worksteal $(ARGS)
	@$(RUN) -m coverage combine -q && $(RUN) -m coverage report --fail-under=95

ci-executed: .venv/dev.stamp
	@$(RUN) -m pytest -q -n 2 --dist worksteal -m "nightly or not nightly" tests/ci -k executed $(ARGS)

crash: .venv/dev.stamp
	@$(RUN) -m tests.crash $(ARGS)

bench: .venv/dev.stamp
	@$(RUN) -m benchmarks $(ARGS)

pythons: .venv/dev.stamp
	@$(RUN) scripts/pythons.py $(ARGS)

pulp: .venv/dev.stamp
	@$(RUN) -m tests.pulp $(ARGS)

gitlab: .venv/dev.stamp
	@$(RUN) -m tests.ci.gitlab_local

live: .venv/dev.stamp
	@$(RUN) -m pytest -q tests/live $(ARGS)

clean:
	rm -rf .venv .demo

.venv/demo.stamp: pyproject.toml scripts/bootstrap.py
	@$(PYTHON) scripts/bootstrap.py demo

.venv/dev.stamp: pyproject.toml scripts/bootstrap.py
	@$(PYTHON) scripts/bootstrap.py dev
