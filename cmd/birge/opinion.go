package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
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
}

// Run is called by kong.
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
		// The table of all statements is for paper; the data has it too.
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
	flaws   []*polis.Error
	more    int
	asked   report.Asked
	known   map[int64]bool // nil: any statement goes
	from    int64
	to      int64
	votes   int
	byTime  []polis.Vote // when votes must be sorted first
	sort    bool
	digests []report.Digest
}

func (c *opinionCmd) load(ctx context.Context, std *streams, t *report.Texts, bar *teller) (*report.Report, error) {
	opt := opinion.Defaults()
	command := "birge opinion " + filepath.Base(filepath.Clean(c.Dir))
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
	s := &source{ctx: ctx, bar: bar, t: t, c: opinion.New(opt), sort: opt.Order == opinion.ByAppearance, from: math.MaxInt64, to: math.MinInt64}
	s.asked.Statements = map[int64]string{}
	if err := s.read(os.DirFS(c.Dir)); err != nil {
		return nil, err
	}
	if len(s.flaws) > 0 {
		bar.end()
		for _, e := range s.flaws {
			fmt.Fprintln(std.Err, describe(t, e))
		}
		if s.more > 0 {
			fmt.Fprintln(std.Err, t.Say("cli_more", "n", t.Int(s.more)))
		}
		if !c.SkipErrors {
			fmt.Fprintln(std.Err, t.Say("cli_errors"))
			return nil, std.fail("opinion_flaws")
		}
		fmt.Fprintln(std.Err, t.Say("cli_skipped"))
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
	if s.from <= s.to && s.to > 0 {
		s.asked.From, s.asked.To = time.UnixMilli(s.from).UTC(), time.UnixMilli(s.to).UTC()
	}
	return &report.Report{Map: m, Options: opt, Asked: s.asked, Command: command, Digests: s.digests}, nil
}

// file hands a file to read, and keeps its digest and its flaws. A file that
// is not there is no error.
func (s *source) file(fsys fs.FS, name string, read func(r io.Reader) error) (found bool, err error) {
	f, err := fsys.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	sum := sha256.New()
	err = read(io.TeeReader(f, sum))
	var list *polis.Errors
	if errors.As(err, &list) {
		s.flaws = append(s.flaws, list.List...)
		s.more += list.More
		err = nil
	}
	s.digests = append(s.digests, report.Digest{File: name, SHA256: hex.EncodeToString(sum.Sum(nil))})
	return true, err
}

func (s *source) read(fsys fs.FS) error {
	lim := polis.Limits{}
	known := map[int64]bool{}
	found, err := s.file(fsys, polis.CommentsFile, func(r io.Reader) error {
		_, err := polis.ScanStatements(polis.CommentsFile, r, lim, func(_ int, x polis.Statement) error {
			known[x.ID] = true
			s.asked.Statements[x.ID] = x.Body
			if s.sort {
				return nil // columns in order of their first vote
			}
			return s.statement(x.ID, x.Moderated)
		})
		return err
	})
	if err != nil {
		return err
	}
	if found && len(s.flaws) == 0 {
		s.known = known
	}
	isKnown := func(id int64) bool { return s.known == nil || s.known[id] }
	voted, err := s.file(fsys, polis.VotesFile, func(r io.Reader) error {
		_, err := polis.ScanVotes(polis.VotesFile, r, lim, isKnown, func(_ int, v polis.Vote) error { return s.vote(v) })
		return err
	})
	if err != nil {
		return err
	}
	if !voted {
		voted, err = s.file(fsys, polis.ParticipantsFile, func(r io.Reader) error { return s.matrix(r, lim, isKnown) })
		if err != nil {
			return err
		}
	}
	if !voted {
		s.flaws = append(s.flaws, &polis.Error{File: ".", Problem: polis.NoVotes})
	}
	if err := s.sorted(fsys); err != nil {
		return err
	}
	_, err = s.file(fsys, polis.SummaryFile, func(r io.Reader) error {
		pairs, _, err := polis.ReadSummary(polis.SummaryFile, r, lim)
		x := polis.Export{Summary: pairs}
		s.asked.Topic, s.asked.Description, s.asked.Source = x.Lookup("topic"), x.Lookup("conversation-description"), x.Lookup("url")
		return err
	})
	return err
}

func (s *source) statement(id int64, m polis.Moderation) error {
	if err := s.c.AddStatement(id); err != nil {
		return err
	}
	return s.c.Moderate(id, m == polis.Out)
}

func (s *source) vote(v polis.Vote) error {
	if s.votes&4095 == 0 {
		if err := s.ctx.Err(); err != nil {
			return err
		}
		s.bar.update(func() string { return s.t.Say("cli_reading", "n", s.t.Int(s.votes)) })
	}
	s.votes++
	at := v.Time.Milli
	if at > 0 {
		s.from, s.to = min(s.from, at), max(s.to, at)
	} else {
		at = opinion.NoTime
	}
	if s.sort {
		s.byTime = append(s.byTime, v)
		return nil
	}
	if s.known == nil { // without a list of statements those voted on are all there are
		if err := s.c.AddStatement(v.Statement); err != nil {
			return err
		}
	}
	return s.c.Vote(v.Voter, v.Statement, opinion.Value(v.Value), at)
}

// matrix takes the votes from participants-votes.csv, for want of votes.csv.
func (s *source) matrix(r io.Reader, lim polis.Limits, known func(int64) bool) error {
	type row struct {
		id    int64
		cells []int8
	}
	var rows []row
	l, err := polis.ScanParticipants(polis.ParticipantsFile, r, lim, known, func(_ int, p polis.Participant) error {
		rows = append(rows, row{p.ID, p.Cells})
		return s.ctx.Err()
	})
	var list *polis.Errors
	if err != nil && !errors.As(err, &list) {
		return err
	}
	for _, x := range rows {
		for i, id := range l.Statements() {
			if v := x.cells[i]; v != polis.Missing && known(id) {
				if e := s.vote(polis.Vote{Voter: x.id, Statement: id, Value: v}); e != nil {
					return e
				}
			}
		}
	}
	return err
}

// sorted adds the votes kept back in the order in which they were cast.
func (s *source) sorted(fsys fs.FS) error {
	if !s.sort {
		return nil
	}
	slices.SortStableFunc(s.byTime, func(a, b polis.Vote) int { return cmp.Compare(a.Time.Milli, b.Time.Milli) })
	for _, v := range s.byTime {
		if err := s.c.AddStatement(v.Statement); err != nil {
			return err
		}
		at := v.Time.Milli
		if at == 0 {
			at = opinion.NoTime
		}
		if err := s.c.Vote(v.Voter, v.Statement, opinion.Value(v.Value), at); err != nil {
			return err
		}
	}
	s.byTime = nil
	f, err := fsys.Open(polis.CommentsFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = polis.ScanStatements(polis.CommentsFile, f, polis.Limits{}, func(_ int, x polis.Statement) error {
		return s.statement(x.ID, x.Moderated)
	})
	var list *polis.Errors
	if errors.As(err, &list) {
		return nil // told already
	}
	return err
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
	if err := os.MkdirAll(dir, 0o777); err != nil {
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
		f, err := os.CreateTemp(dir, ".birge-*")
		if err != nil {
			return err
		}
		files = append(files, pending{f.Name(), filepath.Join(dir, x.name)})
		if err := errors.Join(x.to(f), f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
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

// teller says what is going on once it takes longer than a second, then
// every few seconds.
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

// say tells, until end, a step of which no progress is known, if it takes long.
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
