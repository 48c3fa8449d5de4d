package part

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/record/proof"
)

// Declared is what all parts of a program say of themselves. It does not change once the services are made, which add what they do (Leaving).
type Declared struct {
	parts     []Part
	catalog   *i18n.Catalog
	settings  map[string]Setting
	roles     Roles
	kinds     map[string]Kind
	acts      map[string]Act
	audited   map[string]bool
	tables    map[string]Table
	datasets  map[string]Dataset
	blueprint map[string][]string // tables that another city may take over, with the columns of each that name people
	pieces    map[string]Piece
	withheld  map[string]bool // tables that it may not
	unproven  []string        // keys of texts
	help      map[string]Help
	files     map[string]Files
	leaving   []func(tx *storage.Tx, account civic.ID) error
}

// Declare checks what the parts say, each by itself and all together, and knows it from then
// on. The error names every part's faults: what is declared twice or by another part's name,
// has no text, or was forgotten.
func Declare(catalog *i18n.Catalog, parts ...Part) (*Declared, error) {
	d := &Declared{parts: parts, catalog: catalog, settings: map[string]Setting{}, kinds: map[string]Kind{},
		acts: map[string]Act{}, audited: map[string]bool{}, tables: map[string]Table{}, datasets: map[string]Dataset{}, blueprint: map[string][]string{}, withheld: map[string]bool{}, pieces: map[string]Piece{}, help: map[string]Help{}, files: map[string]Files{}}
	var errs []error
	names := map[string]bool{}
	for _, p := range parts {
		problems := d.add(p)
		if names[p.Name] || p.Name == "" || strings.Contains(p.Name, ".") {
			problems = append(problems, "its name is missing, has a dot, or is another's")
		}
		names[p.Name] = true
		errs = append(errs, fault(p.Name, problems))
	}
	choosable := func(kind string) bool { return d.kinds[kind].Choices != nil }
	if problems := d.roles.Check(d.Has, choosable); len(problems) > 0 {
		errs = append(errs, errors.New(strings.Join(problems, "\n")))
	}
	return d, errors.Join(errs...)
}

func fault(name string, problems []string) error {
	if len(problems) == 0 {
		return nil
	}
	return fmt.Errorf("the part %q:\n  %s", name, strings.Join(problems, "\n  "))
}

// Has reports whether there is a text with the key.
func (d *Declared) Has(key string) bool { return d.catalog.For(civic.Kazakh).Has(key) }

func (d *Declared) add(p Part) (problems []string) {
	problems = slices.Concat(
		p.has(PointSettings, len(p.Settings) > 0), p.has(PointKinds, len(p.Kinds) > 0), p.has(PointActs, len(p.Acts) > 0),
		p.has(PointAudited, len(p.Audited) > 0), p.has(PointHelp, len(p.Help) > 0), p.hasPersonal())
	for _, a := range p.Without {
		if a.Reason == "" || len(a.Points) == 0 {
			problems = append(problems, "an absence has no reason or names nothing")
		}
	}
	for _, s := range p.Settings {
		problems = append(problems, d.name(p, "setting", s.Key, SettingKey(s.Key), have(d.settings, s.Key, s))...)
		if s.Default < s.Min || s.Default > s.Max || s.Source == "" {
			problems = append(problems, fmt.Sprintf("the setting %q has its default out of its bounds, or no source", s.Key))
		}
	}
	problems = append(problems, d.roles.Add(p.Name, p.Roles...)...)
	for _, k := range p.Kinds {
		problems = append(problems, d.name(p, "kind", k.Name, KindKey(k.Name), have(d.kinds, k.Name, k))...)
		if k.Titles == nil || k.Searched == (k.NotSearched != "") {
			problems = append(problems, fmt.Sprintf("the kind %q has no Titles, or does not say whether it is searched", k.Name))
		}
		if (k.Moderated.Queue == nil) != (k.Moderated.Find == nil) {
			problems = append(problems, fmt.Sprintf("the kind %q is moderated by halves: Queue and Find belong together", k.Name))
		}
		if contests := k.Moderated.Removed != nil; k.Moderated.Queue != nil && contests == k.Moderated.OwnContest {
			problems = append(problems, fmt.Sprintf("the kind %q is moderated, and does not say where its authors ask for another decision (Removed or OwnContest)", k.Name))
		}
		if k.Searched && !d.Has(FoundKey(k.Name)) {
			problems = append(problems, fmt.Sprintf("the text %s is missing: the heading over things of the kind that were found", FoundKey(k.Name)))
		}
	}
	for _, k := range p.Kinds {
		for _, f := range k.Files {
			problems = append(problems, d.addFiles(p, f)...)
		}
	}
	for _, a := range p.Acts {
		problems = append(problems, d.addAct(p, a)...)
	}
	for _, t := range p.Tables {
		problems = append(problems, d.addTable(p, t)...)
	}
	problems = append(problems, d.addBelongs(p)...)
	problems = append(problems, d.addPieces(p)...)
	for _, s := range p.Datasets {
		problems = append(problems, d.addDataset(p, s)...)
	}
	for _, act := range p.Audited {
		problems = append(problems, d.name(p, "privileged act", act, DidKey(act), have(d.audited, act, true))...)
	}
	for _, h := range p.Help {
		problems = append(problems, d.addHelp(p, h)...)
	}
	return problems
}

