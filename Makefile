# The commands of the project, for developers and for CI. `make` without a target lists them.
PORT ?= 8000
python := .venv/bin/python
manage := $(python) manage.py
production := DJANGO_ALLOWED_HOSTS=inkpool.example \
	DJANGO_SECRET_KEY=$$($(python) -c 'import secrets; print(secrets.token_urlsafe(60))')
compile := uv pip compile --quiet --universal --no-strip-extras --python-version 3.11 --generate-hashes --no-header --no-emit-index-url

.DEFAULT_GOAL := help
.PHONY: help run stack bench test lint types checks suite suite-site suite-browser suite-stack soak parity matrix format messages lock clean install-run install-stack install-test

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 18

run: install-run ## start the site on SQLite, with demo articles; it needs no server
	@$(manage) migrate --verbosity 0
	@$(manage) seed_demo
	@port=$$($(python) -m deploy.ports $(PORT)) && echo "Inkpool: http://127.0.0.1:$$port/ (Ctrl-C ends it)" && \
	exec $(manage) runserver "127.0.0.1:$$port"

stack: install-stack ## start the site as in production, on a private, temporary MariaDB and Redis, with granian
	@exec $(python) -m deploy.stack $(PORT)

bench: install-stack install-bench ## measure this site beside the Flask stack of the notes: ONLY=pool,sessions,pages,caches,markdown ROUNDS=15
	@exec $(python) -m benchmarks $(if $(ONLY),--only $(ONLY)) $(if $(ROUNDS),--rounds $(ROUNDS))

test: install-test ## lint, types, checks, and the tests on SQLite and on MariaDB + Redis
	@$(MAKE) --no-print-directory --jobs=1 lint types checks suite

lint: install-test ## check format and style of code and templates
	$(python) -m ruff format --check .
	$(python) -m ruff check .
	$(python) -m djlint --quiet --lint templates

types: install-test ## check types with mypy
	DJANGO_SECRET_KEY=types-only $(python) -m mypy .

checks: install-test ## Django's system checks for production and on MariaDB, and a check for missing migrations
	$(manage) makemigrations --check --dry-run
	$(production) $(manage) collectstatic --noinput --verbosity 0
	$(production) $(manage) check --deploy --fail-level WARNING
	$(python) -m tests.services $(manage) check --database default

suite: install-test ## all tests on SQLite, and those that run in one process on MariaDB + Redis; two runs at a time
	@$(MAKE) --no-print-directory --jobs=2 suite-browser suite-site suite-stack

# Each line of output names its run: a pipe needs pipefail, or a failing run would pass.
suite-browser suite-site suite-stack: SHELL := /bin/bash -o pipefail

suite-browser: # pages in Chromium
	$(python) -m pytest -m "browser and not soak" | sed -u 's/^/browser | /'

suite-site: # all other tests, on SQLite unless a test starts a database of its own
	$(python) -m pytest -m "not browser and not soak and not parity" | sed -u 's/^/site    | /'

suite-stack: # the tests that run in one process, on MariaDB + Redis
	$(python) -m tests.services $(python) -m pytest --uses-servers \
		-m "not http and not doors and not browser and not soak and not parity" | sed -u 's/^/stack   | /'

soak: install-test ## the tests that take minutes: faults, kills and restarts under load; on SQLite and on MariaDB + Redis
	$(python) -m pytest -m soak
	$(python) -m tests.services $(python) -m pytest -m "soak and not http and not doors and not browser"

parity: install-test install-bench install-script ## run the programs of the notes on the real Flask packages and compare them with this site
	$(python) -m tests.services $(python) -m pytest -m parity tests/parity

matrix: install-test ## the tests on other servers, Python and Django versions, and Django's own tests; ONLY=mysql: some rows
	@exec $(python) -m tests.matrix $(ONLY)

screenshots: install-test ## write pictures of every page, in both themes and languages, to screenshots/
	$(production) $(manage) collectstatic --noinput --verbosity 0
	$(python) -m tests.browser.screenshots

format: install-test ## format the code
	$(python) -m ruff format .
	$(python) -m ruff check --fix .

messages: install-test ## collect new strings for translation and compile the catalogue
	$(manage) makemessages --locale zh_Hans --no-location --no-wrap --ignore ".venv*" --ignore .run --ignore tests --ignore staticfiles
	$(manage) compilemessages --ignore ".venv*" --ignore .run

lock: ## write the locks from requirements/*.in; needs uv
	cd requirements && $(compile) embedded.in -o embedded.txt
	cd requirements && $(compile) runtime.in -o ../requirements.txt
	cd requirements && $(compile) s3.in -o s3.txt
	cd requirements && $(compile) test.in -o test.txt
	cd requirements && $(compile) flask.in -o flask.txt
	cd requirements && $(compile) flask-script.in -o flask-script.txt

clean: ## remove environments, caches and collected files, but not your data
	rm -rf .venv .venv-flask .venv-flask-script .run .mypy_cache .ruff_cache .pytest_cache .hypothesis staticfiles screenshots

install-run install-stack install-test install-bench install-script: install-%:
	@PYTHON="$(PYTHON)" requirements/install.sh $*
