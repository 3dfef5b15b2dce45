# Two commands are all a user needs: `make study` and `make test`. Each makes its own environment in .venv: Python's venv,
# uv in it, and uv does the rest. Windows, and people who have uv: the README has the uv lines.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := UV_SYSTEM_CERTS=1 UV_PYTHON_DOWNLOADS=never $(BIN)/uv
UV_VERSION := 0.13.9
# uv looks at an activated environment first; ours is the one in this folder.
unexport VIRTUAL_ENV
unexport CONDA_PREFIX

.PHONY: study test test-thorough cluster browser check lint types imports prove-parity prove-compiled prove-epoch prove-formats prove-fuzz prove-onnx prove-bits prove-crash prove-memory prove-stats prove-diagnosis prove-pad prove-web prove-wheel screenshots pin clean help

help:
	@echo "make study         train the notebook's three networks on MNIST and compare them"
	@echo "make test          run the tests"
	@echo "make test-thorough run the tests that the others show in part already; takes minutes"
	@echo "make cluster       install Dask and Ray, 240 MB, so that their tests run and do not skip"
	@echo "make browser       install what drives Chromium, 150 MB, so that the tests of the pages run (Chromium itself: your system's)"
	@echo "make check         lint, types, import contract and tests: all that must pass before a commit"
	@echo "make prove-parity  compare 300 random networks with real Keras and 1,000 compiled with the reference; can be resumed"
	@echo "make prove-compiled  the second half of it alone"
	@echo "make prove-epoch   compare an epoch of MNIST, compiled in float64, with real Keras; takes a quarter of an hour"
	@echo "make prove-formats  send 500 random networks to real Keras and back, by files and by hand; can be resumed; takes an hour"
	@echo "make prove-onnx    write random networks as ONNX and run them in ONNX Runtime; takes minutes"
	@echo "make prove-bits    compare trainings bit for bit: threads, AVX2, AVX-512, AArch64 under qemu; takes minutes"
	@echo "make prove-crash   kill studies some hundred times, let their disk fail at every call; takes an hour or less"
	@echo "make prove-memory  train 500 runs in one process and watch its memory"
	@echo "make prove-stats   simulate what the intervals of a comparison promise; writes docs/statistics.md; takes minutes"
	@echo "make prove-diagnosis  diagnose networks with planted faults, and healthy ones; writes docs/diagnosis.md; takes 45 minutes"
	@echo "make prove-pad     draw MNIST's test images again and see that they are recognised; takes minutes"
	@echo "make prove-web     100 event streams on one training for five minutes: none lost, memory flat"
	@echo "make prove-fuzz    give every reader of files mutated ones, 5 minutes each: it may take or refuse them, and nothing else"
	@echo "make prove-wheel   install the built wheel with plain pip into a clean environment and run a study there"
	@echo "make screenshots   take the pictures of the README, from the newest study in runs/; takes minutes"
	@echo "make pin           pin the versions in pyproject.toml to those in .venv"

study: $(VENV)/.study-ready
	$(BIN)/cnnlab run

test: $(VENV)/.dev-ready
	$(BIN)/pytest --numprocesses auto --dist worksteal

test-thorough: $(VENV)/.dev-ready
	$(BIN)/pytest --numprocesses auto --dist worksteal -m thorough

cluster: $(VENV)/.cluster-ready

browser: $(VENV)/.browser-ready

check: lint types imports test

lint: $(VENV)/.dev-ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev-ready
	$(BIN)/mypy

imports: $(VENV)/.dev-ready
	$(BIN)/lint-imports --no-logo

prove-parity: $(VENV)/.dev-ready
	$(BIN)/python tools/prove_parity.py

prove-compiled: $(VENV)/.dev-ready
	$(BIN)/python tools/prove_parity.py --compiled

prove-epoch: $(VENV)/.dev-ready
	$(BIN)/python tools/prove_epoch.py

prove-formats: $(VENV)/.dev-ready
	$(BIN)/python tools/prove_formats.py

prove-onnx: $(VENV)/.dev-ready
	$(BIN)/python tools/prove_onnx.py

prove-bits: $(VENV)/.dev-ready
	$(BIN)/python tools/prove_bits.py

prove-crash: $(VENV)/.dev-ready
	$(BIN)/python tools/prove_crash.py

prove-memory: $(VENV)/.dev-ready
	$(BIN)/python tools/prove_memory.py

prove-stats: $(VENV)/.dev-ready
	$(BIN)/python tools/prove_stats.py

prove-diagnosis: $(VENV)/.dev-ready
	$(BIN)/python tools/prove_diagnosis.py

prove-pad: $(VENV)/.dev-ready
	$(BIN)/python tools/prove_pad.py

prove-web: $(VENV)/.dev-ready
	$(BIN)/python tools/prove_web.py

prove-fuzz: $(VENV)/.dev-ready
	$(BIN)/python tools/prove_fuzz.py

prove-wheel: $(VENV)/.study-ready
	$(BIN)/python tools/prove_wheel.py

screenshots: $(VENV)/.browser-ready
	$(BIN)/python tools/write_screenshots.py

pin: $(VENV)/.dev-ready
	$(BIN)/python tools/pin_versions.py

$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "cnnlab needs Python 3.11 or newer; $(PYTHON) is `$(PYTHON) -V`. Type: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(VENV)/.study-ready: pyproject.toml | $(BIN)/uv
	$(UV) sync --quiet --inexact --no-default-groups --group data
	@touch $@

$(VENV)/.dev-ready: pyproject.toml | $(BIN)/uv
	$(UV) sync --quiet --inexact
	@touch $@ $(VENV)/.study-ready

$(VENV)/.cluster-ready: $(VENV)/.dev-ready
	$(UV) sync --quiet --inexact --group cluster
	@touch $@

$(VENV)/.browser-ready: $(VENV)/.dev-ready
	$(UV) sync --quiet --inexact --group browser
	@touch $@

clean:
	rm -rf $(VENV) uv.lock dist
