package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/birge-kz/birge/opinion"
	"github.com/birge-kz/birge/opinion/polis"
	"github.com/birge-kz/birge/opinion/report"
)

// opinionCmd computes the opinion map of an exported conversation without a
// database. It prints the report in words, or with --json the data, and
// writes report.pdf, map.json and map.svg, all of them or none.
type opinionCmd struct {
	Dir        string  `arg:""`
	JSON       bool    `name:"json"`
	Out        string  `placeholder:"DIR"`
	Method     string  `enum:"birge,production" default:"birge"`
	Exclude    []int64 `placeholder:"ID"`
	MinGroup   int     `placeholder:"N"`
	SkipErrors bool
	exportFlags
}

// exportFlags say which export of a folder to read, and whether to accept it although its files
// contradict each other.
type exportFlags struct {
	Export            string `placeholder:"NAME"`
	AcceptDifferences bool
}

// Run computes the map and writes what was asked for.
func (c *opinionCmd) Run(ctx context.Context, std *streams) error {
	lang := string(std.lang())
	t, err := report.LoadTexts(lang)
	if err != nil {
		return err
	}
	if info, err := os.Stat(c.Dir); err != nil {
		return err
	} else if !info.IsDir() {
		return std.fail("not_a_folder", "File", c.Dir)
	}
	bar := &teller{w: std.Err, begun: time.Now()}
	defer bar.end()
	r, err := c.load(ctx, std, t, bar)
	if err != nil {
		return err
	}
	if c.JSON {
		if err := r.WriteJSON(std.Out); err != nil {
			return err
		}
	} else {
		d, err := r.Words(lang)
		if err != nil {
			return err
		}
		// The table of all statements is too long for a terminal. The PDF and the data have it.
		d.Sections = slices.DeleteFunc(d.Sections, func(s report.Section) bool { return s.ID == "all" })
		if err := d.WriteText(std.Out, 100); err != nil {
			return err
		}
	}
	if c.JSON && c.Out == "" {
		return nil
	}
	return c.write(ctx, std, t, r, lang)
}

// source reads the export into a conversation.
type source struct {
	ctx     context.Context
	bar     *teller
	t       *report.Texts
	c       *opinion.Conversation
	asked   report.Asked
	byTime  bool // votes are taken in the order in which they were cast
	votes   int
	digests []report.Digest
}

