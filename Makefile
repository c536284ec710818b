# The scripts are the interface; these are their names for people whose fingers type make.
.PHONY: setup demo test check bench format

setup: ; scripts/setup --dev
demo: ; scripts/demo
test: ; scripts/test
check: ; scripts/check
bench: ; scripts/bench
format: ; scripts/setup --dev --quiet && .venv/bin/ruff format . && .venv/bin/ruff check --fix .
