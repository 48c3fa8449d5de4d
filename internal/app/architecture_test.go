package app_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/app/capabilities"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// Which package of the project may import which others. Imports only go down, and capabilities
// on one floor do not import each other. A package may import what its own row and the row of
// its floor allow, and `civic`. A package without a row may import nothing else.
var mayImport = map[string]string{
	"cmd/birge": "internal/indicators internal/indicators/formula internal/blueprint internal/blueprint/archive internal/part allocation internal/app internal/app/capabilities internal/app/demo internal/ballots internal/budgeting internal/cities internal/identity internal/organisations internal/consultations internal/credentials/vc internal/datasets/pack internal/appeals internal/appeals/older internal/councils internal/councils/popolo internal/events internal/events/calendar internal/files internal/grants/threesixty internal/learning/gift internal/projects/oc4ids internal/platform/blobs internal/platform/embedded internal/platform/i18n internal/platform/jobs internal/platform/mail internal/platform/sheet internal/platform/storage internal/platform/tables internal/record internal/record/proof internal/workdays opinion opinion/polis opinion/report sortition sortition/draw sortition/pool tally tally/pabulib tally/report",

	"internal/app":              "internal/capability L3 L2 L1",
	"internal/app/capabilities": "internal/capability L4",
	"internal/app/demo":         "allocation internal/learning/course internal/app internal/app/capabilities internal/capability L4 L3 L2 L1 sortition/draw",
	"internal/cities":           "",
	"internal/citytest":         "internal/app internal/capability L3 L2 L1 internal/platform/storage/storagetest",

	"L4":                     "internal/capability L3 L2 L1",
	"internal/budgeting":     "tally tally/pabulib tally/report",
	"internal/consultations": "opinion opinion/polis opinion/report",
	"internal/drafts":        "internal/drafts/document",
	"internal/learning":      "internal/learning/course internal/learning/gift internal/learning/statistics",
	"internal/rights":        "internal/rights/guide",
	"internal/sponsorship":   "internal/sponsorship/statement",
	"internal/surveys":       "allocation internal/surveys/estimate",
	"internal/projects":      "internal/projects/oc4ids",
	"internal/capability":    "L3 L2 L1",
	"L3":                     "L2 L1",

	"internal/answers":       "internal/part internal/city internal/identity internal/notifications internal/record internal/record/proof internal/search L1",
	"internal/blueprint":     "internal/blueprint/archive internal/part internal/city internal/record internal/record/proof L1",
	"internal/ledger":        "internal/part L1",
	"internal/questions":     "internal/part internal/record/proof L1",
	"internal/ballots":       "internal/part internal/city internal/identity internal/notifications internal/record internal/record/proof L1",
	"internal/paper":         "internal/part internal/city internal/files internal/record internal/record/proof L1",
	"internal/voices":        "L1",
	"internal/delivery":      "internal/voices internal/part internal/city internal/files internal/grants/threesixty internal/identity internal/ledger internal/notifications internal/places internal/record internal/record/proof L1",
	"internal/laws":          "internal/part internal/city internal/record internal/record/proof L1",
	"internal/datasets":      "internal/datasets/pack internal/indicators/suppress internal/part internal/city internal/notifications L1",
	"internal/datasets/pack": "internal/part",
	"internal/booking":       "internal/part internal/city internal/notifications internal/questions L1",
	"internal/moderation":    "internal/part internal/city internal/identity internal/notifications internal/record internal/record/proof L1",
	"internal/discussion":    "internal/part internal/city internal/moderation internal/notifications internal/record internal/record/proof internal/search L1",
	"internal/meetings":      "internal/answers internal/part internal/city internal/files internal/notifications internal/record internal/record/proof internal/search L1",
	"internal/minutes":       "internal/answers internal/part internal/city internal/meetings internal/record internal/record/proof L1",
	"internal/forming":       "internal/part internal/city internal/notifications internal/record internal/record/proof internal/search L1 sortition sortition/draw",
	"internal/credentials":   "internal/laws internal/credentials/vc internal/part internal/city internal/notifications internal/record internal/record/proof L1",
	"internal/matching":      "allocation internal/part internal/city internal/ledger internal/record internal/record/proof L1",
	"internal/contracts":     "internal/part internal/city internal/identity internal/ledger internal/notifications internal/record internal/record/proof L1",
	"internal/review":        "allocation internal/part internal/city internal/identity internal/notifications internal/record internal/record/proof L1",
	"internal/places":        "internal/part internal/city L1",
	"internal/files":         "internal/part internal/city internal/record internal/record/proof L1",
	"internal/notifications": "internal/part internal/city internal/identity internal/search L1",
	"internal/identity":      "internal/part internal/city L1",
	"internal/city":          "internal/part internal/workdays L1",
	"internal/record":        "internal/part internal/record/proof internal/search L1",
	"internal/search":        "internal/part internal/city L1",
	"internal/part":          "internal/blueprint/archive internal/record/proof L1",

	"internal/platform/openapi":             "internal/platform/web",
	"internal/platform/web":                 "internal/platform/embedded internal/platform/i18n internal/platform/sheet internal/platform/ui",
	"internal/platform/ui":                  "internal/platform/embedded internal/platform/i18n",
	"internal/platform/jobs":                "internal/platform/embedded internal/platform/storage",
	"internal/platform/pulse":               "internal/platform/embedded internal/platform/storage",
	"internal/platform/audit":               "internal/platform/embedded internal/platform/storage",
	"internal/platform/mail":                "internal/platform/i18n internal/platform/jobs internal/platform/storage",
	"internal/platform/storage/storagetest": "internal/platform/storage",
	"internal/platform/tables":              "internal/platform/embedded internal/platform/sheet",

	"internal/councils":              "internal/councils/popolo",
	"internal/indicators":            "internal/indicators/formula internal/surveys/estimate",
	"internal/indicators/cohort":     "internal/surveys/estimate",
	"internal/indicators/panel":      "allocation",
	"internal/indicators/suppress":   "internal/surveys/estimate",
	"internal/appeals":               "internal/appeals/georeport internal/appeals/older",
	"internal/events":                "internal/events/calendar internal/events/recurrence",
	"internal/blueprint/archive":     "internal/record/proof",
	"internal/appeals/older":         "internal/civic internal/platform/sheet internal/platform/tables",
	"internal/grants":                "internal/grants/threesixty internal/platform/sheet",
	"internal/grants/threesixty":     "internal/platform/published internal/platform/sheet",
	"internal/learning/course":       "internal/civic internal/learning/gift",
	"internal/events/calendar":       "internal/events/recurrence internal/platform/sheet",
	"internal/projects/oc4ids":       "internal/platform/published",
	"internal/sponsorship/statement": "internal/platform/sheet internal/platform/tables",

	"opinion/polis":  "",
	"opinion/report": "opinion opinion/polis",
	"sortition/draw": "sortition",
	"sortition/pool": "sortition",
	"tally/pabulib":  "tally",
	"tally/report":   "tally tally/pabulib",

	"test/browser": "internal/app internal/city internal/files internal/consultations internal/organisations internal/identity internal/platform/storage internal/platform/storage/storagetest internal/platform/mail",
	"test/bench":   "*",
}

