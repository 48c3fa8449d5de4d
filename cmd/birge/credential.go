package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/credentials/vc"
)

// credentialFile reads a file if it is a certificate, which is known by its contexts, else nothing.
func credentialFile(file string) []byte {
	raw, whole := smallFile(file)
	if !whole {
		return nil
	}
	doc, err := vc.Parse(raw)
	if err != nil || doc["@context"] == nil {
		if trimmed := strings.TrimSpace(string(raw)); !strings.HasPrefix(trimmed, "{") || !strings.Contains(trimmed, `"@context"`) {
			return nil
		}
	}
	return raw
}

// smallFile reads a file that is no larger than a certificate may be.
func smallFile(file string) (raw []byte, whole bool) {
	if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() || info.Size() > vc.MaxBytes {
		return nil, false
	}
	raw, err := os.ReadFile(file)
	return raw, err == nil
}

// credentialVerdict is what birge verify prints of a certificate as JSON.
type credentialVerdict struct {
	Holds   bool       `json:"holds"`
	Code    vc.Code    `json:"code,omitempty"`
	Problem string     `json:"problem,omitempty"`
	Remarks []string   `json:"remarks,omitempty"` // codes: key_not_given, status_not_checked
	Report  *vc.Report `json:"report,omitempty"`
}

// checkCredential checks a certificate with the keys and lists of what was revoked that are given; it needs no network.
func (c *verifyCmd) checkCredential(std *streams, raw []byte) error {
	o := vc.Options{Now: time.Now()}
	for _, given := range c.Key {
		text := []byte(given)
		if content, isFile := smallFile(given); isFile {
			text = content
		}
		keys, err := vc.ParseKeys(text)
		if err != nil {
			return exitError{2, std.fail("credential_key_wrong", "Value", strconv.Quote(given))}
		}
		o.Keys = append(o.Keys, keys...)
	}
	for _, file := range c.Status {
		list, whole := smallFile(file)
		if !whole {
			return exitError{2, std.fail("credential_status_unread", "File", file)}
		}
		o.Lists = append(o.Lists, list)
	}
	report, err := vc.Verify(raw, o)
	var f *vc.Finding
	v := credentialVerdict{Holds: err == nil}
	if errors.As(err, &f) {
		v.Code, v.Problem = f.Code, f.Text
	} else if err != nil {
		return err
	} else {
		v.Report, v.Remarks = &report, credentialRemarks(report)
	}
	if err := printResult(std.Out, c.JSON, v, func(w io.Writer) { std.writeCredential(w, v) }); err != nil {
		return err
	}
	switch {
	case f != nil:
		return exitError{exitDoesNotHold, errors.New(std.say("verify_fails", "Code", string(f.Code)) + ": " + std.say("credential_"+string(f.Code)) + " (" + printable(f.Text) + ")")}
	case len(v.Remarks) > 0:
		return exitError{exitWithRemarks, std.fail("credential_with_remarks")}
	}
	return nil
}

// credentialRemarks are the codes of what was left open.
func credentialRemarks(r vc.Report) (out []string) {
	if !r.KeyTrusted {
		out = append(out, "key_not_given")
	}
	if r.Status == vc.NotChecked {
		out = append(out, "status_not_checked")
	}
	return out
}

// writeCredential says what holds, every claim, and what was left open.
func (s *streams) writeCredential(w io.Writer, v credentialVerdict) {
	if v.Report == nil {
		return
	}
	r := v.Report
	fmt.Fprintln(w, s.say("credential_holds", "Name", printable(r.Name), "Issuer", printable(r.IssuerName), "Address", printable(r.Issuer), "Time", printable(r.Signed), "Key", printable(r.Key)))
	if r.Status == vc.InForce {
		fmt.Fprintln(w, s.say("credential_in_force", "Time", r.StatusAt.Format(time.RFC3339)))
	}
	for _, c := range r.Claims {
		fmt.Fprintf(w, "  %s: %s\n", printable(c.Path), printable(c.Value))
	}
	for _, code := range v.Remarks {
		fmt.Fprintln(w, s.say("verify_remark", "Remark", s.say("credential_"+code, "List", printable(r.StatusList), "Key", printable(r.Key), "Address", printable(r.Issuer))))
	}
}
