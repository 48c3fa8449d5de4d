package rights

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"sync"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/rights/guide"
)

//go:embed library/*/*.toml
var library embed.FS

// book is the guides of a city, in the order in which they are listed.
type book struct {
	guides  []*guide.Guide
	version uint64           // of the topic
	numbers map[string]int64 // versions of those that were published here
}

func (b *book) find(id string) (*guide.Guide, bool) {
	i := slices.IndexFunc(b.guides, func(g *guide.Guide) bool { return g.ID == id })
	if i < 0 {
		return nil, false
	}
	return b.guides[i], true
}

// writtenOn is a day on which the guides of the library were in force: what they say of other days they say themselves.
var writtenOn = time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)

// comes is the library that comes with the program, compiled once.
var comes = sync.OnceValues(func() (*book, error) {
	folders, err := fs.ReadDir(library, "library")
	if err != nil {
		return nil, err
	}
	b := &book{}
	for _, f := range folders {
		read := func(name string) string {
			content, failed := library.ReadFile(path.Join("library", f.Name(), name))
			if failed != nil {
				err = failed
			}
			return string(content)
		}
		src := guide.Source{Guide: read(guide.File), Texts: map[civic.Lang]string{}}
		for _, lang := range civic.Languages() {
			src.Texts[lang] = read(string(lang) + ".toml")
		}
		if err != nil {
			return nil, err
		}
		g, err := guide.Compile(f.Name(), src, guide.On{Day: writtenOn}) // by a week without holidays: what it checks is the same by any calendar
		if err != nil {
			return nil, fmt.Errorf("the guide %s: %w", f.Name(), err)
		}
		b.guides = append(b.guides, g)
	}
	return b, nil
})