func (c *opinionCmd) load(ctx context.Context, std *streams, t *report.Texts, bar *teller) (*report.Report, error) {
	opt, command := c.options()
	s := &source{ctx: ctx, bar: bar, t: t, c: opinion.New(opt), byTime: opt.Order == opinion.ByAppearance}
	s.asked.Statements = map[int64]string{}
	fsys, err := polis.Find(os.DirFS(c.Dir), c.Export)
	var x *polis.Export
	if err == nil {
		x, err = s.read(fsys)
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	bar.end()
	var flaws *polis.Errors
	if errors.As(err, &flaws) {
		std.listFlaws(t, flaws)
		if !c.SkipErrors || x == nil {
			fmt.Fprintln(std.Err, t.Say("cli_errors"))
			return nil, std.fail("opinion_flaws")
		}
		fmt.Fprintln(std.Err, t.Say("cli_skipped"))
	} else if err != nil {
		return nil, err
	}
	if flaws == nil && x.Doubts != nil { // where lines were left out the counts differ anyway
		if err := std.doubts(t, x.Doubts, c.AcceptDifferences); err != nil {
			return nil, err
		}
	}
	if err := s.fill(x); err != nil {
		return nil, err
	}
	for _, id := range c.Exclude {
		err := s.c.Exclude(id)
		if errors.Is(err, opinion.ErrUnknownPerson) {
			return nil, std.fail("opinion_no_person", "ID", strconv.FormatInt(id, 10))
		}
		if err != nil {
			return nil, err
		}
	}
	bar.say(t.Say("cli_computing", "votes", t.Count("votes", s.votes)))
	m, err := s.c.Map(ctx, nil)
	bar.end()
	if err != nil {
		return nil, err
	}
	return &report.Report{Map: m, Options: opt, Asked: s.asked, Command: command, Digests: s.digests}, nil
}

// options returns the options of the map, and the command line that computes the same map
// again.
func (c *opinionCmd) options() (opt opinion.Options, command string) {
	opt = opinion.Defaults()
	command = "birge opinion " + filepath.Base(filepath.Clean(c.Dir))
	if c.Method == "production" {
		opt = opinion.Production()
		command += " --method production"
	}
	if c.MinGroup > 1 {
		opt.MinGroup = c.MinGroup
		command += " --min-group " + strconv.Itoa(c.MinGroup)
	}
	for _, id := range c.Exclude {
		command += " --exclude " + strconv.FormatInt(id, 10)
	}
	return opt, command
}

// listFlaws says what is wrong with an export, a line each.
func (s *streams) listFlaws(t *report.Texts, flaws *polis.Errors) {
	for _, e := range flaws.List {
		fmt.Fprintln(s.Err, describe(t, e))
	}
	if flaws.More > 0 {
		fmt.Fprintln(s.Err, t.Say("cli_more", "n", t.Int(flaws.More)))
	}
}

// doubts lists where the files of an export contradict each other. It stops the command unless
// that is accepted.
func (s *streams) doubts(t *report.Texts, doubts *polis.Errors, accepted bool) error {
	s.listFlaws(t, doubts)
	if !accepted {
		return s.fail("polis_doubts")
	}
	s.tell("polis_accepted")
	return nil
}

// digesting computes the digests of the files that are read through it. It stops reading when
// its context ends.
type digesting struct {
	fs.FS
	s *source
}

type digestedFile struct {
	fs.File
	sum  hash.Hash
	name string
	s    *source
}

func (d digesting) Open(name string) (fs.File, error) {
	f, err := d.FS.Open(name)
	if err != nil {
		return nil, err
	}
	return &digestedFile{f, sha256.New(), name, d.s}, nil
}

func (f *digestedFile) Read(b []byte) (int, error) {
	if err := f.s.ctx.Err(); err != nil {
		return 0, err
	}
	f.s.bar.update(func() string { return f.s.t.Say("cli_reading", "n", f.name) })
	n, err := f.File.Read(b)
	_, _ = f.sum.Write(b[:n]) // a hash takes everything
	return n, err
}

func (f *digestedFile) Close() error {
	f.s.digests = append(f.s.digests, report.Digest{File: f.name, SHA256: hex.EncodeToString(f.sum.Sum(nil))})
	return f.File.Close()
}

// read reads the files. When the error is *polis.Errors, the export holds everything that was
// good.
func (s *source) read(fsys fs.FS) (*polis.Export, error) {
	x, err := polis.Read(digesting{fsys, s}, polis.Limits{})
	s.votes = x.Votes.Len()
	s.asked.Topic, s.asked.Description, s.asked.Source = x.Lookup("topic"), x.Lookup("conversation-description"), x.Lookup("url")
	for _, st := range x.Statements {
		s.asked.Statements[st.ID] = st.Body
	}
	return x, err
}

// fill puts statements and votes into the conversation. With byTime, statements come in the
// order of their first votes.
func (s *source) fill(x *polis.Export) error {
	order := make([]int, x.Votes.Len())
	for i := range order {
		order[i] = i
	}
	if s.byTime {
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(x.Votes.At(a).Time.Milli, x.Votes.At(b).Time.Milli) })
		for _, i := range order {
			if err := s.c.AddStatement(x.Votes.At(i).Statement); err != nil {
				return err
			}
		}
	}
	known := map[int64]bool{}
	for _, st := range x.Statements {
		known[st.ID] = true
		if err := errors.Join(s.c.AddStatement(st.ID), s.c.Moderate(st.ID, st.Moderated == polis.Out)); err != nil {
			return err
		}
	}
	from, to := int64(math.MaxInt64), int64(math.MinInt64)
	for _, i := range order {
		v := x.Votes.At(i)
		at := v.Time.Milli
		if at > 0 {
			from, to = min(from, at), max(to, at)
		} else {
			at = opinion.NoTime
		}
		if !known[v.Statement] { // comments.csv is broken and lacks the statement
			known[v.Statement] = true
			if err := s.c.AddStatement(v.Statement); err != nil {
				return err
			}
		}
		if err := s.c.Vote(v.Voter, v.Statement, opinion.Value(v.Value), at); err != nil {
			return err
		}
	}
	if from <= to && to > 0 {
		s.asked.From, s.asked.To = time.UnixMilli(from).UTC(), time.UnixMilli(to).UTC()
	}
	return nil
}

