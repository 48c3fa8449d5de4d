package app_test

import (
	"bytes"
	"image"
	"image/png"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/consultations"
	"github.com/birge-kz/birge/internal/councils"
	"github.com/birge-kz/birge/internal/files"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record/proof"
)

// things belong to somebody: a body, an organisation, a reader, whoever was invited or has asked.
type things struct {
	*citytest.City
	akimat, police, group, double civic.ID
	draft, asked                  civic.ID // consultations of the akimat
	owed, due, promised           civic.ID // by the akimat; the promise was delivered
	logo, plan                    files.File
	token, invitation             string
	delivered                     civic.ID // by the akimat, to
	asks                          string   // the token of a reader without an account
	talk                          talk
	council                       council
	filed                         filed
	competitions                  competitions
	happenings                    happenings
}

func newThings(c *citytest.City) *things {
	c.T.Helper()
	w := &things{City: c, akimat: c.Body("Әкімдік"), police: c.Body("Полиция"), group: c.Organisation("Жасыл қала"), double: c.Organisation("Жасыл қала")}
	admin := c.Administrator()
	service := app.Service[*consultations.Service](c.App)
	set := service.Defaults()
	set.Question, set.Context, set.Decision = bothSay("Саябақ"), bothSay("Саябақ"), bothSay("Шешім")
	set.Audience = consultations.Registered
	set.Host, set.Body, set.OpensAt, set.ClosesAt = w.akimat, w.akimat, c.Now(), c.Now().AddDate(0, 0, 20)
	for _, seed := range []string{"Ағаш", "Жол", "Су", "Жарық", "Орындық"} {
		set.Seeds = append(set.Seeds, bothSay(seed))
	}
	var err error
	w.draft, err = service.Create(c.Ctx(), admin.Actor, set)
	c.Must(err)
	w.asked, err = service.Create(c.Ctx(), admin.Actor, set)
	c.Must(err)
	c.Must(service.Publish(c.Ctx(), admin.Actor, w.asked))
	w.owed = w.owe(answers.Obligation{Subject: organisations.RefOf(w.group), Owed: answers.Answer, Term: civic.Term{Days: 15, Working: true}})
	w.due = w.owe(answers.Obligation{Subject: organisations.RefOf(w.group), Owed: answers.Answer, Term: civic.Term{Days: 15, Working: true}})
	w.promised = w.owe(answers.Obligation{Subject: civic.Ref{Kind: consultations.Kind, ID: w.asked}, Owed: answers.Deed, What: bothSay("Жарық"), Term: civic.Term{Days: 15}})
	c.Must(c.Answers.Answer(c.Ctx(), c.Officer(w.akimat).Actor, w.promised, answers.Verdict{Outcome: answers.Done, Reason: bothSay("Жасалды")}, "А. Б."))
	w.logo = w.add(organisations.RefOf(w.group), organisations.LogoFiles)
	w.plan = w.add(civic.Ref{Kind: consultations.Kind, ID: w.draft}, consultations.PictureFiles)
	c.Browser(nil).Post("/kk/follow/organisations.organisation/"+string(w.group), "email", "reader@city.test", "pace", "now").Want(200)
	w.token = afterIn(c.Letter("reader@city.test").Text, "/following/")
	c.Must(c.Identity.Invite(c.Ctx(), admin.Actor, "officer@city.test", civic.Kazakh, civic.Grant{Role: civic.Officer, Scope: organisations.RefOf(w.akimat)}))
	c.Must(c.Identity.Invite(c.Ctx(), admin.Actor, "another@city.test", civic.Kazakh, civic.Grant{Role: civic.Moderator})) // to be withdrawn
	w.invitation = afterIn(c.Letter("officer@city.test").Text, "/invitation/")
	c.Browser(admin).Post("/kk/settings/districts", "districts", "Абай; Абай; Abay").Want(303)
	w.newTalk(set)
	w.newReader(set)
	w.newCouncil()
	w.newAppeals()
	w.newCompetitions()
	w.newHappenings()
	return w
}

func bothSay(s string) civic.Text { return civic.Text{"kk": s, "ru": s} }

