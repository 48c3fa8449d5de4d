package paper_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/paper"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// poll is a made-up thing that people take part in on paper: what a sheet says is a few numbers.
var poll = civic.Ref{Kind: "board.poll", ID: "7"}

// world is a city with its officers, and what was handed over to the owner of the poll.
type world struct {
	*citytest.City
	mu                   sync.Mutex
	owner                paper.Owner
	agreed               []string
	handed               []string
	p                    paper.Protocol
	first, second, third *citytest.Person
}

func each(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	texts := fstest.MapFS{}
	for _, lang := range civic.Languages() {
		texts[string(lang)+".toml"] = &fstest.MapFile{Data: []byte("kind_poll = \"Poll\"\nhint = \"Numbers\"\nwrong = \"Give numbers\"\n")}
	}
	titles := func(_ *storage.Tx, _ civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
		out := map[civic.ID]part.Resolved{}
		for _, id := range ids {
			out[id] = part.Resolved{Title: civic.Text{"kk": "Саябақ", "ru": "Парк", "en": "Park"}, Path: "/polls/" + string(id)}
		}
		return out, nil
	}
	board := capability.Capability{
		Part: part.Part{Name: "board", Texts: texts, Schema: fstest.MapFS{}, Kinds: []part.Kind{{Name: poll.Kind, Titles: titles, NotSearched: "it is a test's"}},
			Without: []part.Absence{part.No("it is a test's", part.PointSettings, part.PointActs, part.PointAudited, part.PointPersonal, part.PointHelp,
				part.PointNav, part.PointNow, part.PointWeek, part.PointCame, part.PointPromises, part.PointNumbers, part.PointDesk, part.PointMe)}},
		New: func(capability.City) part.Running { return part.Running{} },
	}
	citytest.EachWith(t, app.Config{Capabilities: []capability.Capability{board}}, func(t *testing.T, c *citytest.City) {
		w := &world{City: c}
		body := c.Body("Әкімдік")
		w.owner = paper.Owner{
			May: func(_ *storage.Tx, a civic.Actor, _ civic.Ref) (bool, error) {
				return a.ActsFor(civic.Officer, organisations.RefOf(body)), nil
			},
			Sorts: []paper.Sort{paper.Ballots, paper.Signatures},
			Layout: func(_ *storage.Tx, _ civic.Ref, _ paper.Sort, lang civic.Lang) (paper.Layout, error) {
				return paper.Layout{Issuer: "Әкімдік", Title: "Саябақ", Intro: []string{"Ең көбі екеуін белгілеңіз."}, Choices: []string{"Орындық", "Шам ₸"}, Columns: []string{"Аты-жөні", "Қолы"}, Rows: 3}, nil
			},
			Hint: civic.Say("board.hint"),
			Check: func(_ *storage.Tx, _ civic.Ref, _ paper.Sort, content string) (string, error) {
				if strings.Trim(content, "0123456789 ") != "" {
					return "", civic.Wrong("content", "board.wrong")
				}
				return strings.Join(strings.Fields(content), " "), nil
			},
			ToPerson: func(_ context.Context, _ civic.Actor, _ civic.Ref, iin, _ string) error {
				if iin != "900101300017" {
					return civic.Wrong("iin", "board.wrong")
				}
				return nil
			},
			Handed: func(_ *storage.Tx, of civic.Ref, sort paper.Sort, contents []string, p paper.Protocol) error {
				w.handed, w.p = contents, p
				return nil
			},
		}
		c.Paper.Own(poll.Kind, w.owner)
		w.first, w.second, w.third = c.Officer(body), c.Officer(body), c.Officer(body)
		test(t, w)
	})
}

// takes lets the owner take each sheet at once; a "9" does not count.
func (w *world) takes() {
	w.owner.Handed, w.owner.Agreed = nil, func(_ *storage.Tx, _ civic.Ref, _ paper.Sort, content string) (bool, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.agreed = append(w.agreed, content)
		return content != "9", nil
	}
	w.Paper.Own(poll.Kind, w.owner)
}

func (w *world) print(sheets int) (paper.Run, []string) {
	w.T.Helper()
	r, _, codes, err := w.Paper.Print(w.Ctx(), w.first.Actor, poll, paper.Ballots, sheets, civic.Kazakh)
	w.Must(err)
	return r, codes
}

func (w *world) enter(p *citytest.Person, r paper.Run, code, content string) (paper.SheetState, error) {
	return w.Paper.Enter(w.Ctx(), p.Actor, r.ID, code, content)
}