var floors = map[string][]string{
	"L4": {"internal/appeals", "internal/initiatives", "internal/budgeting", "internal/consultations", "internal/councils", "internal/drafts", "internal/events", "internal/grants", "internal/rights", "internal/learning", "internal/surveys", "internal/volunteering", "internal/sponsorship", "internal/projects", "internal/indicators", "internal/webhooks"},
	"L3": {"internal/organisations"},
	"L2": {"internal/workdays", "internal/answers", "internal/blueprint", "internal/blueprint/archive", "internal/ledger", "internal/questions", "internal/booking", "internal/datasets", "internal/datasets/pack", "internal/laws", "internal/ballots", "internal/paper", "internal/voices", "internal/delivery", "internal/moderation", "internal/discussion", "internal/meetings", "internal/minutes", "internal/forming", "internal/credentials", "internal/credentials/vc", "internal/identity", "internal/notifications", "internal/city", "internal/record", "internal/record/proof", "internal/files", "internal/places", "internal/search", "internal/part", "internal/review", "internal/contracts", "internal/matching"},
	"L1": {"internal/platform/web", "internal/platform/ui", "internal/platform/jobs", "internal/platform/pulse", "internal/platform/audit", "internal/platform/mail",
		"internal/platform/embedded", "internal/platform/storage", "internal/platform/i18n", "internal/platform/lexis", "internal/platform/sheet", "internal/platform/tables", "internal/platform/markdown", "internal/platform/blobs", "internal/platform/picture", "internal/platform/ical", "internal/platform/pdf", "internal/platform/docx", "internal/platform/published", "internal/platform/openapi"},
}

