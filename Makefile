# make run            set up, run the day, show the result, serve until Ctrl-C (ONCE=1: end after the report)
# make test           set up, run the tests (DATABASE=both: every test on both kinds of database)
# make local          set up, get what a translation model on this machine needs
# make lint           set up, check style, types and layers

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: setup local run test replay torture hosts bounce-report translation-report catalogues bench bench-search bench-site bench-compose lint format lock clean

setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Chenbao needs Python 3.11 or newer; this is %s. Say which: make PYTHON=python3.11" % sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# What translating on this machine needs beyond that, 220 MB; its tests are skipped without
local: setup
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements-local.lock

run: setup
	$(BIN)/newsletter up --first-reader $(if $(ONCE),--once)

# The processes that tests start read what the first one compiled, also where the environment would have nothing written
test: setup
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n 4 --dist worksteal $(if $(DATABASE),--database $(DATABASE)) $(ARGS)

# Live through recorded days again: make replay DATA=DIR [FROM=D TO=D], a folder with arxiv-cs-daily/YYYY-MM-DD.jsonl.xz
replay: setup
	@$(BIN)/python -m tests.replay $(DATA) $(if $(FROM),--from $(FROM)) $(if $(TO),--to $(TO))

# Compare the reading of labelled bounces with their labels: make bounce-report DATA=DIR, a folder with labels.jsonl and mails/
bounce-report: setup
	@$(BIN)/python -m tests.bounce_report $(DATA)

# Judge recorded translations before and after mending: make translation-report [DIGESTS=DIR] [PAIRS=DIR] [OUT=DIR]
translation-report: setup
	@$(BIN)/python -m tests.translation_report --digests $(or $(DIGESTS),../shared/data/digests) --pairs $(or $(PAIRS),../shared/data/bilingual) $(if $(OUT),--out $(OUT))

# Let workers, broker, database and relay fail by schedule, and judge the ledger: make torture [SCHEDULES=n] [SEED=s] [DB=postgresql]
torture: setup
	@$(BIN)/python -m tests.torture --schedules $(or $(SCHEDULES),20) --seed $(or $(SEED),1) --database $(or $(DB),sqlite) $(if $(SLOTS),--slots $(SLOTS))

# Send one edition from two hosts in network namespaces, cut one off, and measure: make hosts [READERS=n] [MEASURED=n]; needs root
hosts: setup
	@$(BIN)/python -m tests.hosts $(if $(READERS),--readers $(READERS)) $(if $(MEASURED),--measured $(MEASURED))

# Collect what the pages say into templates/locales; then translate what is new
catalogues: setup
	@$(BIN)/python -m tests.catalogues

# Measure how fast the morning goes out, beside a plain pipeline and Postfix's own smtp-source (docs/benchmarks.md):
# make bench READERS=n [PAPERS=15] [DB=sqlite|postgresql] [DATA=DIR] [KEY=rsa|ed25519] [WORKERS=2] [WEB=1] [FIT=1000,10000,100000]
bench: setup
	@$(BIN)/python -m bench.mail --readers $(or $(READERS),10000) --papers $(or $(PAPERS),15) --db $(or $(DB),sqlite) \
		--data $(or $(DATA),../shared/data) --key $(or $(KEY),rsa) --workers $(or $(WORKERS),2) $(if $(WEB),--web) \
		$(if $(FIT),--fit $(FIT))

# Measure searches on 100,000 papers, on both databases: make bench-search DATA=DIR [PAPERS=n] [DATABASE=URL], a folder as for replay, with bilingual/
bench-search: setup
	@$(BIN)/python bench/search.py $(DATA) --papers $(or $(PAPERS),100000) $(if $(DATABASE),--database $(DATABASE))

# Measure when pages begin to come, on 100,000 papers: make bench-site DATA=DIR [PAPERS=n]; DATABASE=URL is filled once and kept
bench-site: setup
	@$(BIN)/python bench/site.py $(DATA) --papers $(or $(PAPERS),100000) $(if $(DATABASE),--database $(DATABASE))

# Measure choosing and storing everybody's digests: make bench-compose READERS=n [DB=postgresql] [DATA=DIR], with keywords/ in it
bench-compose: setup
	@$(BIN)/python bench/compose.py $(or $(DATA),../shared/data) --readers $(or $(READERS),100000) --database $(or $(DB),sqlite)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The locks name versions and hashes, never an index: pip takes the one it is configured with.
COMPILE := uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11
EXTRA := import sys, tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"][sys.argv[1]], sep="\n")
lock:
	$(COMPILE) --extra dev --output-file requirements.lock pyproject.toml
	$(PYTHON) -c '$(EXTRA)' local | $(COMPILE) --constraint requirements.lock --output-file requirements-local.lock -

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build
