// Birge is the civic platform of a city, in one program.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// streams are where a command reads and writes: data to Out, messages to Err.
type streams struct {
	In       io.Reader
	Out, Err io.Writer
}

type cli struct {
	Opinion opinionCmd `cmd:"" help:"Compute the opinion map of a Polis export."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	std := &streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}
	var c cli
	k := kong.Parse(&c, kong.Name("birge"), kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(std))
	if err := k.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "birge:", err)
		os.Exit(1)
	}
}
