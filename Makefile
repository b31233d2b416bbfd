# The commands of this repository. `make help` lists them.

GO          ?= go
# Tools, not dependencies: they are run by version and stay out of go.mod.
GOFUMPT     := $(GO) run mvdan.cc/gofumpt@v0.12.0
STATICCHECK := $(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2

# The race detector needs cgo and a C compiler; where there is none, the tests
# run without it and `make check` says so.
RACE := $(shell test "$$($(GO) env CGO_ENABLED)" = 1 && command -v "$$($(GO) env CC)" >/dev/null && echo -race)

# A check never rewrites what it checks, whatever the shell has set.
unexport DRAGOMAN_UPDATE

.PHONY: help check fmt vet lint test prompts tidy golden measure bench soak build

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-8s %s\n", $$1, $$2}' Makefile

check: ## everything a change must pass; leaves the checkout as it found it
	@before=$$(git status --porcelain 2>&1); \
	$(MAKE) --no-print-directory fmt vet lint tidy test prompts || exit 1; \
	after=$$(git status --porcelain 2>&1); \
	if [ "$$before" != "$$after" ]; then \
	  echo "make check: the checkout is not as it was:"; git status --short; exit 1; fi
	@echo "make check: all passed$(if $(RACE),, (without the race detector: no C compiler))"

fmt: ## list files that gofumpt would change
	@echo "== gofumpt"; out=$$($(GOFUMPT) -l .) || exit 1; \
	if [ -n "$$out" ]; then echo "$$out"; echo "to mend: $(GOFUMPT) -w ."; exit 1; fi

vet: ## go vet
	@echo "== go vet"; $(GO) vet ./...

lint: ## staticcheck
	@echo "== staticcheck"; $(STATICCHECK) ./...

tidy: ## go.mod and go.sum hold what is used, and no more
	@echo "== go mod tidy -diff"; $(GO) mod tidy -diff

test: ## all tests: rules, goldens, scripts, README blocks, import rules, budgets
	@echo "== go test$(if $(RACE), $(RACE), without -race: no C compiler)"; $(GO) test $(RACE) -timeout 20m ./...

prompts: ## the prompt files
	@echo "== prompts lint"; $(GO) run ./cmd/dragoman prompts lint

golden: ## rewrite the golden files; git diff then shows what changed
	DRAGOMAN_UPDATE=1 $(GO) test ./...

measure: ## tables of figures on the data in DRAGOMAN_DATA
	@test -n "$$DRAGOMAN_DATA" || { echo "make measure: set DRAGOMAN_DATA to the folder with the evaluation data"; exit 2; }
	@$(GO) run ./cmd/measure

bench: ## overhead, prompt sizes, start-up, memory, and the text code's benchmarks
	@$(GO) test -run '^$$' -bench . -benchmem ./...

soak: ## the long tests of batches in full: 10,000 articles, kills, caps, faults, memory
	$(GO) test ./cmd/dragoman -run '^TestSoak' -soak -v -timeout 90m
	$(GO) test ./cmd/internal/store/sqlite -run '^TestTornTail$$' -soak -v -timeout 30m

build: ## bin/dragoman
	$(GO) build -trimpath -o bin/dragoman ./cmd/dragoman
