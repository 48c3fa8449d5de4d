package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestMain lets the tests speak English wherever they run.
func TestMain(m *testing.M) {
	for _, name := range []string{"BIRGE_LANG", "LC_ALL", "LC_MESSAGES", "LANG", "COLUMNS"} {
		os.Unsetenv(name)
	}
	os.Exit(m.Run())
}

type result struct {
	code     int
	out, err string
}

func birge(t *testing.T, ctx context.Context, args ...string) result {
	t.Helper()
	var out, err bytes.Buffer
	code := run(ctx, args, &streams{In: strings.NewReader(""), Out: &out, Err: &err})
	return result{code, out.String(), err.String()}
}

func TestWrongCommandLines(t *testing.T) {
	for _, args := range [][]string{{"fly"}, {"serve", "--port", "1"}, {"backup"}, {"serve", "--log-format", "xml"}, {"--config", "/nowhere.toml", "config"}} {
		if r := birge(t, t.Context(), args...); r.code != 2 || r.err == "" || r.out != "" {
			t.Errorf("%v: code %d, out %q, err %q", args, r.code, r.out, r.err)
		}
	}
	dir := t.TempDir()
	for _, args := range [][]string{
		{"serve", "--database", filepath.Join(dir, "no", "such", "folder.db")},
		{"serve", "--database", filepath.Join(dir, "a.db"), "--listen", "nonsense"},
		{"serve", "--database", filepath.Join(dir, "a.db"), "--tls-cert", "x"},
		{"serve", "--database", filepath.Join(dir, "a.db"), "--url", "birge.example"},
		{"serve", "--database", filepath.Join(dir, "a.db"), "--trusted-proxy", "nobody"},
		{"serve", "--database", filepath.Join(dir, "a.db"), "--url", "https://203.0.113.7"},
		{"serve", "--database", filepath.Join(dir, "a.db"), "--smtp", "smtp://mail.test"},
		{"serve", "--database", filepath.Join(dir, "a.db"), "--oidc-issuer", "https://id.test"},
		{"serve", "--database", filepath.Join(dir, "a.db"), "--zone", "Mars/Base"},
		{"backup", "--database", filepath.Join(dir, "none.db"), filepath.Join(dir, "x")},
		{"import", "organisations", "--database", filepath.Join(dir, "a.db"), filepath.Join(dir, "none.csv")},
		{"import", "polis", "--database", filepath.Join(dir, "a.db"), "main_test.go"},
		{"export", "organisations", "--database", filepath.Join(dir, "a.db"), filepath.Join(dir, "x.pdf")},
	} {
		if r := birge(t, t.Context(), args...); r.code != 1 || !strings.HasPrefix(r.err[strings.LastIndex(r.err[:len(r.err)-1], "\n")+1:], "birge: ") || r.out != "" {
			t.Errorf("%v: code %d, out %q, err %q", args, r.code, r.out, r.err)
		}
	}
}

// What config prints is a configuration file: every setting of the city is in it.
func TestConfigPrintsEverySetting(t *testing.T) {
	r := birge(t, t.Context(), "config")
	for _, n := range nodes(t) {
		if n.Name != "config" {
			continue
		}
		for _, f := range n.Flags {
			if !strings.Contains("\n"+r.out, "\n"+f.Name+" = ") {
				t.Errorf("no %s in\n%s", f.Name, r.out)
			}
		}
	}
}