// Which technology may appear only in which files, within internal/ but outside the platform
// and the application. File names stand for layers.
var technologies = []struct {
	imports string   // the import path, or a prefix that ends in "/"
	files   []string // patterns of file names
}{
	{"net/http", []string{"web*.go", "api*.go", "*_test.go", "oidc.go", "passkey*.go", "*_templ.go"}},
	{"database/sql", []string{"store*.go", "*_test.go"}},
	{"github.com/a-h/templ", []string{"web*.go", "*_templ.go", "*_test.go"}},
}

// The third-party modules of the program, each with its reason. A new module must be
// maintained, have a fitting licence, work without cgo, and be listed here.
var allowedModules = map[string]string{
	"codeberg.org/go-fonts/dejavu":             "the DejaVu fonts for PDF: every Kazakh letter and ₸",
	"codeberg.org/go-pdf/fpdf":                 "PDF reports and minutes",
	"github.com/BurntSushi/toml":               "what people write by hand, the configuration file and guides: its faults are named, and told in the reader's language",
	"github.com/a-h/templ":                     "pages, typed at compile time",
	"github.com/alecthomas/kong":               "the command line, environment and configuration file in one struct",
	"github.com/cloudflare/circl":              "BLS12-381 in Go alone: the signature of a drand round that a draw by lot used",
	"github.com/chromedp/cdproto":              "browser tests: the types of the browser's protocol",
	"github.com/chromedp/chromedp":             "browser tests",
	"github.com/coreos/go-oidc/v3":             "residents verified by an OpenID Connect provider",
	"github.com/emersion/go-smtp":              "a real mail server in tests",
	"github.com/emersion/go-sasl":              "its sign-in",
	"github.com/fxamacker/cbor/v2":             "the software authenticator of the passkey tests speaks it",
	"github.com/go-jose/go-jose/v4":            "signs the tokens of the OpenID Connect provider in tests",
	"github.com/go-webauthn/webauthn":          "passkeys",
	"github.com/jackc/pgx/v5":                  "PostgreSQL",
	"github.com/klauspost/compress":            "compressed pages",
	"github.com/kljensen/snowball":             "Russian and English word stems",
	"github.com/microcosm-cc/bluemonday":       "safe HTML of what people write",
	"github.com/pelletier/go-toml/v2":          "the program's own message files: five times as fast, which every start and every test waits for",
	"github.com/piprate/json-gold":             "RDF canonicalization of the certificates that are signed (Apache 2.0)",
	"github.com/prometheus/client_golang":      "metrics",
	"github.com/rclone/gofakes3":               "a real S3 server in tests, which checks signatures",
	"github.com/santhosh-tekuri/jsonschema/v6": "validates grants by the schema of 360Giving, with its formats",
	"github.com/schollz/progressbar/v3":        "progress on a terminal",
	"github.com/wneessen/go-mail":              "mail",
	"github.com/xuri/excelize/v2":              "XLSX",
	"github.com/yuin/goldmark":                 "Markdown",
	"github.com/paulmach/orb":                  "districts: is a point in an outline, outlines made simple",
	"golang.org/x/crypto":                      "argon2id, ACME",
	"golang.org/x/image":                       "reads WebP pictures",
	"golang.org/x/mod":                         "the Merkle tree and the signed notes of the public record",
	"golang.org/x/net":                         "an HTML parser for tests of pages",
	"golang.org/x/oauth2":                      "the code flow of OpenID Connect",
	"golang.org/x/term":                        "is this a terminal?",
	"golang.org/x/text":                        "plural rules, encodings",
	"golang.org/x/time":                        "rate limits",
	"rsc.io/qr":                                "QR codes of receipts and of the city's key",
	"modernc.org/sqlite":                       "SQLite without cgo",
	"honnef.co/go/tools":                       "staticcheck, a tool",
}

