# What a contributor needs is `make test`; what an operator needs is `make birge`.
.PHONY: test quick birge generate guide check bench fuzz memory modules attack clean

# Everything, as CI runs it: installs what is missing, then tests on both engines and in a browser.
test:
	@test/run.sh

# For every save: without the browser and PostgreSQL, and with smaller samples.
quick:
	go vet ./... && go test -short -vet=off -ldflags='-s -w' ./...

birge:
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o birge ./cmd/birge

generate:
	go tool templ generate
	gofmt -w $$(git ls-files '*.go')

# Formatting, vet, staticcheck, stale generated code.
check:
	@test/check.sh

# The pictures of the user's guide, docs/guide, taken anew of the demonstration in Chromium.
guide:
	BIRGE_TEST_BROWSER=1 BIRGE_GUIDE=$(CURDIR)/docs/guide go test ./test/browser -count=1 -run 'TestGuidePicturesAreTaken'
	go test ./test/browser -count=1 -run 'TestGuide'

# Figures of the issue's speed section, as ratios within one run.
bench:
	@test/bench.sh

# Imports of large and hostile files, each held to 300 MiB for the whole process.
memory:
	@test/memory.sh

# Every fuzz test for a short while each: make fuzz FOR=30s
FOR ?= 10s
fuzz:
	@test/fuzz.sh $(FOR)

# Modules in the program that are not at their newest patch; asks the module proxy.
modules:
	@test/modules.sh

# The built program under attack on this machine, on both engines: about half an hour, alone.
attack:
	@test/attack.sh

clean:
	rm -rf birge bin test/browser/node_modules test/browser/shots
