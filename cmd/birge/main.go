// Command birge is the civic platform of a city: one program that serves it, demonstrates
// it, moves its data in and out, and checks it. `birge --help` lists the commands.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/BurntSushi/toml"
	"github.com/alecthomas/kong"
)

// streams are where a command reads and writes: data on Out, messages on Err.
type streams struct {
	In       io.Reader
	Out, Err io.Writer
}

type commands struct {
	ConfigFile kong.ConfigFlag `name:"config" placeholder:"FILE" help:"Read settings from this TOML file; its keys are the names of the flags."`

	Serve   serveCmd   `cmd:"" help:"Run the city."`
	Demo    demoCmd    `cmd:"" help:"Run a demonstration city with content made up for it."`
	Import  importCmd  `cmd:"" help:"Bring data in: organisations, or a consultation exported by Polis."`
	Export  exportCmd  `cmd:"" help:"Take data out: organisations, a consultation in the format of Polis, or the public record."`
	Verify  verifyCmd  `cmd:"" help:"Check the public record of a city, an exported copy of one, or a receipt; needs no database."`
	Opinion opinionCmd `cmd:"" help:"Find the opinion groups in an exported consultation and write a report; needs no database."`
	Tally   tallyCmd   `cmd:"" help:"Count a participatory-budget vote in the Pabulib format and explain the result; needs no database."`
	Backup  backupCmd  `cmd:"" help:"Back the city up into a file, while it runs."`
	Restore restoreCmd `cmd:"" help:"Put a backup in place of the city's data. Stop the city first."`
	Doctor  doctorCmd  `cmd:"" help:"Look at the set-up and explain what is wrong with it."`
	Config  configCmd  `cmd:"" help:"Print the settings in force, without secrets."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], &streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// run carries one command line out and returns the exit code: 0 only when all was done, 2
// for a command line that cannot be read, 130 when interrupted, a command's own code where
// its help names one, else 1.
func run(ctx context.Context, args []string, std *streams) (code int) {
	var c commands
	exited := false
	parser, err := kong.New(&c,
		kong.Name("birge"),
		kong.Description("Birge, the civic platform of a city. Every flag can also be given as an environment variable (BIRGE_LISTEN for --listen) or in the file named by --config."),
		kong.DefaultEnvars("BIRGE"),
		kong.Configuration(tomlFile),
		kong.Writers(std.Out, std.Err),
		kong.Exit(func(c int) { exited, code = true, c }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(std),
	)
	if err != nil {
		fmt.Fprintln(std.Err, "birge:", err)
		return 2
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	cmd, err := parser.Parse(args)
	if exited { // --help was asked for and has been printed
		return code
	}
	if err != nil {
		fmt.Fprintf(std.Err, "birge: %v (birge --help lists what there is)\n", err)
		return 2
	}
	err = cmd.Run()
	var coded exitError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		fmt.Fprintln(std.Err, "birge: interrupted; nothing was left half-done")
		return 130
	case errors.As(err, &coded):
		fmt.Fprintln(std.Err, "birge:", err)
		return coded.code
	default:
		fmt.Fprintln(std.Err, "birge:", err)
		return 1
	}
}

// exitError ends the program with a code that the command's help explains.
type exitError struct {
	code int
	error
}

func (e exitError) Unwrap() error { return e.error }

// tomlFile reads the configuration file. A key that is no flag of any command is refused,
// for it is most likely misspelt.
func tomlFile(r io.Reader) (kong.Resolver, error) {
	var values map[string]any
	if _, err := toml.NewDecoder(r).Decode(&values); err != nil {
		return nil, fmt.Errorf("configuration file: %w", err)
	}
	return fileResolver(values), nil
}

type fileResolver map[string]any

// Validate is called with the whole command line's model.
func (f fileResolver) Validate(app *kong.Application) error {
	known := map[string]bool{}
	_ = kong.Visit(app, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok {
			known[flag.Name] = true
		}
		return next(nil)
	})
	for key := range f {
		if !known[key] {
			return fmt.Errorf("configuration file: there is no setting %q", key)
		}
	}
	return nil
}

// Resolve finds a flag's value in the file.
func (f fileResolver) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	v, ok := f[flag.Name]
	if !ok {
		return nil, nil
	}
	if list, isList := v.([]any); isList {
		var parts []string
		for _, item := range list {
			parts = append(parts, fmt.Sprint(item))
		}
		return strings.Join(parts, ","), nil
	}
	return fmt.Sprint(v), nil
}