// The scripts of others that browsers get, as they are, each with its reason, its weight and the digest of the file. Whoever takes a newer version builds it again and looks at what changed:
//
//	npm pack qr@0.7.0 && tar xf qr-0.7.0.tgz && echo "export { BarcodeDetector } from './package/decode.js'" |
//	npx esbuild@0.25 --bundle --minify --format=esm --target=es2020 --legal-comments=none
//
// behind the line that says whose it is.
var foreignScripts = map[string]string{
	// Reads QR codes at a door where the browser does not (iPhone, Firefox): MIT or Apache 2.0, no dependencies, 39 kB (16 compressed), loaded by that page alone and there alone.
	"qr.js": "d973c1ed5d963f110bba7f7c59a23223cfdcebd1492a06cf6231e8da5b051202",
}

func TestScriptsOfOthersAreListed(t *testing.T) {
	folder := filepath.Join(root(t), "internal/platform/ui/assets")
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, e := range entries {
		body, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		foreign := strings.HasPrefix(string(body), "/*!")
		if !foreign && strings.HasSuffix(e.Name(), ".js") && slices.ContainsFunc(strings.Split(string(body), "\n"), func(line string) bool { return len(line) > 2000 }) {
			t.Errorf("%s is minified, and does not say whose it is", e.Name())
		}
		if !foreign {
			continue
		}
		seen++
		if sum := sha256.Sum256(body); hex.EncodeToString(sum[:]) != foreignScripts[e.Name()] || len(body) > 40_000 {
			t.Errorf("%s is %x, of %d bytes", e.Name(), sum, len(body))
		}
	}
	if seen != len(foreignScripts) {
		t.Errorf("%d scripts of others, %d are listed", seen, len(foreignScripts))
	}
}

type goPackage struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
	Dir                                string
	GoFiles, TestGoFiles, XTestGoFiles []string
	Standard                           bool
	Module                             struct{ Path string }
}

const modulePath = "github.com/birge-kz/birge"

func packages(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports,Dir,GoFiles,TestGoFiles,XTestGoFiles", "./...")
	cmd.Dir = root(t)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []goPackage
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p goPackage
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

func root(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Dir(filepath.Dir(dir))
}

func TestImportsGoDown(t *testing.T) {
	unused := maps.Clone(mayImport)
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, modulePath+"/")
		delete(unused, name)
		allowed := mayImport[name]
		for floor, members := range floors {
			if slices.Contains(members, name) {
				delete(unused, floor)
				allowed += " " + mayImport[floor]
			}
		}
		if mayImport[name] == "*" {
			continue
		}
		ok := map[string]bool{"internal/civic": !strings.HasPrefix(name, "allocation") && !strings.HasPrefix(name, "opinion") && !strings.HasPrefix(name, "sortition") && !strings.HasPrefix(name, "tally")}
		for _, a := range strings.Fields(allowed) {
			for _, f := range append(floors[a], a) {
				ok[f] = true
			}
		}
		for _, imp := range p.Imports {
			if mine, isOurs := strings.CutPrefix(imp, modulePath+"/"); isOurs && !ok[mine] {
				t.Errorf("%s imports %s, which neither its row in mayImport nor that of its floor allows", name, mine)
			}
		}
	}
	for name := range unused {
		t.Errorf("mayImport has a row for %s, which does not exist", name)
	}
}