func (d *Declared) addHelp(p Part, h Help) (problems []string) {
	key := HelpKey(h.Name)
	problems = d.name(p, "topic of help", h.Name, key, have(d.help, h.Name, h))
	if !d.Has(key + "_text") {
		problems = append(problems, fmt.Sprintf("the text %s_text is missing: the answer of the topic of help %q", key, h.Name))
	}
	if (h.Path != "") != d.Has(key+"_go") {
		problems = append(problems, fmt.Sprintf("the topic of help %q leads somewhere without the words %s_go, or has them and leads nowhere", h.Name, key))
	}
	return problems
}

func (d *Declared) addFiles(p Part, f Files) (problems []string) {
	problems = d.name(p, "sort of files", f.Name, FilesKey(f.Name), have(d.files, f.Name, f))
	if f.Rights == nil || f.Most < 1 {
		problems = append(problems, fmt.Sprintf("the sort of files %q does not say who may add them, or how many", f.Name))
	}
	return problems
}

func (d *Declared) addAct(p Part, a Act) (problems []string) {
	problems = d.name(p, "act", a.Name, ActKey(a.Name), have(d.acts, a.Name, a))
	if strings.Count(a.Name, ".") != 2 || !slices.ContainsFunc(p.Kinds, func(k Kind) bool { return k.Name == proof.Family(a.Name) }) {
		problems = append(problems, fmt.Sprintf("the act %q is about no kind of thing of this part", a.Name))
	}
	if a.Page == proof.Shown && a.Current == nil {
		problems = append(problems, fmt.Sprintf("the act %q is shown by a page, but nothing says what the page shows now", a.Name))
	}
	if a.Moderation == Removal && (!slices.Contains(a.Members, "rule") || a.Things["rule"] == "") {
		problems = append(problems, fmt.Sprintf("the act %q removes something without naming the version of the rule as a thing, in the member rule", a.Name))
	}
	problems = append(problems, p.unlike(a)...)
	for member := range a.Rows {
		if !slices.Contains(a.Members, member) && !slices.Contains(a.Optional, member) {
			problems = append(problems, fmt.Sprintf("%s shows rows of %q, which is no member of its payload", a.Name, member))
		}
	}
	for member := range a.Things {
		if !slices.Contains(a.Named(), member) {
			problems = append(problems, fmt.Sprintf("the act %q has a thing in %q, which is no member of its payload", a.Name, member))
		}
	}
	for _, member := range a.Named() {
		if !d.Has(FactKey(a.Name, member)) {
			problems = append(problems, fmt.Sprintf("the text %s is missing: the name of a member of the payload of %s", FactKey(a.Name, member), a.Name))
		}
	}
	return problems
}

// unlike says what is wrong with an act's shape beside those of its family that are shown too.
func (p Part) unlike(a Act) (problems []string) {
	compared := func(a Act) bool { return a.Page == proof.Shown && a.Moderation != Removal && a.Unlike == "" }
	family := slices.IndexFunc(p.Acts, func(other Act) bool { return compared(other) && proof.Family(other.Name) == proof.Family(a.Name) })
	switch {
	case family < 0:
	case compared(a) && !sameMembers(a, p.Acts[family]):
		problems = append(problems, fmt.Sprintf("the acts %q and %q are of one family and shown by one page, but have other members: mend one, or say why (Unlike)", p.Acts[family].Name, a.Name))
	case a.Unlike != "" && (a.Moderation == Removal || sameMembers(a, p.Acts[family])):
		problems = append(problems, fmt.Sprintf("the act %q says why it is unlike its family, and is not", a.Name))
	}
	return problems
}

