# Madoguchi. `make help` lists what there is.
SHELL := /bin/sh
BIN := .venv/bin
FOLDER ?= .madoguchi
PORT_BASE ?= 8400
RUNG ?= embedded
SECONDS_EACH ?= 60
.DEFAULT_GOAL := help

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 16

.PHONY: setup
setup: ## set up .venv from the hash-pinned lock (other targets do it themselves)
	@PYTHON="$(PYTHON)" sh -c '[ -n "$$PYTHON" ] || unset PYTHON; exec ./deploy/setup.sh'

.PHONY: demo
demo: setup ## play the main job for real: from a chat message to a verified certificate
	@$(BIN)/madoguchi-sandbox demo --dir $(FOLDER) --base-port $(PORT_BASE)

.PHONY: up
up: setup ## start everything and keep it running; prints the addresses
	@$(BIN)/madoguchi-sandbox up --dir $(FOLDER) --base-port $(PORT_BASE)

.PHONY: demo-real
demo-real: setup ## the same on Apache Kafka and a MongoDB-wire server (Java 17, Maven)
	@$(BIN)/madoguchi-sandbox demo --rung native --dir $(FOLDER) --base-port $(PORT_BASE)

.PHONY: up-real
up-real: setup ## the same on Apache Kafka and a MongoDB-wire server; `make down` stops it
	@$(BIN)/madoguchi-sandbox up --rung native --dir $(FOLDER) --base-port $(PORT_BASE)

.PHONY: down
down: setup ## stop what `make up` started
	@$(BIN)/madoguchi-sandbox down --dir $(FOLDER)

.PHONY: logs
logs: setup ## follow the logs of what `make up` started
	@$(BIN)/madoguchi-sandbox logs --dir $(FOLDER)

.PHONY: test
test: setup ## the whole suite on the embedded rung
	@$(BIN)/python -m pytest -q -m "not pages and not processes and not deploy and not monitoring" -n 2
	@$(BIN)/python -m pytest -q -m "processes and not pages and not chaos and not monitoring and not operations"

.PHONY: test-restore
test-restore: setup ## back a working system up, destroy it, restore it into an empty one, audit: RUNG=embedded|native
	@$(BIN)/python -m pytest -q $(if $(filter native,$(RUNG)),--rung=real) tests/operations/test_restore.py

.PHONY: test-rotation
test-rotation: setup ## change every key of a system in use by rolling restarts, audit: RUNG=embedded|native
	@$(BIN)/python -m pytest -q $(if $(filter native,$(RUNG)),--rung=real) tests/operations/test_rotation.py

.PHONY: test-pages
test-pages: setup ## what needs system programs: headless Chromium, poppler
	@$(BIN)/python -m pytest -q -m pages

.PHONY: test-dashboards
test-dashboards: setup ## alert rules, and every panel and alert against a real Prometheus (Debian: prometheus, prometheus-node-exporter, chromium)
	@$(BIN)/python -m pytest -q -m monitoring tests/monitoring

.PHONY: test-real
test-real: setup ## suites, wiring and whole threads on Apache Kafka and MongoDB's protocol, with both drivers
	@$(BIN)/python -m pytest -q --rung=real tests/suites tests/real tests/e2e
	@MONGO_DRIVER=pymongo $(BIN)/python -m pytest -q --rung=real tests/e2e/test_a_thread.py tests/e2e/test_b_faults.py

CHAOS ?= --threads 150 --rate 2 --kills 16 --broker-restarts 2 --store-restarts 2

.PHONY: chaos
chaos: setup ## a run with faults, and its audit: RUNG=embedded|native, CHAOS="--threads 5000 …"
	@PYTHONPATH=tests $(BIN)/python -m chaos --rung $(RUNG) --dir $(FOLDER)/chaos-$(RUNG) $(CHAOS)

.PHONY: chaos-auditor
chaos-auditor: setup ## bugs planted into the services: the auditor must find each
	@$(BIN)/python -m pytest -q -m chaos tests/chaos

