package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/birge-kz/birge/internal/ballots"
	"github.com/birge-kz/birge/internal/budgeting"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
)

// Exit codes of birge verify, beside those of every command.
const (
	exitDoesNotHold = 3
	exitWithRemarks = 4
)

type verifyCmd struct {
	Target    string   `arg:"" placeholder:"URL|DIR|FILE"`
	Key       []string `sep:"none" placeholder:"KEY"`
	Witness   []string `sep:"none" placeholder:"KEY"`
	Memory    string   `placeholder:"DIR"`
	Announced string   `placeholder:"DIGEST"`
	Status    []string `sep:"none" placeholder:"FILE"`
	NoPages   bool
	JSON      bool          `name:"json"`
	Most      int64         `default:"5000000" placeholder:"ENTRIES"`
	Timeout   time.Duration `default:"2h"`
}

// verdict is what is printed as JSON.
type verdict struct {
	Holds   bool          `json:"holds"`
	Code    proof.Code    `json:"code,omitempty"`
	Problem string        `json:"problem,omitempty"`
	Report  *proof.Report `json:"report,omitempty"`
}

// Run checks the target and prints the verdict.
func (c *verifyCmd) Run(ctx context.Context, std *streams) error {
	if raw := credentialFile(c.Target); raw != nil {
		return c.checkCredential(std, raw)
	}
	for _, k := range append(append([]string(nil), c.Key...), c.Witness...) {
		if err := proof.CheckVKey(k); err != nil {
			return exitError{2, std.fail("key_wrong", "Value", strconv.Quote(k))}
		}
	}
	if d := publishedDraw(c.Target); d != nil {
		return c.checkDraw(std, d)
	}
	memory := proof.Memory(c.Memory)
	if memory == "" {
		var err error
		if memory, err = proof.DefaultMemory(); err != nil {
			return err
		}
	}
	src, expect, receipt, err := c.source(std)
	if err != nil {
		return err
	}
	if receipt != nil {
		return c.verdict(std, nil, c.receipt(std, memory, *receipt))
	}
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	report, err := c.record(ctx, std, memory, src, expect)
	return c.verdict(std, report, err)
}

var receiptAddress = regexp.MustCompile(`^(.*)/record/(\d+)$`)

// source finds out what the target is.
func (c *verifyCmd) source(std *streams) (src proof.Source, expect *proof.Expected, receipt *proof.Receipt, err error) {
	if strings.HasPrefix(c.Target, "https://") || strings.HasPrefix(c.Target, "http://") {
		u, err := url.Parse(c.Target)
		if err != nil {
			return nil, nil, nil, err
		}
		if m := receiptAddress.FindStringSubmatch(u.Path); m != nil && u.Query().Get("h") != "" {
			leaf, err := base64.RawURLEncoding.DecodeString(u.Query().Get("h"))
			index, err2 := strconv.ParseInt(m[2], 10, 64)
			if err != nil || err2 != nil || len(leaf) != tlog.HashSize {
				return nil, nil, nil, std.fail("verify_address_cut")
			}
			expect = &proof.Expected{Index: index, Leaf: tlog.Hash(leaf)}
			u.Path = m[1]
			if parts := strings.Split(u.Path, "/"); len(parts) == 2 && len(parts[1]) == 2 { // a page's language
				u.Path = ""
			}
		}
		src, err = proof.NewSite(u.String())
		return src, expect, nil, err
	}
	info, err := os.Stat(c.Target)
	if err != nil {
		return nil, nil, nil, err
	}
	if info.IsDir() {
		return proof.Dir(c.Target), nil, nil, nil
	}
	if info.Size() > 1<<20 {
		return nil, nil, nil, std.fail("verify_too_large", "File", c.Target)
	}
	b, err := os.ReadFile(c.Target)
	if err != nil {
		return nil, nil, nil, err
	}
	r, err := proof.ParseReceipt(b)
	return nil, nil, &r, err
}

// receipt checks a receipt with the keys that are known for its city; it needs no network.
func (c *verifyCmd) receipt(std *streams, memory proof.Memory, r proof.Receipt) error {
	origin, err := proof.OriginOf(r.Checkpoint)
	if err != nil {
		return err
	}
	seen, err := memory.Recall(origin)
	if err != nil {
		return err
	}
	keys := c.Key
	if seen != nil {
		keys = append(keys, seen.Keys...)
	}
	if len(keys) == 0 {
		return std.fail("verify_no_key", "City", origin)
	}
	e, checkpoint, _, err := r.Check(keys)
	if err != nil {
		return err
	}
	if c.JSON {
		return nil
	}
	fmt.Fprintln(std.Out, std.say("verify_receipt_holds", "Act", r.Index, "Kind", string(e.Kind), "Time", e.Time.Format(time.RFC3339), "Size", checkpoint.N, "City", origin))
	for member, o := range r.Openings {
		fmt.Fprintf(std.Out, "  %s: %q\n", member, o.Text)
	}
	return nil
}