func sameMembers(a, b Act) bool {
	sorted := func(s []string) []string { return slices.Sorted(slices.Values(s)) }
	return slices.Equal(sorted(a.Members), sorted(b.Members)) && slices.Equal(sorted(a.Optional), sorted(b.Optional))
}

// have puts a declaration into the table of its sort; false when it was there already.
func have[K comparable, V any](table map[K]V, name K, v V) (added bool) {
	_, twice := table[name]
	table[name] = v
	return !twice
}

// name says what is wrong with a declared name: declared twice, another part's, or without a
// text for readers.
func (d *Declared) name(p Part, sort, name, text string, added bool) (problems []string) {
	if !added {
		problems = append(problems, fmt.Sprintf("the %s %q is declared twice", sort, name))
	}
	problems = append(problems, p.owns(sort, name)...)
	if !d.Has(text) {
		problems = append(problems, fmt.Sprintf("the text %s is missing: the name of the %s %q", text, sort, name))
	}
	return problems
}

func (p Part) owns(sort, name string) []string {
	if Owner(name) == p.Name && len(name) > len(p.Name)+1 {
		return nil
	}
	return []string{fmt.Sprintf("the %s %q does not begin with %q", sort, name, p.Name+".")}
}

// has says what is wrong when a point is neither there nor named absent, or both.
func (p Part) has(point Point, there bool) []string {
	absent := slices.ContainsFunc(p.Without, func(a Absence) bool { return slices.Contains(a.Points, point) })
	switch {
	case there && absent:
		return []string{fmt.Sprintf("it has %s, and says that it has none", point)}
	case !there && !absent:
		return []string{fmt.Sprintf("it has no %s, and does not say why (Without)", point)}
	}
	return nil
}

func (p Part) hasPersonal() []string {
	if (p.Personal.Export == nil) != (p.Personal.Erase == nil) {
		return []string{"it can only download or only erase what it keeps about people"}
	}
	return p.has(PointPersonal, p.Personal.Export != nil)
}

// Parts lists the parts in the order in which they were given.
func (d *Declared) Parts() []Part { return d.parts }

// Leaving lets a service do something in the transaction that erases a person, before anything of them is removed: what Personal.Erase, which knows no service, cannot.
// A service calls it when it is made.
func (d *Declared) Leaving(do func(tx *storage.Tx, account civic.ID) error) {
	d.leaving = append(d.leaving, do)
}

// Erase removes what all parts keep about a person, or cuts it off from them.
func (d *Declared) Erase(tx *storage.Tx, account civic.ID) error {
	for _, do := range d.leaving {
		if err := do(tx, account); err != nil {
			return err
		}
	}
	for _, p := range d.parts {
		if p.Personal.Erase == nil {
			continue
		}
		if err := p.Personal.Erase(tx, account); err != nil {
			return err
		}
	}
	return nil
}

// Settings lists those of all parts, in the order in which they were declared.
func (d *Declared) Settings() (out []Setting) {
	for _, p := range d.parts {
		out = append(out, p.Settings...)
	}
	return out
}

// Roles is the table of what an account may be trusted with.
func (d *Declared) Roles() Roles { return d.roles }

// Help lists the topics of all parts in the order of their places.
func (d *Declared) Help() (out []Help) {
	for _, p := range d.parts {
		out = append(out, p.Help...)
	}
	slices.SortStableFunc(out, func(x, y Help) int { return cmp.Compare(x.Place, y.Place) })
	return out
}

// Kind finds a declared kind of thing.
func (d *Declared) Kind(name string) (Kind, bool) { k, ok := d.kinds[name]; return k, ok }

// Options are the things of kinds from which one is chosen, as a form offers them: those of a kind beside each other, kinds in the order of
// their names, each by its reference. any is the key of the text of none in particular, which stands in front.
func (d *Declared) Options(tx *storage.Tx, p ui.Page, any string, kinds ...string) ([]ui.Option, error) {
	out := []ui.Option{{Label: p.T(any)}}
	for _, kind := range slices.Sorted(slices.Values(kinds)) {
		if d.kinds[kind].Choices == nil {
			continue
		}
		all, err := d.kinds[kind].Choices(tx)
		if err != nil {
			return nil, err
		}
		for _, c := range all {
			label, lang := p.Words(c.Title)
			out = append(out, ui.Option{Value: civic.Ref{Kind: kind, ID: c.ID}.String(), Label: label, Lang: lang})
		}
	}
	return out, nil
}

