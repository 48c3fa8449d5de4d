package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/blueprint"
	"github.com/birge-kz/birge/internal/blueprint/archive"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record/proof"
)

// exitAsks is the code of birge blueprint apply when something waits for a choice.
const exitAsks = 3

type blueprintCmd struct {
	Export blueprintExportCmd `cmd:""`
	Verify blueprintVerifyCmd `cmd:""`
	Diff   blueprintDiffCmd   `cmd:""`
	Apply  blueprintApplyCmd  `cmd:""`
	Undo   blueprintUndoCmd   `cmd:""`
}

// operator is who works at the machine of the city: nobody is asked for more.
func operator() civic.Actor {
	a := civic.System()
	a.Grants = []civic.Grant{{Role: civic.Administrator}}
	return a
}

type blueprintExportCmd struct {
	databaseFlags
	Path string `arg:"" placeholder:"FILE"`
}

// Run writes the city's blueprint into a new file.
func (c *blueprintExportCmd) Run(ctx context.Context, std *streams) error {
	a, err := c.open(ctx, std)
	if err != nil {
		return err
	}
	defer a.Close()
	b, v, err := a.Blueprint.Archive(ctx)
	if err != nil {
		return a.Explain(std.lang(), err)
	}
	if err := newFile(std, c.Path, func(w io.Writer) error { _, err := w.Write(b); return err }); err != nil {
		return err
	}
	std.tell("blueprint_written", "File", c.Path, "Version", v.No)
	return nil
}

// blueprintFlags name a blueprint and the keys that it may be signed with.
type blueprintFlags struct {
	Path string   `arg:"" placeholder:"FILE"`
	Key  []string `sep:"none" placeholder:"KEY"`
	JSON bool     `name:"json"`
}

// read reads the blueprint and checks who signed it. own are the keys of the city that takes it over, which may be the publisher itself.
func (f blueprintFlags) read(std *streams, own []string) (b archive.Blueprint, key string, err error) {
	for _, k := range f.Key {
		if err := proof.CheckVKey(k); err != nil {
			return b, "", exitError{2, std.fail("key_wrong", "Value", fmt.Sprintf("%q", k))}
		}
	}
	file, err := os.Open(f.Path)
	if err != nil {
		return b, "", err
	}
	defer file.Close()
	raw, err := io.ReadAll(io.LimitReader(file, archive.MaxBytes+1))
	if err != nil {
		return b, "", err
	}
	if b, err = archive.Read(raw); err != nil {
		return b, "", std.blueprintFault(err)
	}
	keys := slices.Concat(f.Key, own)
	if memory, err := proof.DefaultMemory(); err == nil && len(f.Key) == 0 {
		if seen, err := memory.Recall(b.Origin); err == nil && seen != nil {
			keys = append(keys, seen.Keys...)
		}
	}
	if !slices.ContainsFunc(keys, func(k string) bool { return proof.KeyName(k) == b.Origin }) {
		return b, "", std.fail("blueprint_no_key", "City", b.Origin)
	}
	key, err = b.SignedBy(keys)
	return b, key, std.blueprintFault(err)
}

// blueprintFault says why a blueprint is refused.
func (s *streams) blueprintFault(err error) error {
	var fault *archive.Fault
	if errors.As(err, &fault) {
		return exitError{exitDoesNotHold, s.fail("blueprint_fault_"+string(fault.Code), "File", printable(fault.File))}
	}
	return err
}

type blueprintVerifyCmd struct{ blueprintFlags }

// blueprintVerdict is what is printed as JSON.
type blueprintVerdict struct {
	Origin  string `json:"origin"`
	Version int64  `json:"version"`
	MadeAt  string `json:"made_at"`
	Items   int    `json:"items"`
	Key     string `json:"key"`
}

// Run checks every file of a blueprint and its signature; it needs no city.
func (c *blueprintVerifyCmd) Run(std *streams) error {
	b, key, err := c.read(std, nil)
	if err != nil {
		return err
	}
	return printResult(std.Out, c.JSON, blueprintVerdict{b.Origin, b.Version, b.MadeAt, len(b.Items), key}, func(w io.Writer) {
		fmt.Fprintln(w, std.say("blueprint_holds", "Count", len(b.Items), "City", b.Origin, "Version", b.Version, "Key", key))
	})
}