// afterIn is the word in a letter that follows a path.
func afterIn(letter, path string) string {
	_, rest, _ := strings.Cut(letter, path)
	return strings.Fields(rest)[0]
}

func (w *things) owe(o answers.Obligation) (id civic.ID) {
	w.T.Helper()
	w.Write(func(tx *storage.Tx) error {
		o.Body, o.Source, o.Start = organisations.RefOf(w.akimat), "Заң, 76-бап", tx.Now()
		o, err := w.Answers.Owe(tx, o)
		id = o.ID
		return err
	})
	return id
}

func (w *things) add(thing civic.Ref, sort string) (f files.File) {
	w.T.Helper()
	b := picture()
	admin := w.Administrator().Actor
	ids, err := w.Files.Add(w.Ctx(), admin, files.Place{Thing: thing, Sort: sort}, bothSay("Сурет"), files.Upload{Name: "a.png", Bytes: bytes.NewReader(b), Size: int64(len(b))})
	w.Must(err)
	page, err := w.Files.Page(w.Ctx(), admin, ids[0])
	w.Must(err)
	return page.File
}

const square = `{"type":"FeatureCollection","features":[{"properties":{"name":"Абай"},"geometry":{"type":"Polygon","coordinates":[[[69,42],[70,42],[70,43],[69,43],[69,42]]]}}]}`

func picture() []byte {
	var b bytes.Buffer
	_ = png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 16, 16))) // a buffer takes everything
	return b.Bytes()
}

// act is something that only some may do.
type act struct {
	what, path string
	form       []string // nil: the page is only asked for
	file       []byte   // goes along
	may        string   // who may, the one foremost who owns it; "": nobody
}

