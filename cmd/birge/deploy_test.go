package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/app/capabilities"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

const deployed = "../../deploy/"

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// commandLine reads a command line without carrying it out, and returns the environment variables that the program knows.
func commandLine(t *testing.T, args []string) (known map[string]bool, err error) {
	t.Helper()
	texts, err := loadTexts()
	if err != nil {
		t.Fatal(err)
	}
	std := &streams{In: strings.NewReader(""), Out: new(bytes.Buffer), Err: new(bytes.Buffer), words: texts.For("en")}
	var c commands
	parser, err := kong.New(&c, kong.Name("birge"), kong.DefaultEnvars("BIRGE"), kong.Configuration(std.tomlFile), kong.Exit(func(int) {}))
	if err != nil {
		t.Fatal(err)
	}
	known = map[string]bool{}
	err = kong.Visit(parser.Model, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok {
			for _, name := range flag.Envs {
				known[name] = true
			}
		}
		return next(nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = parser.Parse(args)
	return known, err
}

// Every unit runs a command that the program has, can write nothing but its own folder, and is understood by systemd.
func TestUnits(t *testing.T) {
	config := filepath.Join(t.TempDir(), "birge.toml")
	_, rest, _ := strings.Cut(read(t, "../../docs/install.md"), "`/etc/birge/birge.toml`:\n\n```toml\n")
	example, _, _ := strings.Cut(rest, "```")
	if err := os.WriteFile(config, []byte(example), 0o600); err != nil || !strings.Contains(example, "database") {
		t.Fatalf("docs/install.md shows no configuration: %v", err)
	}
	units, err := filepath.Glob(deployed + "systemd/*")
	if err != nil || len(units) < 6 {
		t.Fatalf("%v, %v", units, err)
	}
	rooted := t.TempDir() // systemd looks whether what a unit starts is there
	binary := filepath.Join(rooted, "birge")
	if err := os.WriteFile(binary, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	var written, services []string
	for _, unit := range units {
		name, text := filepath.Base(unit), read(t, unit)
		written = append(written, filepath.Join(rooted, name))
		if err := os.WriteFile(filepath.Join(rooted, name), []byte(strings.ReplaceAll(text, "/usr/local/bin/birge", binary)), 0o600); err != nil {
			t.Fatal(err)
		}
		if timer, ok := strings.CutSuffix(name, ".timer"); ok {
			if _, err := os.Stat(deployed + "systemd/" + timer + ".service"); err != nil {
				t.Errorf("%s starts no service: %v", name, err)
			}
			continue
		}
		services = append(services, filepath.Join(rooted, name))
		command := regexp.MustCompile(`(?m)^ExecStart=/usr/local/bin/birge (.*)$`).FindStringSubmatch(text)
		if command == nil {
			t.Errorf("%s does not start the program", name)
			continue
		}
		if _, err := commandLine(t, strings.Fields(strings.ReplaceAll(command[1], "/etc/birge/birge.toml", config))); err != nil {
			t.Errorf("%s: birge %s: %v", name, command[1], err)
		}
		for _, want := range []string{"User=birge", "NoNewPrivileges=yes", "CapabilityBoundingSet=", "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes", "PrivateDevices=yes",
			"MemoryDenyWriteExecute=yes", "SystemCallFilter=@system-service", "UMask=0077", "StateDirectory=birge"} {
			if !slices.Contains(strings.Split(text, "\n"), want) {
				t.Errorf("%s lacks %s", name, want)
			}
		}
	}
	if _, err := exec.LookPath("systemd-analyze"); errors.Is(err, exec.ErrNotFound) {
		t.Skip("no systemd-analyze: what systemd says is not known")
	}
	if out, err := exec.CommandContext(t.Context(), "systemd-analyze", append([]string{"verify", "--man=no"}, written...)...).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
	for _, service := range services { // 0 is shut in, 100 open to all
		if out, err := exec.CommandContext(t.Context(), "systemd-analyze", "security", "--offline=true", "--threshold=20", service).CombinedOutput(); err != nil {
			t.Errorf("systemd-analyze security: %v\n%s", err, out)
		}
	}
}

// instruction is a line of a Dockerfile.
type instruction struct{ verb, rest string }

// stages reads a Dockerfile: its instructions by the name of their stage, in which the first is FROM.
func stages(t *testing.T, text string) (names []string, of map[string][]instruction) {
	t.Helper()
	of = map[string][]instruction{}
	known := []string{"FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "ENTRYPOINT", "CMD"}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		verb, rest, _ := strings.Cut(line, " ")
		if !slices.Contains(known, verb) {
			t.Fatalf("the Dockerfile has an instruction %q", line)
		}
		if verb == "FROM" {
			base, name, ok := strings.Cut(rest, " AS ")
			if !ok || !strings.Contains(base, ":") {
				t.Fatalf("%s: a stage has a name, and its base a version", line)
			}
			names, rest = append(names, name), base
		}
		if len(names) == 0 {
			t.Fatalf("%s stands before the first stage", line)
		}
		of[names[len(names)-1]] = append(of[names[len(names)-1]], instruction{verb, rest})
	}
	return names, of
}

// The image is built as the program is elsewhere, has no shell and no rights, and starts with settings that the program knows.
func TestDockerfile(t *testing.T) {
	names, of := stages(t, read(t, deployed+"container/Dockerfile"))
	if len(names) == 0 || !strings.HasPrefix(of[names[len(names)-1]][0].rest, "gcr.io/distroless/static") {
		t.Fatalf("the last stage of %v is not distroless", names)
	}
	build := regexp.MustCompile(`CGO_ENABLED=0 go build -trimpath -ldflags '-s -w'`)
	if !build.MatchString(read(t, "../../Makefile")) || !build.MatchString(of["build"][5].rest) {
		t.Errorf("the image is not built as make birge builds: %s", of["build"][5].rest)
	}
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, "../../go.mod"))
	if !strings.Contains(of["build"][0].rest, "golang:"+version[1]+"-") {
		t.Errorf("it is built with %s, and go.mod says %s", of["build"][0].rest, version[1])
	}
	for _, name := range names[1:] {
		var command, entry []string
		user := ""
		for _, i := range of[name] {
			switch i.verb {
			case "RUN":
				t.Errorf("%s runs %s", name, i.rest)
			case "COPY":
				if !strings.Contains(i.rest, "--from=build ") {
					t.Errorf("%s copies %s", name, i.rest)
				}
			case "USER":
				user = i.rest
			case "ENTRYPOINT":
				if err := json.Unmarshal([]byte(i.rest), &entry); err != nil || len(entry) != 1 || entry[0] != "/usr/local/bin/birge" {
					t.Errorf("%s begins with %s: %v", name, i.rest, err)
				}
			case "CMD":
				if err := json.Unmarshal([]byte(i.rest), &command); err != nil {
					t.Errorf("%s: %s: %v", name, i.rest, err)
				}
			case "ENV":
				known, err := commandLine(t, []string{"config"})
				for pair := range strings.FieldsSeq(i.rest) {
					if key, _, _ := strings.Cut(pair, "="); !known[key] {
						t.Errorf("%s sets %s, which the program does not know (%v)", name, key, err)
					}
				}
			}
		}
		if !regexp.MustCompile(`^[1-9]\d*:[1-9]\d*$`).MatchString(user) { // a number, so that who runs it sees that it is not root
			t.Errorf("%s runs as %q", name, user)
		}
		if _, err := commandLine(t, command); err != nil || len(command) == 0 || len(entry) == 0 {
			t.Errorf("%s runs %v %v: %v", name, entry, command, err)
		}
	}
}

// What the image is built of is all that the program is made of.
func TestTheImageGetsWhatItIsBuiltOf(t *testing.T) {
	let := map[string]bool{}
	for line := range strings.Lines(read(t, deployed+"container/Dockerfile.dockerignore")) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "!"); ok {
			let[name] = true
		}
	}
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for path := range strings.FieldsSeq(string(out)) {
		if path, ok := strings.CutPrefix(path, "github.com/birge-kz/birge/"); ok {
			if top, _, _ := strings.Cut(path, "/"); !let[top] {
				t.Errorf("the program is made of %s, which the image does not get", path)
			}
		}
	}
}

