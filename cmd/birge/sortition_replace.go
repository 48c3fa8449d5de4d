package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/birge-kz/birge/sortition"
	"github.com/birge-kz/birge/sortition/draw"
)

// sortitionReplaceCmd makes the list from which the seats of those who left are filled.
type sortitionReplaceCmd struct {
	List   string   `arg:"" type:"path"`
	Stayed []string `placeholder:"ID"`
	Left   []string `placeholder:"ID"`
}

// Run prints the list among the panels on which all who stayed are and nobody who left; when there is none, it is computed anew from the
// files for the free seats.
func (r *sortitionReplaceCmd) Run(ctx context.Context, std *streams, c *commands) error {
	of := &c.Sortition
	first, err := (&sortitionDrawCmd{List: r.List}).lottery(ctx, std, of)
	if err != nil {
		return err
	}
	rest := first.Remaining(r.Stayed, r.Left)
	if len(rest.Panels) == 0 {
		problem, err := of.problem(std)
		if err != nil {
			return err
		}
		rest, err = sortition.Replace(ctx, problem, first, r.Stayed, r.Left, sortition.Method(of.Method))
		if none := (*sortition.Infeasible)(nil); errors.As(err, &none) {
			return of.infeasible(std, none)
		}
		if err != nil {
			return std.sortitionError(err)
		}
	}
	found := selection{Lottery: &lotteryJSON{rest.Digest(), rest.Deviation, rest.Deviating, rest.Panels}}
	return printResult(std.Out, of.JSON, found, func(w io.Writer) {
		fmt.Fprintln(w, std.say("sortition_lottery", "Panels", len(rest.Panels), "Digest", rest.Digest(), "Deviation", fmt.Sprintf("%.6f", rest.Deviation)))
	})
}

// sortitionSealCmd binds somebody to a value of their own.
type sortitionSealCmd struct {
	Name  string `arg:""`
	Value string `arg:"" optional:"" placeholder:"TEXT"`
}

// Run prints the value, which stays with the person until it is shown, and the seal, which is published before the draw.
func (r *sortitionSealCmd) Run(std *streams, c *commands) error {
	if r.Value == "" {
		random := make([]byte, 32)
		_, _ = rand.Read(random) // never fails
		r.Value = hex.EncodeToString(random)
	}
	made := struct {
		Name  string `json:"name"`
		Value string `json:"value"`
		Seal  string `json:"commitment"`
	}{r.Name, r.Value, draw.Commit(r.Name, r.Value)}
	return printResult(std.Out, c.Sortition.JSON, made, func(w io.Writer) {
		fmt.Fprintln(w, std.say("sortition_sealed", "Value", made.Value, "Seal", made.Seal))
	})
}