func (w *things) acts() []act {
	reasons := []string{"reason.kk", "Себеп", "reason.ru", "Причина", "_sure", "yes"}
	with := func(more ...string) []string { return slices.Concat(reasons, more) }
	desk, promise := "/kk/desk/answers/"+string(w.owed), "/kk/answers/"+string(w.promised)+"/reply"
	group, draft := organisations.RefOf(w.group).String(), civic.Ref{Kind: consultations.Kind, ID: w.draft}.String()
	logo, plan := "/kk/desk/files/"+group+"/"+organisations.LogoFiles, "/kk/desk/files/"+draft+"/"+consultations.PictureFiles
	return []act{
		{what: "pause another body's obligation", may: "of the body", path: desk + "/pause", form: reasons},
		{what: "resume it", may: "of the body", path: desk + "/resume", form: []string{}},
		{what: "extend it", may: "of the body", path: desk + "/extend", form: with("days", "3")},
		{what: "name who is in charge of it", may: "of the body", path: desk + "/assign", form: with("person", "А. Б.")},
		{what: "pass it on", may: "of the body", path: desk + "/pass", form: with("whose", organisations.RefOf(w.police).String())},
		{what: "answer it", may: "of the body", path: "/kk/desk/answers/" + string(w.due) + "/answer", form: with("outcome", "taken", "person", "А. Б.")},
		{what: "see the work on it", may: "of the body", path: desk},
		{what: "confirm a promise to others", may: "asker, author", path: promise, form: []string{"act", "confirm"}},
		{what: "contest it", may: "asker, author", path: promise, form: []string{"act", "contest", "words", "Жоқ"}},
		{what: "change its words", may: "of the organisation, moderator, administrator", path: logo + "/" + string(w.logo.ID), form: []string{"words.kk", "Басқа"}},
		{what: "remove it", may: "of the organisation, moderator, administrator", path: logo + "/" + string(w.logo.ID) + "/remove", form: []string{}},
		{what: "add a logo to another organisation", may: "of the organisation, moderator, administrator", path: logo, form: []string{"words.kk", "Сурет"}, file: picture()},
		{what: "remove it as one's own organisation's", path: "/kk/desk/files/" + organisations.RefOf(w.double).String() + "/" + organisations.LogoFiles + "/" + string(w.logo.ID) + "/remove", form: []string{}},
		{what: "see a picture of a draft by its address", may: "of the body, administrator", path: w.plan.Path(w.plan.Versions[0])},
		{what: "see its page", may: "of the body, administrator", path: "/kk/files/" + string(w.plan.ID)},
		{what: "see where a draft's files are added", may: "of the body, administrator", path: plan},
		{what: "add a picture to another's draft", may: "of the body, administrator", path: plan, form: []string{"words.kk", "Сурет", "words.ru", "Картина"}, file: picture()},
		{what: "remove a picture of another's draft", may: "of the body, administrator", path: plan + "/" + string(w.plan.ID) + "/remove", form: []string{}},
		{what: "follow a draft", path: "/kk/follow/" + consultations.Kind + "/" + string(w.draft), form: []string{"email", "a@city.test", "pace", "now"}},
		{what: "ask to follow a draft", path: "/kk/follow/" + consultations.Kind + "/" + string(w.draft)},
		{what: "follow by a token that is made up", path: "/kk/following/" + civic.Token() + "/confirm", form: []string{"kind", "organisations.organisation", "id", string(w.group)}},
		{what: "stop by a token that is made up", path: "/kk/following/" + civic.Token() + "/stop", form: []string{"kind", "organisations.organisation", "id", string(w.group)}},
		{what: "unsubscribe by a token that is made up", path: "/kk/unsubscribe/" + civic.Token(), form: []string{}},
		{what: "confirm by another's token what was not asked for", path: "/kk/following/" + w.token + "/confirm", form: []string{"kind", "organisations.organisation", "id", string(w.akimat)}},
		{what: "invite", may: "administrator", path: "/kk/desk/people/invitations", form: []string{"email", "b@city.test", "lang", "kk", "role", "moderator"}},
		{what: "withdraw an invitation", may: "administrator", path: "/kk/desk/people/invitations/" + string(w.waiting()) + "/withdraw", form: []string{}},
		{what: "unite two entries", may: "moderator, administrator", path: "/kk/organisations/" + string(w.group) + "/double", form: []string{"double", string(w.double), "_sure", "yes"}},
		{what: "change the calendar", may: "administrator", path: "/kk/settings/days", form: []string{"days", "2026-06-01 Кейін"}},
		{what: "follow a city", may: "administrator", path: "/kk/settings/blueprint", form: []string{"address", "https://far.test", "key", keyOf(w.T, "far.test")}},
		{what: "take from a city that nobody follows", path: "/kk/settings/blueprint/none", form: []string{"version", "1"}},
		{what: "follow a city no more that nobody follows", path: "/kk/settings/blueprint/none/unfollow", form: []string{}},
		{what: "take back what nobody took", path: "/kk/settings/blueprint/undo", form: []string{}},
		{what: "close a question about the city", may: "administrator", path: "/kk/settings/open", form: []string{"question", "city.days"}},
		{what: "replace the outlines", may: "administrator", path: "/kk/settings/outlines", form: []string{}, file: []byte(square)},
		{what: "take from the moderators' queue", may: "moderator, administrator, officer, representative, of the body, of the organisation", path: "/kk/desk/moderation/take", form: []string{}},
		{what: "let a statement of others in", may: "moderator, administrator, of the body", path: "/kk/desk/consultations/" + string(w.asked) + "/statements/1", form: []string{"act", "approve"}},
		{what: "edit another's draft", may: "of the body, administrator", path: "/kk/desk/consultations/" + string(w.draft) + "/edit", form: []string{"question.kk", "Басқа", "question.ru", "Другой", "host", string(w.akimat), "body", string(w.akimat), "audience", "registered", "moderation", "after", "statement_max", "140", "answer_days", "15",
			"opens_at", w.Now().AddDate(0, 0, 1).Format(time.DateOnly), "closes_at", w.Now().AddDate(0, 0, 20).Format(time.DateOnly)}},
		{what: "accept an invitation of another address", may: "invited", path: "/kk/invitation/" + w.invitation, form: []string{}},
		{what: "accept one that is made up", path: "/kk/invitation/" + civic.Token(), form: []string{}},
	}
}