func (w *world) wantState(p *citytest.Person, r paper.Run, code, content string, want paper.SheetState) {
	w.T.Helper()
	if got, err := w.enter(p, r, code, content); err != nil || got != want {
		w.T.Fatalf("the sheet is %q, %v, want %q", got, err, want)
	}
}

func number(w *world, query string) (n int64) {
	w.T.Helper()
	w.Read(func(tx *storage.Tx) (err error) { n, err = storage.One(tx, storage.Scalar[int64], query); return err })
	return n
}

// Ten sheets: three come back, one is spoilt, four stay unused, two were never given out.
func TestSheetsFromPrintingToProtocol(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx, a := w.Ctx(), w.first.Actor
		r, codes := w.print(10)
		w.Refused(w.Paper.Give(ctx, a, r.ID, "№ 3 бөлме", 11), civic.Invalid)
		w.Must(w.Paper.Give(ctx, a, r.ID, "№ 3 бөлме", 5))
		w.Must(w.Paper.Give(ctx, a, r.ID, "Кітапхана", 3))
		w.Refused(w.Paper.Give(ctx, a, r.ID, "Мектеп", 3), civic.Invalid) // two are left
		_, err := w.Paper.Reconcile(ctx, a, r.ID, "", false)
		w.Refused(err, civic.Conflict) // packets are out
		w.Must(w.Paper.TakeBack(ctx, a, r.ID, 1, paper.Back{Returned: 2, Spoilt: 1, Unused: 2}))
		w.Refused(w.Paper.TakeBack(ctx, a, r.ID, 1, paper.Back{Returned: 2, Spoilt: 1, Unused: 2}), civic.Conflict)
		w.Refused(w.Paper.TakeBack(ctx, a, r.ID, 2, paper.Back{Returned: -1, Spoilt: 0, Unused: 0}), civic.Invalid)
		w.Refused(w.Paper.TakeBack(ctx, a, r.ID, 9, paper.Back{Returned: 1, Spoilt: 0, Unused: 2}), civic.NotFound)
		w.Must(w.Paper.TakeBack(ctx, a, r.ID, 2, paper.Back{Returned: 1, Spoilt: 0, Unused: 2}))

		w.wantState(w.first, r, codes[0], "1  2", paper.Once)
		_, err = w.enter(w.first, r, codes[0], "1 2")
		w.Refused(err, civic.Conflict) // the same person
		w.wantState(w.second, r, strings.ToLower(strings.ReplaceAll(codes[0], "-", "")), "1 2", paper.Agreed)
		_, err = w.enter(w.third, r, codes[0], "1 2")
		w.Refused(err, civic.Conflict) // a copy of the sheet
		w.wantState(w.second, r, codes[1], "2", paper.Once)
		w.wantState(w.first, r, codes[1], "1", paper.Differs)
		_, err = w.Paper.Reconcile(ctx, a, r.ID, "", false)
		w.Refused(err, civic.Conflict) // a sheet waits for a third person
		v, err := w.Paper.View(ctx, w.third.Actor, r.ID)
		w.Must(err)
		if !slices.Equal(v.Differences, []paper.Difference{{First: "2", Second: "1"}}) {
			t.Errorf("differences: %+v", v.Differences)
		}
		_, err = w.enter(w.first, r, codes[1], "2")
		w.Refused(err, civic.Conflict) // one of the two decides nothing
		w.wantState(w.third, r, codes[1], "2", paper.Agreed)
		w.wantState(w.first, r, codes[2], "", paper.Once)
		w.wantState(w.third, r, codes[2], "", paper.Agreed)
		_, err = w.enter(w.first, r, "AAAA-BBBB-CCCC-DDDD", "1")
		w.Refused(err, civic.Invalid)
		_, err = w.enter(w.first, r, codes[3], "one")
		w.Refused(err, civic.Invalid)

		p, err := w.Paper.Reconcile(ctx, a, r.ID, "", false)
		w.Must(err)
		if !p.Agrees() || p.Given != 8 || p.Returned != 3 || p.Spoilt != 1 || p.Unused != 4 || p.Missing != 0 || w.p.Returned != 3 || !w.p.Last {
			t.Errorf("%+v", p)
		}
		slices.Sort(w.handed)
		if !slices.Equal(w.handed, []string{"", "1 2", "2"}) {
			t.Errorf("handed over: %q", w.handed)
		}
		_, err = w.Paper.Reconcile(ctx, a, r.ID, "", false)
		w.Refused(err, civic.Closed)
		_, err = w.enter(w.first, r, codes[4], "1")
		w.Refused(err, civic.Closed)
		if n := number(w, "SELECT COUNT(*) FROM paper_sheet WHERE content <> ''") + number(w, "SELECT COUNT(*) FROM paper_entry"); n > 0 {
			t.Error("what secret sheets say is kept after it was handed over")
		}
		w.SkipActs()
		for _, act := range w.Acts("paper.run.reconciled") {
			if !strings.Contains(string(act.Payload), `"missing":0`) || !strings.Contains(string(act.Payload), `"entered":3`) {
				t.Errorf("the record says %s", act.Payload)
			}
		}
	})
}

