package files_test

import (
	"errors"
	"image"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/files"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/memorytest"
)

// scene is a picture of 12 megapixels with something in every part of it.
func scene() *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, 4000, 3000))
	seed := uint32(1)
	for i := 0; i < len(img.Pix); i += 4 {
		seed = seed*1664525 + 1013904223
		x, y := i/4%4000, i/4/4000
		img.Pix[i], img.Pix[i+1], img.Pix[i+2], img.Pix[i+3] = byte(x>>4), byte(y>>4), byte(x+y)>>3+byte(seed>>28), 255
	}
	return img
}

// A city with its database takes a picture of 12 megapixels within 150 MiB, all in all.
func TestMemoryOfAPicture(t *testing.T) {
	for name, write := range map[string]func(*os.File) error{
		"jpeg": func(f *os.File) error { return jpeg.Encode(f, scene(), &jpeg.Options{Quality: 92}) },
		"png":  func(f *os.File) error { return png.Encode(f, scene()) },
	} {
		t.Run(name, func(t *testing.T) { memorytest.WithinBytes(t, 150<<20, write, takePicture) })
	}
}

func takePicture(t *testing.T, path string) {
	dir := filepath.Dir(path)
	c := citytest.Open(t, filepath.Join(dir, "city.db"), app.Config{Files: filepath.Join(dir, "files")})
	where := files.Place{Thing: organisations.RefOf(c.Organisation("Жасыл қала")), Sort: organisations.LogoFiles}
	f, err := os.Open(path)
	c.Must(err)
	info, err := f.Stat()
	c.Must(err)
	began := time.Now()
	_, err = c.Files.Add(c.Ctx(), c.Administrator().Actor, where, civic.Text{"kk": "Сурет"}, files.Upload{Name: "a.jpg", Bytes: f, Size: info.Size()})
	c.Must(errors.Join(err, f.Close()))
	t.Logf("%d MiB in %s", info.Size()>>20, time.Since(began))
}

// BenchmarkPicture is how long a picture of 12 megapixels takes from the file to three versions on disk.
func BenchmarkPicture(b *testing.B) {
	path := filepath.Join(b.TempDir(), "a.jpg")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	if err := jpeg.Encode(f, scene(), &jpeg.Options{Quality: 92}); err != nil {
		b.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		b.Fatal(err)
	}
	c := citytest.Open(b, filepath.Join(b.TempDir(), "city.db"), app.Config{})
	where := files.Place{Thing: organisations.RefOf(c.Organisation("Жасыл қала")), Sort: organisations.LogoFiles}
	for b.Loop() {
		ids, err := c.Files.Add(c.Ctx(), c.Administrator().Actor, where, civic.Text{"kk": "Сурет"}, files.Upload{Name: "a.jpg", Bytes: f, Size: info.Size()})
		c.Must(err)
		c.Must(c.Files.Remove(c.Ctx(), c.Administrator().Actor, where, ids[0]))
	}
}