.PHONY: test-containers
test-containers: setup ## the same on Kafka and MongoDB in containers (Docker); KAFKA_IMAGE and MONGODB_IMAGE name others
	@$(BIN)/python -m pytest -q --rung=containers tests/suites tests/real tests/e2e
	@MONGO_DRIVER=pymongo $(BIN)/python -m pytest -q --rung=containers tests/e2e/test_a_thread.py tests/e2e/test_b_faults.py

.PHONY: images
images: setup ## build images of Kafka and a MongoDB-wire server here, where none can be pulled (Docker, debootstrap)
	@./deploy/images/build.sh

SERVICE_IMAGES := $(notdir $(wildcard services/*)) sandbox

.PHONY: service-images
service-images: ## build an image of each service and of the sandbox (Docker with BuildKit): SERVICE_IMAGES="identity …"
	@./deploy/images/service.sh $(SERVICE_IMAGES)

.PHONY: wheels
wheels: setup ## fetch every wheel the images need into deploy/wheels, to build them where no index answers
	@PYTHON="$(PYTHON)" sh -c '[ -n "$$PYTHON" ] || unset PYTHON; exec ./deploy/images/wheels.sh'

.PHONY: sbom
sbom: setup ## write a CycloneDX bill of materials for each image: .madoguchi/sbom
	@./deploy/images/sbom.sh $(FOLDER)/sbom $(SERVICE_IMAGES)

.PHONY: demo-containers
demo-containers: setup ## the main job through containers of all services (Docker with BuildKit, compose)
	@./deploy/images/demo.sh $(FOLDER)/demo-containers $(PORT_BASE)

.PHONY: bench
bench: setup ## measure against raw baselines: RUNG=embedded|native PARTS="issuance identity …" SECONDS_EACH=60
	@PYTHONPATH=tests $(BIN)/python -m bench --rung $(RUNG) --parts "$(PARTS)" --seconds $(SECONDS_EACH) $(BENCH)

.PHONY: figures
figures: setup ## write the tables of README.md and deploy/README.md anew from tests/bench/results
	@PYTHONPATH=tests $(BIN)/python -m bench.report

.PHONY: check
check: setup ## format, lint, types, import rules, generated files, Dockerfiles
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/madoguchi towns check deploy/municipalities
	@$(BIN)/hadolint deploy/Dockerfile deploy/images/Dockerfile

CHECKOV := $(FOLDER)/checkov

.PHONY: check-deploy
check-deploy: setup ## the Kubernetes manifests: rendered, held to schemas, settings and FLOW; checkov; alert rules (kubectl)
	@$(BIN)/python -m pytest -q -m deploy tests/manifests
	@./deploy/kubernetes/check.sh $(CHECKOV)

.PHONY: demo-kubernetes
demo-kubernetes: setup ## the counter on the cluster that KUBECONFIG names; LOAD_IMAGE='kind load docker-image {image}'
	@PYTHONPATH=tests $(BIN)/python -m cluster --dir $(FOLDER)/kubernetes $(DEMO_KUBERNETES)

.PHONY: format
format: setup ## format the code and mend what the linter can mend
	@$(BIN)/ruff check --quiet --fix . || true
	@$(BIN)/ruff format --quiet .

.PHONY: generate
generate: setup ## write again what is generated from the code: OpenAPI, AsyncAPI, JSON Schema, dashboards, the README picture
	@$(BIN)/python -m madoguchi_sandbox.generate
	@PYTHONPATH=deploy/grafana $(BIN)/python -m boards

.PHONY: lock
lock: setup ## resolve requirements.lock again
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-emit-package madoguchi \
		--no-annotate --no-header --no-emit-index-url pyproject.toml shared/pyproject.toml services/*/pyproject.toml \
		deploy/sandbox/pyproject.toml --group dev -o requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-annotate --no-header \
		--no-emit-index-url deploy/kubernetes/checkov.in -o deploy/kubernetes/checkov.lock

.PHONY: clean
clean: ## remove what was made at run time (.madoguchi) and the virtual environment
	@rm -rf $(FOLDER) .venv