// record checks a whole record.
func (c *verifyCmd) record(ctx context.Context, std *streams, memory proof.Memory, src proof.Source, expect *proof.Expected) (*proof.Report, error) {
	signed, err := src.Get(ctx, "checkpoint", 1<<16)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", std.say("verify_no_record", "Target", c.Target), err)
	}
	origin, err := proof.OriginOf(signed)
	if err != nil {
		return nil, err
	}
	seen, err := memory.Recall(origin)
	if err != nil {
		return nil, err
	}
	votes, budgets := ballots.Claims{}, budgeting.Claims{}
	report, err := proof.Verify(ctx, src, proof.Options{Each: func(index int64, e proof.Entry) { votes.Add(index, e); budgets.Add(index, e) }, Seen: seen, Keys: c.Key, Witnesses: c.Witness, SkipPages: c.NoPages, Most: c.Most, Expect: expect, Progress: progress(std, std.say("bar_acts"))})
	if err != nil {
		return nil, err
	}
	if !c.NoPages {
		if err := votes.Check(ctx, src); err != nil {
			return nil, err
		}
		if err := budgets.Check(ctx, src); err != nil {
			return nil, err
		}
	}
	if !c.JSON {
		std.writeVerified(report, seen, expect, c.NoPages)
		if len(votes) > 0 && !c.NoPages {
			fmt.Fprintln(std.Out, std.say("verify_votes", "Count", len(votes)))
		}
		if len(budgets) > 0 && !c.NoPages && src.Live() {
			fmt.Fprintln(std.Out, std.say("verify_budgets", "Count", len(budgets)))
		}
	}
	return &report, memory.Remember(report.Next)
}

// writeVerified says in one line what holds, and then each remark.
func (s *streams) writeVerified(r proof.Report, seen *proof.Seen, expect *proof.Expected, noPages bool) {
	parts := []string{s.say("verify_holds", "Count", r.Size, "City", r.Origin, "Key", r.Keys[len(r.Keys)-1])}
	add := func(key string, args ...any) { parts = append(parts, s.say(key, args...)) }
	if seen != nil {
		add("verify_unchanged", "Count", seen.Size, "Day", seen.At)
	} else {
		add("verify_first_time")
	}
	if !noPages {
		add("verify_pages", "Count", r.Compared)
	}
	if r.Erased > 0 {
		add("verify_erased", "Count", r.Erased)
	}
	if expect != nil {
		add("verify_expected", "Act", expect.Index)
	}
	if len(r.Cosigned) > 0 {
		add("verify_cosigned", "Witnesses", strings.Join(r.Cosigned, ", "))
	}
	fmt.Fprintln(s.Out, strings.Join(parts, "; "))
	for _, remark := range r.Remarks {
		fmt.Fprintln(s.Out, s.say("verify_remark", "Remark", s.remark(remark)))
	}
}

// remark says a remark in English in its own words, else with its figures.
func (s *streams) remark(r proof.Remark) string {
	if s.lang() == civic.English {
		return printable(r.Text)
	}
	return s.say("remark_"+r.Code, plainFigures(r.Figures)...)
}

// findingDetail says what exactly does not hold: in English in the words of the finding, else with its figures,
// for those words stand in the answer for programs (--json) as they are.
func (s *streams) findingDetail(f *proof.Finding) string {
	if s.lang() == civic.English {
		return printable(f.Text)
	}
	return s.say("finding_detail_"+f.Detail, plainFigures(f.Figures)...)
}

// plainFigures writes the numbers of entries without thousands, as they stand in addresses, and words, which a server
// may have chosen, as printable ones.
func plainFigures(figures []any) []any {
	out := slices.Clone(figures)
	for i, x := range out {
		if words, text := x.(string); text {
			out[i] = printable(words)
		}
		if n, whole := x.(int64); whole && i > 0 && (out[i-1] == "Index" || out[i-1] == "Before") {
			out[i] = strconv.FormatInt(n, 10)
		}
	}
	return out
}

// printable removes the characters that make a terminal do something. The text may hold words
// that a server chose.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) && r != '\n' {
			return '\uFFFD'
		}
		return r
	}, s)
}

// verdict ends the command: it prints the verdict as JSON when asked for, and sets the exit
// code.
func (c *verifyCmd) verdict(std *streams, r *proof.Report, err error) error {
	var f *proof.Finding
	found := errors.As(err, &f)
	if c.JSON && (err == nil || found) {
		v := verdict{Holds: err == nil, Report: r}
		if found {
			v.Code, v.Problem = f.Code, f.Text
		}
		if err := printResult(std.Out, true, v, nil); err != nil {
			return err
		}
	}
	var many *proof.TooManyError
	switch {
	case errors.As(err, &many):
		return std.fail("verify_too_many", "Claimed", many.Claimed, "Most", many.Most)
	case found:
		return exitError{exitDoesNotHold, errors.New(std.say("verify_fails", "Code", string(f.Code)) + ": " + std.say("finding_"+string(f.Code), "Detail", std.findingDetail(f)))}
	case err == nil && r != nil && len(r.Remarks) > 0:
		return exitError{exitWithRemarks, std.fail("verify_with_remarks")}
	}
	return err
}

type exportRecordCmd struct {
	databaseFlags
	Path string `arg:"" placeholder:"DIR"`
}

// Run writes the copy.
func (c *exportRecordCmd) Run(ctx context.Context, std *streams) error {
	a, err := c.open(ctx, std)
	if err != nil {
		return err
	}
	defer a.Close()
	if err := std.nothingAt(c.Path); err != nil {
		return err
	}
	n, err := a.Record.Export(ctx, c.Path, progress(std, std.say("bar_acts")))
	if errors.Is(err, record.ErrNotOpen) {
		return std.fail("record_not_open")
	}
	if err != nil {
		return a.Explain(std.lang(), err)
	}
	std.tell("record_written", "Count", n, "File", c.Path)
	return nil
}
