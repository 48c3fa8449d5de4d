package browser_test

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
	"github.com/birge-kz/birge/internal/platform/web"
)

// The description of the interface is one: a validator that others wrote finds nothing wrong with it, and a client in
// TypeScript that is generated from it compiles. What the interface answers is held against it by TestMake/interface.
func TestTheDescriptionOfTheInterfaceIsValid(t *testing.T) {
	needBrowser(t)
	root := newCity(t, storagetest.SQLite(t)).base + web.APIRoot
	res, err := http.Get(root + "/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	document, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%d, %v: %.300s", res.StatusCode, err, document)
	}
	// A compiler looks for what is imported beside and above the file.
	folder, err := os.MkdirTemp("node_modules", ".interface-")
	if err != nil {
		t.Fatalf("run npm ci in test/browser: %v", err)
	}
	defer os.RemoveAll(folder)
	described, types := filepath.Join(folder, "openapi.json"), filepath.Join(folder, "birge.ts")
	program, err := os.ReadFile("client.ts")
	if err != nil {
		t.Fatal(err)
	}
	for path, content := range map[string][]byte{described: document, filepath.Join(folder, "client.ts"): program} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range [][]string{
		{"--input-type=module", "-e", `import { readFileSync } from "node:fs";
			import { Validator } from "@seriousme/openapi-schema-validator";
			const found = new Validator();
			const result = await found.validate(JSON.parse(readFileSync(process.argv[1], "utf8")));
			if (!result.valid || found.version !== "3.1") { console.error(found.version, JSON.stringify(result.errors, null, 1)); process.exit(1); }`, described},
		{"node_modules/openapi-typescript/bin/cli.js", described, "--output", types},
		{"node_modules/typescript/bin/tsc", "--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--module", "esnext", "--moduleResolution", "bundler",
			filepath.Join(folder, "client.ts")},
		{"--input-type=module", "-e", app.APIProgram(root)}, // as the page about the interface shows it
	} {
		if said, err := exec.CommandContext(t.Context(), "node", step...).CombinedOutput(); err != nil {
			t.Fatalf("node %s: %v\n%.4000s", step[0], err, said)
		}
	}
}
