package pabulib

import (
	"os"
	"path/filepath"
	"testing"
)

// sharedData returns the folder of the test data, or skips.
func sharedData(t testing.TB, parts ...string) string {
	t.Helper()
	var tries []string
	if dir := os.Getenv("BIRGE_SHARED"); dir != "" {
		tries = append(tries, filepath.Join(dir, "data"))
	} else if wd, err := os.Getwd(); err == nil {
		for dir := wd; filepath.Dir(dir) != dir; dir = filepath.Dir(dir) {
			tries = append(tries, filepath.Join(dir, "shared", "data"))
		}
	}
	for _, try := range tries {
		if _, err := os.Stat(filepath.Join(try, "pabulib")); err == nil {
			return filepath.Join(append([]string{try, "pabulib"}, parts...)...)
		}
	}
	t.Skip("the shared test data is not here: set BIRGE_SHARED to its folder")
	return ""
}

func BenchmarkRead(b *testing.B) {
	for _, name := range []string{"Poland_Warszawa_2026.pb", "Hungary_Budapest_2024.pb", "Poland_Krakow_2022_Podgorze.pb"} {
		b.Run(name, func(b *testing.B) {
			path := sharedData(b, name)
			info, err := os.Stat(path)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(info.Size())
			b.ReportAllocs()
			for b.Loop() {
				r, err := os.Open(path)
				if err != nil {
					b.Fatal(err)
				}
				if _, _, _, err := Read(r, Strict); err != nil {
					b.Fatal(err)
				}
				r.Close()
			}
		})
	}
}
