package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/birge-kz/birge/internal/record/proof"
)

// Exit codes of birge verify, beside those of every command.
const (
	exitDoesNotHold = 3
	exitWithRemarks = 4
)

type verifyCmd struct {
	Target  string   `arg:"" placeholder:"URL|DIR|RECEIPT" help:"The address of a city, an exported copy of its record, a receipt (the file, or the address in its QR code)."`
	Key     []string `sep:"none" placeholder:"KEY" help:"A public key of the city that you have from a second place, such as print."`
	Witness []string `sep:"none" placeholder:"KEY" help:"The public key of a witness whose cosignature you want to see."`
	Memory  string   `placeholder:"DIR" help:"Where to remember what was seen. Default: the state folder of your account."`
	NoPages bool     `help:"Do not compare what the public pages show."`
	JSON    bool     `name:"json" help:"Print the report as JSON."`
}

// Help stands under the list of flags.
func (verifyCmd) Help() string {
	return `Reads the whole record and checks the signature, that nothing seen last time was changed or taken away, every entry and
every hash, and that the public pages show what was recorded. One line says what holds, or exactly what does not.

Exit codes: 0 everything holds; 1 it could not be checked (no network, no file); 2 the command line cannot be read;
3 something does NOT hold; 4 it holds, but read the remarks (a clock was moved back, a cosignature asked for is missing).`
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
	for _, k := range append(append([]string(nil), c.Key...), c.Witness...) {
		if err := proof.CheckVKey(k); err != nil {
			return exitError{2, err}
		}
	}
	memory := proof.Memory(c.Memory)
	if memory == "" {
		var err error
		if memory, err = proof.DefaultMemory(); err != nil {
			return err
		}
	}
	src, expect, receipt, err := c.source()
	if err != nil {
		return err
	}
	if receipt != nil {
		return c.verdict(std, nil, c.receipt(std, memory, *receipt))
	}
	report, err := c.record(ctx, std, memory, src, expect)
	return c.verdict(std, report, err)
}

var receiptAddress = regexp.MustCompile(`^(.*)/record/(\d+)$`)

// source finds out what the target is.
func (c *verifyCmd) source() (src proof.Source, expect *proof.Expected, receipt *proof.Receipt, err error) {
	if strings.HasPrefix(c.Target, "https://") || strings.HasPrefix(c.Target, "http://") {
		u, err := url.Parse(c.Target)
		if err != nil {
			return nil, nil, nil, err
		}
		if m := receiptAddress.FindStringSubmatch(u.Path); m != nil && u.Query().Get("h") != "" {
			leaf, err := base64.RawURLEncoding.DecodeString(u.Query().Get("h"))
			index, err2 := strconv.ParseInt(m[2], 10, 64)
			if err != nil || err2 != nil || len(leaf) != tlog.HashSize {
				return nil, nil, nil, errors.New("the receipt's address was cut or altered: copy it whole")
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
		return nil, nil, nil, fmt.Errorf("%s is too large for a receipt", c.Target)
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
		return fmt.Errorf("no key of %s is known here: give it with --key (it is printed on the city's key page), or run birge verify https://%s first", origin, origin)
	}
	e, checkpoint, _, err := r.Check(keys)
	if err != nil {
		return err
	}
	if c.JSON {
		return nil
	}
	fmt.Fprintf(std.Out, "holds: act %d (%s, %s) stands in the record of %d acts that %s signed\n", r.Index, e.Kind, e.Time.Format(time.RFC3339), checkpoint.N, origin)
	for member, o := range r.Openings {
		fmt.Fprintf(std.Out, "  %s: %q\n", member, o.Text)
	}
	return nil
}

// record checks a whole record.
func (c *verifyCmd) record(ctx context.Context, std *streams, memory proof.Memory, src proof.Source, expect *proof.Expected) (*proof.Report, error) {
	signed, err := src.Get(ctx, "checkpoint", 1<<16)
	if err != nil {
		return nil, fmt.Errorf("there is no record at %s: %w", c.Target, err)
	}
	origin, err := proof.OriginOf(signed)
	if err != nil {
		return nil, err
	}
	seen, err := memory.Recall(origin)
	if err != nil {
		return nil, err
	}
	report, err := proof.Verify(ctx, src, proof.Options{Seen: seen, Keys: c.Key, Witnesses: c.Witness, SkipPages: c.NoPages, Expect: expect, Progress: progress(std, "acts")})
	if err != nil {
		return nil, err
	}
	if !c.JSON {
		writeReport(std.Out, report, seen, expect, c.NoPages)
	}
	return &report, memory.Remember(report.Next)
}

func writeReport(w io.Writer, r proof.Report, seen *proof.Seen, expect *proof.Expected, noPages bool) {
	var b strings.Builder
	fmt.Fprintf(&b, "holds: %d acts of %s, signed by %s", r.Size, r.Origin, r.Keys[len(r.Keys)-1])
	if seen != nil {
		fmt.Fprintf(&b, "; the %d seen on %s are unchanged", seen.Size, seen.At.Format(time.DateOnly))
	} else {
		b.WriteString("; seen for the first time, changes will be noticed from now on")
	}
	if !noPages {
		fmt.Fprintf(&b, "; %d public pages show what was recorded", r.Compared)
	}
	if r.Erased > 0 {
		fmt.Fprintf(&b, " (%d personal texts were erased and cannot be compared)", r.Erased)
	}
	if expect != nil {
		fmt.Fprintf(&b, "; act %d is the one on the receipt", expect.Index)
	}
	if len(r.Cosigned) > 0 {
		fmt.Fprintf(&b, "; cosigned by %s", strings.Join(r.Cosigned, ", "))
	}
	fmt.Fprintln(w, b.String())
	for _, remark := range r.Remarks {
		fmt.Fprintln(w, "remark:", remark)
	}
}

// verdict ends the command: as JSON when asked for, and with the exit code.
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
	switch {
	case found:
		return exitError{exitDoesNotHold, fmt.Errorf("DOES NOT HOLD (%s): %w", f.Code, err)}
	case err == nil && r != nil && len(r.Remarks) > 0:
		return exitError{exitWithRemarks, errors.New("the record holds, but see the remarks")}
	}
	return err
}

type exportRecordCmd struct {
	databaseFlags
	Path string `arg:"" help:"The directory to make. It must not exist."`
}

// Run writes the copy.
func (c *exportRecordCmd) Run(ctx context.Context, std *streams) error {
	a, err := c.open(ctx, std)
	if err != nil {
		return err
	}
	defer a.Close()
	n, err := a.Record.Export(ctx, c.Path, progress(std, "acts"))
	if err != nil {
		return a.Explain(err)
	}
	fmt.Fprintf(std.Err, "%d act(s) written to %s: birge verify %s checks them\n", n, c.Path, c.Path)
	return nil
}