// measured are the metrics that a city really gives, each with its labels and their values.
func measured(t *testing.T) map[string]map[string][]string {
	c := citytest.Open(t, storagetest.SQLite(t), app.Config{Capabilities: capabilities.All(), MetricsToken: "metrics"})
	c.Browser(nil).Get("/kk").Want(200)
	c.Browser(nil).Post("/kk/sign-up", "email", "asel@birge.test").Want(303) // a mail waits to be sent
	r, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodGet, "/metrics", nil)
	c.Must(err)
	r.Header.Set("Authorization", "Bearer metrics")
	out := map[string]map[string][]string{}
	labels := regexp.MustCompile(`([a-z_]+)="([^"]*)"`)
	for line := range strings.Lines(c.Browser(nil).Do(r).Want(200).Body) {
		name := regexp.MustCompile(`^[a-z_]+`).FindString(line)
		if name == "" {
			continue
		}
		if out[name] == nil {
			out[name] = map[string][]string{}
		}
		for _, l := range labels.FindAllStringSubmatch(line, -1) {
			out[name][l[1]] = append(out[name][l[1]], l[2])
		}
	}
	return out
}

// checkExpr holds an expression of a rule or a panel to the metrics that are there.
func checkExpr(t *testing.T, where, expr string, there map[string]map[string][]string) {
	t.Helper()
	if strings.Count(expr, "(") != strings.Count(expr, ")") || strings.Count(expr, "{") != strings.Count(expr, "}") || strings.Count(expr, `"`)%2 != 0 {
		t.Errorf("%s: something is left open in %s", where, expr)
	}
	fromOutside := []string{"instance", "job"} // which Prometheus adds
	found := regexp.MustCompile(`\b(?:up\b|(?:birge|go|process)_[a-z_]+)(\{[^}]*\})?`).FindAllStringSubmatch(expr, -1)
	if len(found) == 0 {
		t.Errorf("%s asks for no metric: %s", where, expr)
	}
	all := map[string]bool{}
	for _, f := range found {
		name, _, _ := strings.Cut(f[0], "{")
		has, ok := there[name]
		if !ok && name != "up" {
			t.Errorf("%s: no city gives %s", where, name)
		}
		maps.Copy(all, map[string]bool{name: true})
		for _, l := range regexp.MustCompile(`([a-z_]+)=~?"([^"]*)"`).FindAllStringSubmatch(f[1], -1) {
			if slices.Contains(fromOutside, l[1]) {
				continue
			}
			if known := has[l[1]]; len(known) == 0 {
				t.Errorf("%s: %s has no %s", where, name, l[1])
			} else if classes := []string{"4xx", "5xx", "dead"}; !slices.Contains(known, l[2]) && !slices.Contains(classes, l[2]) {
				t.Errorf("%s: %s of %s is never %q", where, l[1], name, l[2])
			}
		}
	}
	for _, by := range regexp.MustCompile(`\bby \(([^)]*)\)`).FindAllStringSubmatch(expr, -1) {
		for label := range strings.SplitSeq(by[1], ",") {
			label = strings.TrimSpace(label)
			known := slices.Contains(fromOutside, label)
			for name := range all {
				known = known || len(there[name][label]) > 0
			}
			if !known {
				t.Errorf("%s: nothing has %s to add up by", where, label)
			}
		}
	}
}