func TestFileNamesAreLayers(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, modulePath+"/")
		if !strings.HasPrefix(name, "internal/") || strings.HasPrefix(name, "internal/platform/") || name == "internal/app" || name == "internal/civic" || name == "internal/cities" || name == "internal/citytest" {
			continue
		}
		for _, file := range slices.Concat(p.GoFiles, p.TestGoFiles, p.XTestGoFiles) {
			parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, file), nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, imp := range parsed.Imports {
				what, _ := strconv.Unquote(imp.Path.Value)
				for _, tech := range technologies {
					if what == tech.imports && !slices.ContainsFunc(tech.files, func(pattern string) bool { ok, _ := path.Match(pattern, file); return ok }) {
						t.Errorf("%s/%s imports %s: that belongs in %s", name, file, what, strings.Join(tech.files, ", "))
					}
				}
			}
		}
	}
}

// Until the first release a part has one step of its schema, for databases are made anew (docs/deployability.md); then this test goes.
func TestASchemaIsOneStep(t *testing.T) {
	changes, err := os.ReadFile(filepath.Join(root(t), "CHANGELOG.md"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(changes), "\n## ") > 1 {
		t.Fatal("something is released: steps are added now, and this test is to be deleted")
	}
	steps, err := filepath.Glob(filepath.Join(root(t), "internal", "*", "schema", "*.sql"))
	if err != nil || len(steps) == 0 {
		t.Fatal(steps, err)
	}
	for _, step := range steps {
		if name := filepath.Base(step); !strings.HasPrefix(name, "0001_") {
			t.Errorf("%s: put it into the first step: nothing is released", step)
		}
	}
}

func TestThirdPartyModulesAreListed(t *testing.T) {
	mod, err := os.ReadFile(filepath.Join(root(t), "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	direct := map[string]bool{}
	for line := range strings.Lines(string(mod)) {
		fields := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "require "))
		if len(fields) >= 2 && strings.HasPrefix(fields[1], "v") && strings.Contains(fields[0], ".") && !strings.Contains(line, "// indirect") {
			direct[fields[0]] = true
			if allowedModules[fields[0]] == "" {
				t.Errorf("%s is not in the list of allowed modules", fields[0])
			}
		}
		if strings.HasPrefix(line, "replace") {
			t.Errorf("go.mod replaces a module: %s", line)
		}
	}
	for m := range allowedModules {
		if !direct[m] && m != "honnef.co/go/tools" {
			t.Errorf("the list allows %s, which nothing uses", m)
		}
	}
}

// Every message key in the code exists, and every key that exists is used. A key built from
// parts ("organisations.theme_" + code) counts as a use of all keys with that beginning.
func TestEveryTextIsThereAndUsed(t *testing.T) {
	keys := loadCatalog(t).Keys()
	known := map[string]bool{}
	namespaces := map[string]bool{}
	for _, k := range keys {
		known[k] = true
		ns, _, _ := strings.Cut(k, ".")
		namespaces[ns] = true
	}
	declared, used := declaredNames(t)
	prefixes := []string{}
	err := filepath.WalkDir(root(t), func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && (d.Name() == ".git" || d.Name() == "node_modules" || d.Name() == "allocation" || d.Name() == "tally" || d.Name() == "opinion" || d.Name() == "sortition") {
			if d != nil && d.IsDir() && err == nil {
				return fs.SkipDir
			}
			return err
		}
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			s, _ := strconv.Unquote(lit.Value)
			ns, rest, dotted := strings.Cut(s, ".")
			if !dotted || !namespaces[ns] || strings.ContainsAny(rest, " ./:%<>\n") && !strings.HasSuffix(rest, "%d") {
				return true
			}
			switch {
			case known[s]:
				used[s] = true
			case declared[s]:
			case strings.HasSuffix(rest, "_") || strings.HasSuffix(rest, "%d") || rest == "":
				prefixes = append(prefixes, strings.TrimSuffix(s, "%d"))
			case strings.Trim(rest, "abcdefghijklmnopqrstuvwxyz0123456789_") == "" && looksLikeKey(rest):
				t.Errorf("%s uses %q, which is no text, and no name that a part declares", strings.TrimPrefix(file, root(t)), s)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		if !used[k] && !slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(k, p) }) {
			t.Errorf("the text %s is never used", k)
		}
	}
}