func TestSettingsComeFromFlagsEnvironmentAndFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "birge.toml")
	text := "mail-from = \"Birge <a@mail.test>\"\nlisten = \"127.0.0.1:1\"\nsmtp = \"smtp://user:hidden@mail.test\"\ncache-mb = 7\ntrusted-proxy = [\"10.0.0.1\", \"10.0.0.2\"]\nmetrics-token = \"hidden\"\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("BIRGE_URL", "https://env.test")
	r := birge(t, t.Context(), "--config", file, "config", "--zone", "UTC")
	for _, want := range []string{`listen = "127.0.0.1:1"`, `url = "https://env.test"`, `zone = "UTC"`, "cache-mb = 7", `trusted-proxy = ["10.0.0.1", "10.0.0.2"]`} {
		if !strings.Contains(r.out, want) {
			t.Errorf("no %s in\n%s%s", want, r.out, r.err)
		}
	}
	if strings.Contains(r.out, "hidden") {
		t.Errorf("a secret is printed:\n%s", r.out)
	}
	if err := os.WriteFile(file, []byte("lisen = 'x'\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := birge(t, t.Context(), "--config", file, "config"); r.code != 2 || !strings.Contains(r.err, `"lisen"`) {
		t.Errorf("a misspelt setting passes: %d %s", r.code, r.err)
	}
}

// serving runs a city until the test ends and returns its address and the messages so far.
func serving(t *testing.T, args ...string) (base string, messages func() string, stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	outR, outW := io.Pipe()
	errs := &lockedBuffer{}
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...), &streams{In: strings.NewReader(""), Out: outW, Err: errs})
		outW.Close()
	}()
	line := make([]byte, 200)
	n, err := outR.Read(line)
	if err != nil {
		cancel()
		t.Fatalf("birge serve ended: %v\n%s", err, errs.String())
	}
	go io.Copy(io.Discard, outR)
	stopped := false
	stop = func() int {
		stopped = true
		cancel()
		return <-done
	}
	t.Cleanup(func() {
		if !stopped {
			stop()
		}
	})
	return strings.TrimSpace(string(line[:n])), errs.String, stop
}

func get(t *testing.T, client *http.Client, url string, headers ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(body)
}

var setupLink = regexp.MustCompile(`https?://\S+/setup/administrator/\S+`)

func TestAnEmptyFolderBecomesACity(t *testing.T) {
	dsn := filepath.Join(t.TempDir(), "city.db")
	base, messages, stop := serving(t, "--database", dsn)
	link := setupLink.FindString(messages())
	if link == "" || !strings.HasPrefix(link, base) {
		t.Fatalf("no set-up link in %q", messages())
	}
	client := &http.Client{}
	if code, body := get(t, client, link); code != 200 || !strings.Contains(body, `name="email"`) {
		t.Errorf("the set-up page: %d", code)
	}
	for path, want := range map[string]string{"/healthz": "ok", "/readyz": "ready", "/metrics": "birge_http_request_seconds", "/kk": `lang="kk"`} {
		if code, body := get(t, client, base+path); code != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: %d %.200s", path, code, body)
		}
	}
	if code, _ := get(t, client, base+"/metrics", "X-Forwarded-For", "203.0.113.7"); code != 403 {
		t.Errorf("metrics through a proxy: %d", code)
	}
	if code := stop(); code != 0 {
		t.Errorf("stopped with %d\n%s", code, messages())
	}
	info, err := os.Stat(dsn)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the database can be read by others: %v %v", info.Mode(), err)
	}
	// The same folder again: still no administrator, so a new link; the old one is dead.
	base2, messages2, _ := serving(t, "--database", dsn)
	again := setupLink.FindString(messages2())
	if again == "" || again[strings.LastIndex(again, "/"):] == link[strings.LastIndex(link, "/"):] {
		t.Errorf("second start: %q", again)
	}
	if code, body := get(t, client, base2+link[strings.Index(link, "/kk/"):]); code == 200 && strings.Contains(body, `name="email"`) {
		t.Error("the first link still works")
	}
}