func (w *things) waiting() civic.ID {
	w.T.Helper()
	page, err := w.Identity.Invitations(w.Ctx(), w.Administrator().Actor, "")
	w.Must(err)
	i := slices.IndexFunc(page.Waiting, func(i identity.Waiting) bool { return i.Email == "another@city.test" })
	return page.Waiting[i].ID
}

// Of everything that belongs to somebody, others get nothing, whatever their role and whatever
// they send: each act is refused to all who may not do it and changes nothing, and then succeeds for whoever may.
func TestNobodyActsOnWhatIsOthers(t *testing.T) {
	each(t, func(t *testing.T, c *citytest.City) {
		w := newThings(c)
		people := w.everybody()
		acts := slices.Concat(w.councilActs(), w.appealActs(), w.competitionActs(), w.eventActs(), w.hookActs(), w.talkActs(), w.acts())
		if missing := w.unacted(acts); len(missing) > 0 {
			t.Errorf("nobody who must not tries %v", missing)
		}
		for _, a := range acts {
			before := w.state()
			may := strings.Split(a.may, ", ")
			for _, role := range slices.Sorted(maps.Keys(people)) {
				if slices.Contains(may, role) {
					continue
				}
				if status := w.does(people[role], a); !refused(status) {
					t.Errorf("%s, as %s: %d", a.what, role, status)
				}
			}
			if after := w.state(); !maps.Equal(before, after) {
				t.Errorf("%s: was refused, and changed something: %v, and now %v", a.what, before, after)
			}
			if a.may == "" {
				continue
			}
			if status := w.does(people[may[0]], a); status >= 400 {
				t.Errorf("%s, as %s, who may: %d", a.what, may[0], status)
			}
		}
	})
}

// keyOf is the key of a record that does not exist.
func keyOf(t testing.TB, origin string) string {
	_, key, err := proof.GenerateKey(origin)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// refused reports whether an answer tells somebody that this is not for them.
func refused(status int) bool {
	return slices.Contains([]int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusGone, http.StatusConflict}, status)
}

func (w *things) does(p *citytest.Person, a act) int {
	w.T.Helper()
	b := w.Browser(p)
	switch {
	case a.form == nil:
		return b.Get(a.path).Status
	case a.file != nil:
		return b.Upload(a.path, "file", "a.png", a.file, a.form...).Status
	}
	return b.Post(a.path, a.form...).Status
}

// everybody is one person of each sort. Of those below the line the things are.
func (w *things) everybody() map[string]*citytest.Person {
	w.T.Helper()
	newcomer, asker, invited := w.Resident(""), w.Resident(""), w.Known(civic.Actor{Account: "invited"})
	w.Write(func(tx *storage.Tx) error {
		_, err := tx.Exec("UPDATE identity_account SET confirmed_at = 0 WHERE id = $1", newcomer.Account)
		if err == nil {
			_, err = tx.Exec("UPDATE identity_account SET email = 'officer@city.test' WHERE id = $1", invited.Account)
		}
		return err
	})
	invited.Email = "officer@city.test"
	w.Browser(asker).Post("/kk/consultations/"+string(w.asked)+"/vote", "statement", "1", "vote", "agree").Want(303)
	return map[string]*citytest.Person{
		"visitor": nil, "newcomer": newcomer, "resident": w.Resident(""), "verified": w.Known(civic.Actor{Account: "verified", Assurance: civic.Verified}),
		"representative": w.Representative(w.double), "officer": w.Officer(w.police), "moderator": w.Moderator(), "administrator": w.Administrator(),

		"author": w.talk.author, "secretary": w.With(w.Resident(""), civic.Grant{Role: "councils.secretary", Scope: councils.Ref(w.council.id)}), "member": w.With(w.Resident(""), civic.Grant{Role: "councils.member", Scope: civic.Ref{Kind: councils.KindSeat, ID: w.council.seats[0]}}), "another's secretary": w.With(w.Resident(""), civic.Grant{Role: "councils.secretary", Scope: councils.Ref("another")}),

		"of the body": w.Officer(w.akimat), "of the organisation": w.Representative(w.group), "asker": asker, "invited": invited,
	}
}