// describe says a flaw in the language of the texts.
func describe(t *report.Texts, e *polis.Error) string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d", e.Line)
	}
	b.WriteString(": ")
	if e.Column != "" {
		fmt.Fprintf(&b, "%q: ", e.Column)
	}
	b.WriteString(t.Problem(string(e.Problem)))
	if e.Value != "" {
		fmt.Fprintf(&b, " (%q)", e.Value)
	}
	return b.String()
}

// write writes the files beside their places and moves them there when all
// are done: an interruption leaves nothing half-written.
func (c *opinionCmd) write(ctx context.Context, std *streams, t *report.Texts, r *report.Report, lang string) (err error) {
	dir := c.Out
	if dir == "" {
		dir = filepath.Base(filepath.Clean(c.Dir)) + "-opinion"
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	type pending struct{ temp, name string }
	var files []pending
	defer func() {
		for _, f := range files {
			os.Remove(f.temp)
		}
	}()
	for _, x := range []struct {
		name string
		to   func(io.Writer) error
	}{
		{"report.pdf", func(w io.Writer) error { return r.PDF(w, lang) }},
		{"map.json", r.WriteJSON},
		{"map.svg", func(w io.Writer) error { return r.SVG(w, report.SVGOptions{Lang: lang}) }},
	} {
		if err := ctx.Err(); err != nil {
			return err
		}
		f, err := os.CreateTemp(dir, ".birge-*") // readable by the owner alone
		if err != nil {
			return err
		}
		files = append(files, pending{f.Name(), filepath.Join(dir, x.name)})
		if err := errors.Join(x.to(f), f.Sync(), f.Close()); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	for len(files) > 0 {
		if err := os.Rename(files[0].temp, files[0].name); err != nil {
			return err
		}
		fmt.Fprintln(std.Err, t.Say("cli_written", "file", files[0].name))
		files = files[1:]
	}
	return nil
}

// teller reports what is going on, first after a second and then every few seconds.
type teller struct {
	w     io.Writer
	begun time.Time
	last  time.Time
	quit  func()
}

func (p *teller) update(text func() string) {
	now := time.Now()
	if now.Sub(p.begun) < time.Second || now.Sub(p.last) < 2*time.Second {
		return
	}
	p.last = now
	fmt.Fprintln(p.w, text())
}

// say reports a step without known progress, if the step takes long. It goes on until end is
// called.
func (p *teller) say(text string) {
	p.end()
	quit, done := make(chan struct{}), make(chan struct{})
	p.quit = func() { close(quit); <-done }
	wait := time.NewTimer(max(0, time.Second-time.Since(p.begun)))
	go func() {
		defer close(done)
		defer wait.Stop()
		select {
		case <-quit:
		case <-wait.C:
			fmt.Fprintln(p.w, text)
		}
	}()
}

// end waits until nothing more is said.
func (p *teller) end() {
	if p.quit != nil {
		p.quit()
		p.quit = nil
	}
}