// What does not agree is taken with a reason, and stays.
func TestProtocolThatDoesNotAgree(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r, codes := w.print(3)
		w.Must(w.Paper.Give(w.Ctx(), w.first.Actor, r.ID, "Кітапхана", 3))
		w.Must(w.Paper.TakeBack(w.Ctx(), w.first.Actor, r.ID, 1, paper.Back{Returned: 1, Spoilt: 0, Unused: 1})) // one is lost
		w.wantState(w.first, r, codes[0], "1", paper.Once)
		w.wantState(w.second, r, codes[0], "1", paper.Agreed)
		_, err := w.Paper.Reconcile(w.Ctx(), w.first.Actor, r.ID, " ", false)
		w.Refused(err, civic.Invalid)
		p, err := w.Paper.Reconcile(w.Ctx(), w.first.Actor, r.ID, "Бір парақ жоғалды", false)
		w.Must(err)
		if p.Missing != 1 || p.Agrees() {
			t.Errorf("%+v", p)
		}
	})
}

// An owner that takes each sheet at once says what counts; what the sheet says is forgotten here then. A sheet that went away before a second person
// read it holds nobody up, with a reason.
func TestSheetsThatAreTakenAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.takes()
		ctx, a := w.Ctx(), w.first.Actor
		r, codes := w.print(4)
		w.Must(w.Paper.Give(ctx, a, r.ID, "Кітапхана", 4))
		w.Must(w.Paper.TakeBack(ctx, a, r.ID, 1, paper.Back{Returned: 4}))
		w.wantState(w.first, r, codes[0], "1", paper.Once)
		w.wantState(w.second, r, codes[0], "1", paper.Agreed)
		w.wantState(w.first, r, codes[1], "9", paper.Once)
		w.wantState(w.second, r, codes[1], "9", paper.Void)
		_, err := w.enter(w.third, r, codes[1], "9")
		w.Refused(err, civic.Conflict)
		if n := number(w, "SELECT COUNT(*) FROM paper_sheet WHERE content <> ''") + number(w, "SELECT COUNT(*) FROM paper_entry WHERE content <> ''"); n > 0 {
			t.Error("what a sheet says is kept after its owner took it")
		}
		w.wantState(w.first, r, codes[2], "3", paper.Once)
		w.wantState(w.first, r, codes[3], "4", paper.Once)
		w.wantState(w.second, r, codes[3], "5", paper.Differs)
		_, err = w.Paper.Reconcile(ctx, a, r.ID, "Жоғалды", false)
		w.Refused(err, civic.Conflict)
		_, err = w.Paper.Reconcile(ctx, a, r.ID, "", true)
		w.Refused(err, civic.Invalid)
		p, err := w.Paper.Reconcile(ctx, a, r.ID, "Жоғалды", true)
		w.Must(err)
		if p.Entered[paper.Agreed] != 1 || p.Entered[paper.Void] != 3 || !p.Agrees() || !slices.Equal(w.agreed, []string{"1", "9"}) {
			t.Errorf("%+v, agreed %q", p, w.agreed)
		}
		if n := number(w, "SELECT COUNT(*) FROM paper_entry WHERE content <> ''"); n > 0 {
			t.Error("what was read of lost sheets is kept")
		}
	})
}