// declaredNames are the names that parts declare. They look like message keys but are not.
// Their labels are also collected, because those are keys.
func declaredNames(t *testing.T) (names, texts map[string]bool) {
	t.Helper()
	names, texts = map[string]bool{}, map[string]bool{}
	for _, p := range app.Parts(capabilities.All()) {
		for _, s := range p.Settings {
			names[s.Key], texts[part.SettingKey(s.Key)] = true, true
		}
		for _, k := range p.Kinds {
			names[k.Name], texts[part.KindKey(k.Name)] = true, true
			if k.Searched {
				texts[part.FoundKey(k.Name)] = true
			}
			for _, f := range k.Files {
				names[f.Name], texts[part.FilesKey(f.Name)] = true, true
			}
		}
		for _, a := range p.Acts {
			names[a.Name], texts[part.ActKey(a.Name)] = true, true
			for _, m := range a.Named() {
				texts[part.FactKey(a.Name, m)] = true
			}
		}
		for _, r := range p.Roles {
			key := p.Name + ".role_" + strings.ReplaceAll(strings.TrimPrefix(string(r.Name), p.Name+"."), ".", "_")
			names[string(r.Name)], texts[key], texts[key+"_for"] = true, true, true
		}
		for _, act := range p.Audited {
			names[act], texts[part.DidKey(act)] = true, true
		}
		for _, piece := range p.Pieces {
			names[piece.Name], texts[part.PieceKey(piece.Name)] = true, true
		}
		for _, d := range p.Datasets {
			key := part.DatasetKey(d.Name)
			names[d.Name], texts[key], texts[key+"_about"] = true, true, true
			for _, c := range d.Columns {
				texts[p.Name+".column_"+c.Name] = true
			}
		}
		for _, h := range p.Help {
			key := part.HelpKey(h.Name)
			names[h.Name], texts[key], texts[key+"_text"], texts[key+"_go"] = true, true, true, true
		}
	}
	// Running parts declare the kinds of background work. A kind that code asks for but no part
	// declares is taken for a missing text.
	c := citytest.Open(t, storagetest.SQLite(t), app.Config{Capabilities: capabilities.All()})
	for _, kind := range c.JobKinds() {
		names[kind], texts[part.JobKey(kind)] = true, true
	}
	for _, u := range c.Blueprint.Unknown() {
		names[u.Name], texts[part.UnknownKey(u.Name)], texts[part.UnknownKey(u.Name)+"_who"] = true, true, true
	}
	return names, texts
}

// Everything that the record shows of an act has a name in each language.
func TestActsAndTheirFactsAreNamedInEveryLanguage(t *testing.T) {
	catalog, acts := loadCatalog(t), 0
	for _, p := range app.Parts(capabilities.All()) {
		for _, a := range p.Acts {
			acts++
			keys := []string{part.ActKey(a.Name)}
			for _, member := range a.Named() {
				keys = append(keys, part.FactKey(a.Name, member))
			}
			for _, lang := range civic.Languages() {
				for _, key := range keys {
					if l := catalog.For(lang); !l.Has(key) || strings.TrimSpace(l.T(key)) == "" {
						t.Errorf("%s: no text %s in %s", a.Name, key, lang)
					}
				}
			}
		}
	}
	if acts < 10 {
		t.Errorf("only %d acts are declared", acts)
	}
}

// looksLikeKey leaves out names of files and of jobs, which have the same shape.
func looksLikeKey(rest string) bool {
	return !slices.Contains([]string{"css", "js", "csv", "xlsx", "json", "svg", "atom", "go", "sql", "toml", "db", "html"}, rest)
}