// Moderated lists the kinds whose things moderators look at, in the order in which they were declared.
func (d *Declared) Moderated() (out []Kind) {
	for _, p := range d.parts {
		for _, k := range p.Kinds {
			if k.Moderated.Queue != nil {
				out = append(out, k)
			}
		}
	}
	return out
}

// Files finds a declared sort of files of a kind.
func (d *Declared) Files(kind, name string) (Files, bool) {
	f, ok := d.files[name]
	return f, ok && slices.ContainsFunc(d.kinds[kind].Files, func(of Files) bool { return of.Name == name })
}

// Act finds a declared public act.
func (d *Declared) Act(name string) (Act, bool) { a, ok := d.acts[name]; return a, ok }

// ActNames lists the declared public acts, sorted.
func (d *Declared) ActNames() []string { return slices.Sorted(maps.Keys(d.acts)) }

// Audited reports whether a privileged act was declared.
func (d *Declared) Audited(act string) bool { return d.audited[act] }

// Titles finds things of any kinds as the actor may see them, with their titles complete.
// References of kinds that nobody declared, to things that do not exist, or that are not for
// the actor, are missing from the answer.
func (d *Declared) Titles(tx *storage.Tx, actor civic.Actor, refs []civic.Ref) (map[civic.Ref]Resolved, error) {
	found, err := d.resolve(tx, actor, refs)
	if err != nil {
		return nil, err
	}
	var named []civic.Ref // after which others are named
	for _, r := range found {
		if r.Of.ID != "" {
			named = append(named, r.Of)
		}
	}
	others, err := d.resolve(tx, actor, named)
	if err != nil {
		return nil, err
	}
	for ref, r := range found {
		if other, there := others[r.Of]; there && r.Title.Empty() {
			r.Title = d.whole(other).Title
		} else if there {
			r.Within = d.whole(other).Title
		} else if r.Of.ID != "" {
			delete(found, ref)
			continue
		}
		found[ref] = d.whole(r)
	}
	return found, nil
}

// mostSegments bounds the addresses that At looks at: no page of a thing lies deeper.
const mostSegments = 8

// At finds the thing to whose page an address leads, or below whose page it lies, as the actor may see it: the nearest, where a page lies
// below another's, and of things that share a page the one that its part names first. The address is one of the city's own, without host and language. False: it is no page of a thing.
func (d *Declared) At(tx *storage.Tx, actor civic.Actor, address string) (civic.Ref, bool, error) {
	segments := strings.Split(strings.Trim(address, "/"), "/")
	if len(segments) > mostSegments {
		return civic.Ref{}, false, nil
	}
	var refs []civic.Ref
	for _, p := range d.parts {
		for _, kind := range p.Kinds {
			for _, id := range segments {
				refs = append(refs, civic.Ref{Kind: kind.Name, ID: civic.ID(id)})
			}
		}
	}
	titles, err := d.Titles(tx, actor, refs)
	var at civic.Ref
	nearest := ""
	for _, ref := range refs {
		path := strings.TrimSuffix(titles[ref].Path, "/")
		if path != "" && len(path) > len(nearest) && strings.HasPrefix(strings.TrimSuffix(address, "/")+"/", path+"/") {
			at, nearest = ref, path
		}
	}
	return at, nearest != "", err
}

// resolve asks the parts whose things they are.
func (d *Declared) resolve(tx *storage.Tx, actor civic.Actor, refs []civic.Ref) (map[civic.Ref]Resolved, error) {
	byKind := map[string][]civic.ID{}
	for _, r := range refs {
		if !slices.Contains(byKind[r.Kind], r.ID) {
			byKind[r.Kind] = append(byKind[r.Kind], r.ID)
		}
	}
	out := map[civic.Ref]Resolved{}
	for kind, ids := range byKind {
		k, known := d.kinds[kind]
		if !known {
			continue
		}
		found, err := k.Titles(tx, actor, ids)
		if err != nil {
			return nil, err
		}
		for id, r := range found {
			out[civic.Ref{Kind: kind, ID: id}] = r
		}
	}
	return out, nil
}

// whole puts a title into its phrase, in the languages that the title has: a phrase in another
// would be half in one and half in the other.
func (d *Declared) whole(r Resolved) Resolved {
	if r.Phrase == "" {
		return r
	}
	title := civic.Text{}
	for _, lang := range civic.Languages() {
		if inner := r.Title[lang]; inner != "" || r.Title.Empty() {
			title[lang] = d.catalog.For(lang).T(r.Phrase, "Title", inner, "No", r.No)
		}
	}
	return Resolved{Title: title, Path: r.Path, Within: r.Within}
}