// Whoever sends half of a form and waits, or takes nothing of an answer, does not keep the program from ending.
func TestWhoeverHangsDoesNotKeepTheProgram(t *testing.T) {
	base, messages, stop := serving(t, "--database", filepath.Join(t.TempDir(), "city.db"), "--grace", "100ms")
	host := strings.TrimPrefix(base, "http://")
	for _, request := range []string{
		"POST /kk/sign-in HTTP/1.1\r\nHost: " + host + "\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nemail=",
		"GET /kk HTTP/1.1\r\nHost: " + host + "\r\n\r\n",
		"GET /kk HTTP/1.1\r\nHost: ",
	} {
		conn, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, request); err != nil {
			t.Fatal(err)
		}
	}
	if code, _ := get(t, &http.Client{}, base+"/healthz"); code != 200 {
		t.Errorf("meanwhile: %d", code)
	}
	if code := stop(); code != 0 {
		t.Errorf("stopped with %d\n%s", code, messages())
	}
}

func TestMetricsByToken(t *testing.T) {
	base, _, _ := serving(t, "--database", filepath.Join(t.TempDir(), "city.db"), "--metrics-token", "sesame")
	client := &http.Client{}
	for auth, want := range map[string]int{"": 403, "Bearer wrong": 403, "sesame": 403, "Bearer sesame": 200} {
		if code, _ := get(t, client, base+"/metrics", "Authorization", auth); code != want {
			t.Errorf("%q: %d", auth, code)
		}
	}
}

func TestItsOwnTLS(t *testing.T) {
	dir := t.TempDir()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.ParseIP("127.0.0.1")}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	base, _, _ := serving(t, "--database", filepath.Join(dir, "city.db"), "--tls-cert", certFile, "--tls-key", keyFile)
	pool := x509.NewCertPool()
	cert, _ := x509.ParseCertificate(der)
	pool.AddCert(cert)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}}
	if code, _ := get(t, client, base+"/kk"); code != 200 || !strings.HasPrefix(base, "https://") {
		t.Errorf("%s: %d", base, code)
	}
	r := birge(t, t.Context(), "doctor", "--json", "--listen", "127.0.0.1:0", "--database", filepath.Join(dir, "city.db"), "--tls-cert", certFile, "--tls-key", keyFile, "--url", "https://other.test")
	if r.code != 1 || !strings.Contains(r.out, "not for other.test") || !strings.Contains(r.out, "renew it soon") {
		t.Errorf("doctor: %d\n%s%s", r.code, r.out, r.err)
	}
}

