// Command birge is the civic platform of a city.
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

// streams are the standard streams of a command.
type streams struct {
	In       io.Reader
	Out, Err io.Writer
}

type cli struct {
	Tally tallyCmd `cmd:"" help:"Count a participatory budget and explain the result."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	std := &streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}
	if err := run(ctx, std, os.Args[1:]); err != nil {
		fmt.Fprintln(std.Err, "birge:", err)
		stop()
		os.Exit(1)
	}
}

// run parses the command line and runs the command.
func run(ctx context.Context, std *streams, args []string) error {
	parser, err := kong.New(&cli{}, kong.Name("birge"), kong.Writers(std.Out, std.Err), kong.UsageOnError(),
		kong.BindTo(ctx, (*context.Context)(nil)))
	if err != nil {
		return err
	}
	command, err := parser.Parse(args)
	if err != nil {
		return err
	}
	return command.Run(std)
}