// takingFlags name a city and a blueprint for it.
type takingFlags struct {
	databaseFlags
	blueprintFlags
	Place bool
}

// openBoth opens the city, which the caller closes, and reads the blueprint as that city trusts it.
func (f takingFlags) openBoth(ctx context.Context, std *streams) (a *app.App, b archive.Blueprint, err error) {
	if a, err = f.databaseFlags.open(ctx, std); err != nil {
		return nil, b, err
	}
	own, err := a.Blueprint.Own(ctx)
	if err == nil {
		b, _, err = f.read(std, own)
	}
	if err != nil {
		_ = a.Close()
		return nil, b, err
	}
	return a, b, nil
}

type blueprintDiffCmd struct{ takingFlags }

// difference is one item as it is printed as JSON.
type difference struct {
	Item    string          `json:"item"`
	Title   civic.Text      `json:"title"`
	Why     string          `json:"why,omitempty"`
	Change  archive.Change  `json:"change"`
	Fields  []archive.Field `json:"fields,omitempty"`
	Taken   bool            `json:"taken,omitempty"`
	Refused string          `json:"refused,omitempty"`
}

// Run says what taking the blueprint over would do, and does nothing.
func (c *blueprintDiffCmd) Run(ctx context.Context, std *streams) error {
	a, b, err := c.openBoth(ctx, std)
	if err != nil {
		return err
	}
	defer a.Close()
	all, err := a.Blueprint.Compare(ctx, b, c.Place)
	if err != nil {
		return err
	}
	var out []blueprint.Outcome
	for _, d := range all {
		out = append(out, blueprint.Outcome{Difference: d})
	}
	return std.printOutcomes(a, c.JSON, out)
}

type blueprintApplyCmd struct {
	takingFlags
	Take []string `placeholder:"ITEM"`
	Keep []string `placeholder:"ITEM"`
}

// Run takes the blueprint over. What was changed on both sides waits for a choice, and the code says so.
func (c *blueprintApplyCmd) Run(ctx context.Context, std *streams) error {
	a, b, err := c.openBoth(ctx, std)
	if err != nil {
		return err
	}
	defer a.Close()
	out, err := a.Blueprint.Take(ctx, operator(), b, blueprint.Choice{Place: c.Place, Theirs: setOf(c.Take), Mine: setOf(c.Keep)})
	if err != nil {
		return a.Explain(std.lang(), err)
	}
	if err := std.printOutcomes(a, c.JSON, out); err != nil {
		return err
	}
	asks := 0
	for _, o := range out {
		if o.Asks() && !o.Taken && !o.Kept {
			asks++
		}
	}
	if asks > 0 {
		return exitError{exitAsks, std.fail("blueprint_asks", "Count", asks)}
	}
	return nil
}

func setOf(list []string) map[string]bool {
	out := map[string]bool{}
	for _, s := range list {
		out[s] = true
	}
	return out
}

type blueprintUndoCmd struct {
	databaseFlags
	JSON bool `name:"json"`
}

// Run takes the last taking back.
func (c *blueprintUndoCmd) Run(ctx context.Context, std *streams) error {
	a, err := c.open(ctx, std)
	if err != nil {
		return err
	}
	defer a.Close()
	t, out, err := a.Blueprint.Undo(ctx, operator())
	if civic.CodeOf(err) == civic.NotFound {
		return std.fail("blueprint_nothing")
	}
	if err != nil {
		return a.Explain(std.lang(), err)
	}
	std.tell("blueprint_undone", "City", t.Origin, "Version", t.Version)
	return std.printOutcomes(a, c.JSON, out)
}