func TestBackupAndRestoreARunningCity(t *testing.T) {
	dir := t.TempDir()
	dsn, file := filepath.Join(dir, "city.db"), filepath.Join(dir, "backup")
	_, _, stop := serving(t, "--database", dsn)
	blob := filepath.Join(dir, "city.files", "aa", "0000000000000000000000aa.x")
	if err := errors.Join(os.MkdirAll(filepath.Dir(blob), 0o700), os.WriteFile(blob, []byte("a statute"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if r := birge(t, t.Context(), "backup", "--database", dsn, file); r.code != 0 {
		t.Fatalf("backup: %d %s", r.code, r.err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "city.files")); err != nil {
		t.Fatal(err)
	}
	if r := birge(t, t.Context(), "backup", "--database", dsn, file); r.code != 1 {
		t.Errorf("a backup overwrites another: %d", r.code)
	}
	if r := birge(t, t.Context(), "restore", "--database", dsn, file); r.code != 1 {
		t.Errorf("restored under a running city: %d", r.code)
	}
	if code := stop(); code != 0 {
		t.Fatalf("stopped with %d", code)
	}
	if r := birge(t, t.Context(), "restore", "--database", dsn, file); r.code != 0 {
		t.Errorf("restore: %d %s", r.code, r.err)
	}
	if text, err := os.ReadFile(blob); string(text) != "a statute" {
		t.Errorf("the files are not back: %q, %v", text, err)
	}
	if err := os.Truncate(file+".files", 700); err != nil {
		t.Fatal(err)
	}
	if r := birge(t, t.Context(), "restore", "--database", dsn, file); r.code != 1 || !strings.Contains(r.err, "damaged") {
		t.Errorf("restored from half a pack of files: %d %s", r.code, r.err)
	}
	if r := birge(t, t.Context(), "doctor", "--database", dsn, "--listen", "127.0.0.1:0"); !strings.Contains(r.out, "up to date") {
		t.Errorf("doctor: %d\n%s", r.code, r.out)
	}
}

func TestImportAndExportOrganisations(t *testing.T) {
	dir := t.TempDir()
	dsn, table := filepath.Join(dir, "city.db"), filepath.Join(dir, "list.csv")
	// Public test vectors of the numbering rules; the third has a wrong check digit.
	text := "БИН;Атауы;Наименование\n950440001673;Бірінші қор;Первый фонд\n990940003030;Екінші қор;Второй фонд\n950440001674;Үшінші қор;Третий фонд\n"
	if err := os.WriteFile(table, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r := birge(t, t.Context(), "import", "organisations", "--database", dsn, "--json", table)
	var report struct {
		Created, Updated, Unchanged, Rejected int
		Problems                              []struct{ Line int }
	}
	if err := json.Unmarshal([]byte(r.out), &report); err != nil {
		t.Fatalf("%v\n%s%s", err, r.out, r.err)
	}
	if r.code != 1 || report.Created != 2 || report.Rejected != 1 || len(report.Problems) == 0 || report.Problems[0].Line != 4 {
		t.Errorf("%d %+v", r.code, report)
	}
	r = birge(t, t.Context(), "import", "organisations", "--database", dsn, "--json", table)
	if _ = json.Unmarshal([]byte(r.out), &report); report.Created != 0 || report.Unchanged != 2 {
		t.Errorf("the second time: %+v", report)
	}
	out := filepath.Join(dir, "out.csv")
	if r := birge(t, t.Context(), "export", "organisations", "--database", dsn, out); r.code != 0 {
		t.Fatalf("%d %s", r.code, r.err)
	}
	if b, _ := os.ReadFile(out); !strings.Contains(string(b), "Бірінші қор") || !strings.Contains(string(b), "990940003030") {
		t.Errorf("%s", b)
	}
	fresh := filepath.Join(dir, "fresh.db")
	r = birge(t, t.Context(), "import", "organisations", "--database", fresh, "--json", out)
	if _ = json.Unmarshal([]byte(r.out), &report); r.code != 0 || report.Created != 2 {
		t.Errorf("round trip: %d %+v %s", r.code, report, r.err)
	}
}

func TestImportResidents(t *testing.T) {
	dir := t.TempDir()
	dsn, roll := filepath.Join(dir, "city.db"), filepath.Join(dir, "roll.csv")
	write := func(text string) {
		if err := os.WriteFile(roll, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("iin\n061211600012\n061211600013\n") // the second has a wrong check digit
	if r := birge(t, t.Context(), "import", "residents", "--database", dsn, roll); r.code != 1 || !strings.Contains(r.out, "line 3") || strings.Contains(r.out+r.err, "061211600013") {
		t.Errorf("a broken roll: %d\n%s%s", r.code, r.out, r.err)
	}
	write("iin\n061211600012\n")
	if r := birge(t, t.Context(), "import", "residents", "--database", dsn, roll); r.code != 0 || !strings.Contains(r.out, "1 person added") {
		t.Errorf("%d\n%s%s", r.code, r.out, r.err)
	}
	if b, err := os.ReadFile(dsn); err != nil || bytes.Contains(b, []byte("061211600012")) {
		t.Errorf("the database keeps the number: %v", err)
	}
}

// The real conversation goes in, is served, and comes out as it was.
func TestPolisRoundTrip(t *testing.T) {
	source := sharedData(t, "polis/vtaiwan.uberx")
	dir := t.TempDir()
	dsn, out := filepath.Join(dir, "city.db"), filepath.Join(dir, "out")
	r := birge(t, t.Context(), "import", "polis", "--database", dsn, "--json", source)
	if r.code != 0 {
		t.Fatalf("import: %d %s", r.code, r.err)
	}
	var made struct {
		ID                              string
		Participants, Statements, Votes int
	}
	if err := json.Unmarshal([]byte(r.out), &made); err != nil || made.ID == "" {
		t.Fatalf("%v\n%s", err, r.out)
	}
	if made.Participants != 1921 {
		t.Errorf("%+v", made)
	}
	base, _, stop := serving(t, "--database", dsn)
	if code, body := get(t, &http.Client{}, base+"/ru/consultations/"+made.ID); code != 200 || !strings.Contains(body, "Uber") {
		t.Errorf("its page: %d", code)
	}
	stop()
	if r := birge(t, t.Context(), "export", "polis", "--database", dsn, "--consultation", made.ID, out); r.code != 0 {
		t.Fatalf("export: %d %s", r.code, r.err)
	}
	for _, name := range []string{"comments.csv", "votes.csv", "participants-votes.csv", "summary.csv"} {
		want, err := os.ReadFile(filepath.Join(source, name))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(out, name))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s differs from what was imported: %v (%d and %d bytes)", name, err, len(got), len(want))
		}
	}
}

func TestInterruptedWorkLeavesNothing(t *testing.T) {
	source := sharedData(t, "polis/vtaiwan.uberx")
	dsn := filepath.Join(t.TempDir(), "city.db")
	if r := birge(t, t.Context(), "config", "--database", dsn); r.code != 0 {
		t.Fatal(r.err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r := birge(t, ctx, "import", "polis", "--database", dsn, source); r.code != 130 || !strings.Contains(r.err, "nothing was left half-done") {
		t.Errorf("%d %s", r.code, r.err)
	}
}

// sharedData finds the folder of real data beside the project, or skips.
func sharedData(t *testing.T, name string) string {
	t.Helper()
	dir := os.Getenv("BIRGE_SHARED")
	if dir == "" {
		dir = "../../../shared"
	}
	dir = filepath.Join(dir, "data", name)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("needs the shared data (%s), which is not here", name)
	}
	return dir
}

// Two cities in one folder are served by one process, each by its host; a file that is wrong keeps only its own city away.
func TestManyCitiesAreServed(t *testing.T) {
	dir := t.TempDir()
	for name, file := range map[string]string{"taraz": "url = 'https://taraz.test'", "turkistan": "url = 'http://turkistan.test'\nzone = 'Asia/Qyzylorda'", "broken": "ulr = 'https://broken.test'", "nameless": "zone = 'Asia/Almaty'"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name, "city.toml"), []byte(file+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	base, messages, stop := serving(t, "--cities", dir)
	as := func(host string) (int, string) {
		req, err := http.NewRequest("GET", base+"/ru", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		return res.StatusCode, string(body)
	}
	for host, want := range map[string]int{"taraz.test": 200, "turkistan.test": 200, "broken.test": 404, "nameless.test": 404} {
		if code, body := as(host); code != want {
			t.Errorf("%s: %d, want %d: %.300s", host, code, want, body)
		}
	}
	said := messages()
	for _, want := range []string{"https://taraz.test/kk/setup/administrator/", "http://turkistan.test/kk/setup/administrator/", `\"ulr\"`, "url is missing"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not said: %s", want, said)
		}
	}
	if stop() != 0 {
		t.Error("it did not end well")
	}
	for _, name := range []string{"taraz", "turkistan"} {
		if _, err := os.Stat(filepath.Join(dir, name, "birge.db")); err != nil {
			t.Error(err)
		}
	}
	for _, args := range [][]string{{"--cities", dir, "--url", "https://x.test"}, {"--cities", dir, "--cities-open", "0"}, {"--cities", filepath.Join(dir, "nowhere")}} {
		if r := birge(t, t.Context(), append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...); r.code != 1 {
			t.Errorf("%v: %d %s", args, r.code, r.err)
		}
	}
}