// The alerts and the dashboard ask for metrics that there are, with labels that they have.
func TestMonitoring(t *testing.T) {
	there := measured(t)
	if len(there["birge_jobs"]["state"]) == 0 || len(there["birge_http_request_seconds_bucket"]["le"]) == 0 {
		t.Fatalf("a city gives %v", slices.Sorted(maps.Keys(there)))
	}
	// The rules are of one form, so that reading them needs no more than this.
	form := regexp.MustCompile(`^      - alert: (Birge[A-Za-z]+)\n        expr: (.+)\n(?:        for: \d+m\n)?        labels:\n          severity: (?:page|warn)\n        annotations:\n          summary: ".+"\n          description: ".+"\n$`)
	head, rules, _ := strings.Cut(read(t, deployed+"monitoring/birge.rules.yml"), "      - alert: ")
	if !strings.HasSuffix(head, "\ngroups:\n  - name: birge\n    rules:\n") {
		t.Errorf("the rules begin with %q", head)
	}
	seen := map[string]bool{}
	for rule := range strings.SplitSeq(rules, "      - alert: ") {
		m := form.FindStringSubmatch("      - alert: " + rule)
		if m == nil {
			t.Errorf("a rule of another form:\n%s", rule)
			continue
		}
		if seen[m[1]] {
			t.Errorf("two rules are named %s", m[1])
		}
		seen[m[1]] = true
		checkExpr(t, m[1], m[2], there)
	}
	if len(seen) < 6 {
		t.Errorf("only %d rules", len(seen))
	}

	var board struct {
		Panels []struct {
			ID      int
			Title   string
			GridPos struct{ X, Y, W, H int }
			Targets []struct{ RefID, Expr string }
		}
	}
	if err := json.Unmarshal([]byte(read(t, deployed+"monitoring/birge-dashboard.json")), &board); err != nil {
		t.Fatal(err)
	}
	taken := map[[2]int]string{}
	for _, p := range board.Panels {
		for x := range p.GridPos.W {
			for y := range p.GridPos.H {
				at := [2]int{p.GridPos.X + x, p.GridPos.Y + y}
				if taken[at] != "" || at[0] >= 24 {
					t.Fatalf("%s lies on %s or over the edge", p.Title, taken[at])
				}
				taken[at] = p.Title
			}
		}
		for _, target := range p.Targets {
			checkExpr(t, p.Title, strings.ReplaceAll(target.Expr, "$instance", ".*"), there)
		}
	}
	if len(board.Panels) < 6 {
		t.Errorf("only %d panels", len(board.Panels))
	}
}