// Many enter the same sheet at once: it is entered twice and counts once.
func TestManyEnterOneSheetAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.takes()
		r, codes := w.print(1)
		body := organisations.RefOf(w.first.Scopes(civic.Officer)[0])
		var wg sync.WaitGroup
		for i := range 12 {
			actor := civic.Actor{Account: civic.ID(fmt.Sprint("clerk-", i%6)), Assurance: civic.EmailConfirmed, Grants: []civic.Grant{{Role: civic.Officer, Scope: body}}}
			wg.Go(func() {
				_, err := w.Paper.Enter(context.WithoutCancel(w.Ctx()), actor, r.ID, codes[0], "1")
				if err != nil && civic.CodeOf(err) != civic.Conflict {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := number(w, "SELECT COUNT(*) FROM paper_entry"); n != 2 || len(w.agreed) != 1 {
			t.Errorf("%d entries, agreed %d times", n, len(w.agreed))
		}
	})
}

func TestWhoWorksWithPaper(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r, codes := w.print(2)
		other, resident := w.Officer(w.Body("Басқарма")), w.Resident("")
		for _, p := range []*citytest.Person{other, resident} {
			_, err := w.enter(p, r, codes[0], "1")
			w.Refused(err, civic.Forbidden)
			_, _, _, err = w.Paper.Print(w.Ctx(), p.Actor, poll, paper.Ballots, 1, civic.Kazakh)
			w.Refused(err, civic.Forbidden)
			_, err = w.Paper.View(w.Ctx(), p.Actor, r.ID)
			w.Refused(err, civic.Forbidden)
			w.Browser(p).Get("/ru" + paper.Path(r.ID)).Want(403)
		}
		_, _, _, err := w.Paper.Print(w.Ctx(), w.first.Actor, poll, paper.Booklets, 1, civic.Kazakh)
		w.Refused(err, civic.Invalid)
		_, _, _, err = w.Paper.Print(w.Ctx(), w.first.Actor, poll, paper.Ballots, 501, civic.Kazakh)
		w.Refused(err, civic.Invalid)
		for _, code := range codes { // they are kept nowhere
			if n := number(w, "SELECT COUNT(*) FROM paper_sheet WHERE content LIKE '%"+code+"%'"); n > 0 || len(code) != 19 {
				t.Error("a code is kept as it is")
			}
		}
	})
}

// The pages, as an officer's browser walks them.
func TestPagesOfPaper(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		officer, second := w.Browser(w.first), w.Browser(w.second)
		of := "/ru" + paper.OfPath(poll)
		officer.Get(of).Want(200, "Парк", "Бюллетени", "Подписные листы")
		sheets := officer.Post(of, "sort", "ballots", "lang", "kk", "sheets", "3").Want(200)
		if !strings.HasPrefix(sheets.Body, "%PDF-") || sheets.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("the sheets are %.20q", sheets.Body)
		}
		officer.Post(of, "sort", "ballots", "lang", "kk", "sheets", "0").Want(422)
		r, codes := w.print(2)
		run := "/ru" + paper.Path(r.ID)
		officer.Get(of).Want(200, "напечатано 2 листа", "напечатано 3 листа")
		officer.Post(run+"/give", "place", "Библиотека", "sheets", "5").Want(422, "Не выданы ещё 2 листа", "Библиотека")
		officer.Post(run+"/give", "place", "Библиотека", "sheets", "2").Want(303)
		officer.Get(run).Want(200, "Библиотека", "Выдать лист человеку")
		officer.Post(run+"/person", "iin", "1").Want(422)
		officer.Post(run+"/person", "iin", "900101300017").Want(303)
		w.Browser(w.Resident("")).Post(run+"/person", "iin", "900101300017").Want(403)
		officer.Get(run+"/enter?sheet="+codes[0]).Want(200, codes[0])
		officer.Post(run+"/enter", "code", codes[0], "content", "1 2").Want(303)
		officer.Get(run + "/enter").Want(200).Main().Lacks("1 2")
		second.Post(run+"/enter", "code", codes[0], "content", "x").Want(422, "x", codes[0])
		second.Post(run+"/enter", "code", codes[0], "content", "1").Want(303)
		officer.Get(run).Want(200, "Расхождения", "ждёт третьего человека")
		officer.Get(run+"/reconcile").Want(200, "Ещё рано")
		w.Browser(w.third).Post(run+"/enter", "code", codes[0], "content", "1").Want(303)
		officer.Get(run+"/packets/1").Want(200, "Библиотека")
		officer.Post(run+"/packets/1", "returned", "", "spoilt", "0", "unused", "1").Want(422)
		officer.Post(run+"/packets/1", "returned", "1", "spoilt", "0", "unused", "1").Want(303)
		officer.Post(run + "/reconcile").Want(303)
		officer.Get(run).Want(200, "сверены и сданы")
		officer.Get("/ru/account/download").Want(200, "sheets_entered")
	})
}
