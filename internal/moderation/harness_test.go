package moderation_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"testing/fstest"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// wall is a made-up capability whose things wait for moderators: its notes and its pictures. They
// live in the test's memory, and so belong to one test.
type wall struct {
	*citytest.City
	things map[string][]part.ToModerate // by kind, in the order of their queue
	inside func(tx *storage.Tx)         // is called whenever notes are asked for what waits
}

const (
	notes    = "wall.note"
	pictures = "wall.picture"
)

func each(t *testing.T, test func(t *testing.T, w *wall)) {
	t.Helper()
	t.Parallel()
	for _, engine := range engines {
		t.Run(string(engine.name), func(t *testing.T) {
			w := &wall{things: map[string][]part.ToModerate{}}
			w.City = citytest.Open(t, engine.dsn(t), w.config())
			w.Again()
			test(t, w)
		})
	}
}

func (w *wall) capability() capability.Capability {
	texts := fstest.MapFS{}
	for _, lang := range civic.Languages() {
		texts[string(lang)+".toml"] = &fstest.MapFile{Data: []byte("kind_note = \"Note\"\nkind_picture = \"Picture\"\n")}
	}
	kind := func(name string) part.Kind {
		return part.Kind{Name: name, Titles: w.titles, NotSearched: "it is a test's",
			Moderated: part.Moderated{Queue: w.queue(name), Find: w.find(name), OwnContest: true}}
	}
	return capability.Capability{
		Part: part.Part{Name: "wall", Texts: texts, Schema: fstest.MapFS{}, Kinds: []part.Kind{kind(notes), kind(pictures)},
			Without: []part.Absence{part.No("it is a test's", part.PointSettings, part.PointActs, part.PointAudited, part.PointPersonal, part.PointHelp,
				part.PointNav, part.PointNow, part.PointWeek, part.PointCame, part.PointPromises, part.PointNumbers, part.PointDesk, part.PointMe)}},
		New: func(capability.City) part.Running { return part.Running{} },
	}
}

// wait puts so many things of a kind onto the wall, the first of which is due after due and each
// other a minute later; zero: they have no date.
func (w *wall) wait(kind string, n int, due time.Duration) {
	for i := range n {
		no := strconv.Itoa(i + 1)
		thing := part.ToModerate{ID: civic.ID(no), No: no, Text: civic.Everywhere(kind + no), Waits: true, Since: citytest.Start.Add(time.Duration(i) * time.Minute), At: no,
			Page: "/wall/" + no, Decide: "/wall/" + no}
		if due > 0 {
			thing.Due = citytest.Start.Add(due + time.Duration(i)*time.Minute)
		}
		w.things[kind] = append(w.things[kind], thing)
	}
}

func (w *wall) queue(kind string) func(*storage.Tx, civic.Actor, part.QueuePage) ([]part.ToModerate, error) {
	return func(tx *storage.Tx, _ civic.Actor, page part.QueuePage) ([]part.ToModerate, error) {
		if w.inside != nil && kind == notes {
			w.inside(tx)
		}
		after, _ := strconv.Atoi(page.After)
		left := slices.DeleteFunc(slices.Clone(w.things[kind][min(after, len(w.things[kind])):]), func(t part.ToModerate) bool { return !t.Waits })
		return left[:min(page.Most, len(left))], nil
	}
}

func (w *wall) find(kind string) func(*storage.Tx, civic.Actor, []civic.ID) ([]part.ToModerate, error) {
	return func(_ *storage.Tx, _ civic.Actor, ids []civic.ID) (out []part.ToModerate, err error) {
		for _, thing := range w.things[kind] {
			if slices.Contains(ids, thing.ID) {
				out = append(out, thing)
			}
		}
		return out, nil
	}
}

func (w *wall) titles(*storage.Tx, civic.Actor, []civic.ID) (map[civic.ID]part.Resolved, error) {
	return nil, nil
}

func moderator(n int) civic.Actor {
	return civic.Actor{Account: civic.ID(fmt.Sprintf("moderator-%d", n)), Assurance: civic.EmailConfirmed, Grants: []civic.Grant{{Role: civic.Moderator}}}
}

func words(items ...[]moderation.Item) (out []string) {
	for _, i := range slices.Concat(items...) {
		out = append(out, i.Text[civic.English])
	}
	return out
}

var engines = []struct {
	name storage.Engine
	dsn  func(testing.TB) string
}{{storage.SQLite, storagetest.SQLite}, {storage.PostgreSQL, storagetest.PostgreSQL}}

func (w *wall) config() app.Config {
	return app.Config{Capabilities: []capability.Capability{w.capability()}}
}

// lockWaits is how many transactions wait for a lock that another holds.
func lockWaits(tx *storage.Tx) int64 {
	n, err := storage.One(tx, storage.Scalar[int64], `SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
		AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
	if err != nil {
		return 1 // the transaction is over
	}
	return n
}

func names(kind string, n int) (out []string) {
	for i := range n {
		out = append(out, kind+strconv.Itoa(i+1))
	}
	return out
}