// printOutcomes says of each item what changes or changed; of what stays as it is, nothing.
func (s *streams) printOutcomes(a *app.App, asJSON bool, all []blueprint.Outcome) error {
	say := a.Catalog.For(s.lang())
	shown := []difference{}
	for _, o := range all {
		if o.Change == archive.Same || o.Change == archive.Kept && !asJSON {
			continue
		}
		d := difference{Item: o.ID(), Title: o.Title, Why: o.Why, Change: o.Change, Fields: o.Fields, Taken: o.Taken}
		if o.Refused.Key != "" {
			d.Refused = say.Say(o.Refused)
		}
		shown = append(shown, d)
	}
	return printResult(s.Out, asJSON, shown, func(w io.Writer) {
		if len(shown) == 0 {
			fmt.Fprintln(w, s.say("blueprint_same"))
		}
		for _, d := range shown {
			piece, _, _ := strings.Cut(d.Item, "/")
			fmt.Fprintf(w, "%s: %s – %s (%s)\n", s.say("blueprint_change_"+string(d.Change)), say.T(part.PieceKey(piece)), printable(say.Text(d.Title)), d.Item)
			if d.Why != "" {
				fmt.Fprintln(w, "  "+printable(short(d.Why)))
			}
			for _, f := range d.Fields {
				fmt.Fprintf(w, "  %s: %s → %s\n", printable(f.Name), printable(short(f.Was)), printable(short(f.Now)))
			}
			if d.Refused != "" {
				fmt.Fprintln(w, "  "+s.say("blueprint_refused", "Why", d.Refused))
			}
		}
	})
}

// short is the beginning of a text, for one line.
func short(text string) string {
	const most = 120
	line := []rune(strings.Join(strings.Fields(text), " "))
	if len(line) > most {
		return string(line[:most]) + "…"
	}
	return string(line)
}

type newCmd struct {
	databaseFlags
	From  string   `required:"" placeholder:"FILE"`
	City  string   `required:"" placeholder:"NAME"`
	Key   []string `sep:"none" placeholder:"KEY"`
	Place bool
}

// Run makes a city of a blueprint, and lists what only the city itself can say.
func (c *newCmd) Run(ctx context.Context, std *streams) error {
	b, _, err := blueprintFlags{Path: c.From, Key: c.Key}.read(std, nil)
	if err != nil {
		return err
	}
	if _, err := os.Stat(c.Database); err == nil && storage.EngineOf(c.Database) == storage.SQLite {
		return std.fail("target_exists", "File", c.Database)
	}
	a, err := c.open(ctx, std)
	if err != nil {
		return err
	}
	defer a.Close()
	if !a.Settings.Current().Name.Empty() {
		return std.fail("new_used", "City", a.Settings.Current().Name[std.lang()])
	}
	if err := a.Settings.Describe(ctx, operator(), civic.Everywhere(c.City), civic.Languages()); err != nil {
		return a.Explain(std.lang(), err)
	}
	out, err := a.Blueprint.Take(ctx, operator(), b, blueprint.Choice{All: true, Place: c.Place})
	if err != nil {
		return a.Explain(std.lang(), err)
	}
	taken := 0
	for _, o := range out {
		if o.Taken {
			taken++
		}
		if o.Refused.Key != "" {
			fmt.Fprintf(std.Out, "%s: %s\n", o.ID(), a.Catalog.For(std.lang()).Say(o.Refused))
		}
	}
	fmt.Fprintln(std.Out, std.say("new_done", "City", c.City, "Count", taken, "From", b.Origin))
	if b.Zone != c.Zone {
		fmt.Fprintln(std.Out, std.say("new_zone", "Zone", printable(b.Zone), "Mine", c.Zone))
	}
	open, err := a.Blueprint.Open(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintln(std.Out, std.say("new_open", "Count", len(open)))
	say := a.Catalog.For(std.lang())
	for i, q := range open {
		fmt.Fprintf(std.Out, "%d. %s. %s\n", i+1, say.T(part.UnknownKey(q.Name)), say.T(part.UnknownKey(q.Name)+"_who"))
	}
	fmt.Fprintln(std.Out, std.say("new_next", "Database", c.Database))
	return nil
}