// The bounds of a setting stand only in its declaration. Rules and forms ask
// city.Service.Bounds for them; a second copy would be forgotten when the bounds change. The
// test takes a number for a copy when the code around it contains the words of the setting's
// key.
func TestBoundsOfSettingsAreWrittenOnce(t *testing.T) {
	for _, p := range app.Parts(capabilities.All()) {
		dir := filepath.Join(root(t), "internal", p.Name)
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(files) == 0 && len(p.Settings) > 0 {
			t.Fatalf("%s: no files, %v", p.Name, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			fset := token.NewFileSet()
			parsed, err := parser.ParseFile(fset, file, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range p.Settings {
				for _, at := range boundsAgain(parsed, s) {
					t.Errorf("%s repeats a bound of the setting %s: ask city.Service.Bounds", fset.Position(at), s.Key)
				}
			}
		}
	}
}

// What the test above takes for a copy of a bound, and what not.
func TestACopyOfABoundIsFound(t *testing.T) {
	setting := part.Setting{Key: "outings.remind_hours", Min: 2, Max: 72, Unit: "hours"}
	for code, want := range map[string]int{
		"package x\nfunc f(remindHours int) bool { return remindHours <= 72 }":             1,
		"package x\nvar remindMax = remind(72)":                                            1,
		"package x\nfunc f(remind int) { if remind < 2 || remind > 72 { panic(remind) } }": 2,
		"package x\nfunc f(remind int) bool { return remind <= 71 }":                       0,
		"package x\nfunc f(wait int) bool { return wait <= 72 }":                           0,
		"package x\nfunc f(remind []int) int { return remind[72] }":                        0,
		"package x\nvar s = S{Key: \"outings.remind_hours\", Source: \"x\", Max: 72}":      0,
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "x.go", code, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		if got := boundsAgain(file, setting); len(got) != want {
			t.Errorf("%s: %d copies, want %d", code, len(got), want)
		}
	}
}

// boundsAgain finds where a file writes a bound of the setting a second time.
func boundsAgain(file *ast.File, s part.Setting) (found []token.Pos) {
	_, name, _ := strings.Cut(s.Key, ".")
	words := slices.DeleteFunc(strings.Split(name, "_"), func(w string) bool { return w == "min" || w == "max" || w == string(s.Unit) })
	var around []ast.Node // the nodes that the visited one stands in, the innermost last
	ast.Inspect(file, func(n ast.Node) bool {
		if n == nil {
			around = around[:len(around)-1]
			return true
		}
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.INT {
			v, _ := strconv.ParseInt(lit.Value, 0, 64)
			if in := sentence(around); v > 1 && (v == s.Min || v == s.Max) && in != nil && names(in, words...) {
				found = append(found, lit.Pos())
			}
		}
		around = append(around, n)
		return true
	})
	return found
}

// sentence is the innermost node that says what a number in it is for: the comparison, the
// call, the literal or the assignment. It is nil for a number that is no bound: an index, a
// length, a power of two, a divisor, or a number in the declaration of a setting or in the
// generated pages.
func sentence(around []ast.Node) ast.Node {
	for i, n := range slices.Backward(around) {
		switch n := n.(type) {
		case *ast.IndexExpr, *ast.SliceExpr, *ast.ArrayType, *ast.BlockStmt:
			return nil
		case *ast.BinaryExpr:
			switch n.Op {
			case token.SHL, token.QUO, token.REM:
				return nil
			case token.LSS, token.LEQ, token.GTR, token.GEQ, token.EQL, token.NEQ:
				return n
			}
		case *ast.CompositeLit:
			if names(n, "Source") || names(n, "FileName", "Col") {
				return nil
			}
			if member, ok := around[i-1].(*ast.KeyValueExpr); ok {
				return member // what the literal is for
			}
			return n
		case *ast.CallExpr:
			if names(n.Fun, "templruntime") {
				return nil
			}
			return n
		case *ast.AssignStmt, *ast.ValueSpec:
			return n
		}
	}
	return nil
}

// names reports whether each of the words is in some name or text in the node.
func names(n ast.Node, words ...string) bool {
	var all strings.Builder
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			all.WriteString(strings.ToLower(n.Name) + " ")
		case *ast.BasicLit:
			if n.Kind == token.STRING {
				all.WriteString(n.Value + " ")
			}
		}
		return true
	})
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(all.String(), strings.ToLower(w)) })
}
