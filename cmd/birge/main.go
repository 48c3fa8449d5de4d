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
	"strconv"
	"strings"
	"syscall"

	"github.com/BurntSushi/toml"
	"github.com/alecthomas/kong"

	"github.com/birge-kz/birge/internal/civic"
)

// commands is the command line. The help texts of commands, arguments and flags stand in
// texts/*.toml.
type commands struct {
	ConfigFile kong.ConfigFlag `name:"config" placeholder:"FILE"`
	Lang       string          `enum:"kk,ru,en," default:"" placeholder:"LANG"`

	Serve      serveCmd      `cmd:""`
	Demo       demoCmd       `cmd:""`
	New        newCmd        `cmd:""`
	Blueprint  blueprintCmd  `cmd:""`
	Import     importCmd     `cmd:""`
	Export     exportCmd     `cmd:""`
	Verify     verifyCmd     `cmd:""`
	Opinion    opinionCmd    `cmd:""`
	Tally      tallyCmd      `cmd:""`
	Sortition  sortitionCmd  `cmd:""`
	Allocate   allocateCmd   `cmd:""`
	Agreement  agreementCmd  `cmd:""`
	Due        dueCmd        `cmd:""`
	Indicators indicatorsCmd `cmd:""`
	Jobs       jobsCmd       `cmd:""`
	Backup     backupCmd     `cmd:""`
	Restore    restoreCmd    `cmd:""`
	Drill      drillCmd      `cmd:""`
	Doctor     doctorCmd     `cmd:""`
	Config     configCmd     `cmd:""`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], &streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
	stop()
	os.Exit(code)
}

// run carries out one command line and returns the exit code: 0 only when everything was done,
// 2 when the command line is wrong, 130 when interrupted. A command may have codes of its own,
// which its help names; any other failure is 1.
func run(ctx context.Context, args []string, std *streams) (code int) {
	texts, err := loadTexts()
	if err != nil {
		fmt.Fprintln(std.Err, "birge:", err)
		return 1
	}
	std.words = texts.For(language(args))
	var c commands
	exited := false
	parser, err := kong.New(&c,
		kong.Name("birge"),
		kong.DefaultEnvars("BIRGE"),
		kong.Configuration(std.tomlFile),
		kong.Writers(std.Out, std.Err),
		kong.Exit(func(c int) { exited, code = true, c }),
		kong.Help(std.help),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(std),
		kong.Bind(&c),
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
		fmt.Fprintln(std.Err, "birge:", std.usageError(err))
		return 2
	}
	if lang, ok := civic.ParseLang(c.Lang); ok { // the configuration file may set it
		std.words = texts.For(lang)
	}
	err = cmd.Run()
	var coded exitError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		fmt.Fprintln(std.Err, "birge:", std.say("interrupted"))
		return 130
	case errors.As(err, &coded):
		fmt.Fprintln(std.Err, "birge:", std.reason(coded.error))
		return coded.code
	default:
		fmt.Fprintln(std.Err, "birge:", std.reason(err))
		return 1
	}
}

// exitError ends the program with a code that the command's help explains.
type exitError struct {
	code int
	error
}

func (e exitError) Unwrap() error { return e.error }

// tomlFile reads the configuration file. It refuses a key that is no flag of any command,
// because it is most likely misspelt.
func (s *streams) tomlFile(r io.Reader) (kong.Resolver, error) {
	const most = 1 << 20 // bytes; a real configuration has a few hundred
	text, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil {
		return nil, err
	}
	if len(text) > most {
		return nil, s.fail("config_large", "Limit", most)
	}
	var values map[string]any
	if err := toml.Unmarshal(text, &values); err != nil {
		return nil, s.fail("config_broken", "Error", s.tomlError(text, err))
	}
	return fileResolver{values, s}, nil
}

// tomlFaults tell what is wrong by the words of the package that reads TOML, which has no others: the first that it
// uses counts. What none of them knows is "other".
var tomlFaults = []struct{ words, fault string }{
	{"already", "twice"},
	{"escape", "escape"}, {"hexadecimal digits", "escape"},
	{"UTF-8", "bytes"}, {"control character", "bytes"},
	{"newline in string", "quotes"}, {"strings cannot contain newlines", "quotes"}, {`expected '"`, "quotes"}, {`expected "'`, "quotes"},
	{"key separator '='", "equals"}, {"'.' or '='", "equals"},
	{"table", "table"},
	{"array", "list"}, {"comma", "list"},
	{"top-level item to end", "rest"},
	{"key name appears blank", "name"}, {"keys cannot start", "name"}, {"unexpected '='", "name"}, {"unexpected '.'", "name"}, {"bare keys", "name"},
	{"nvalid", "number"}, {"floats must", "number"}, {"expected a digit", "number"}, {"number", "number"}, {"out of range", "number"},
	{"expected value", "value"},
}

// tomlError says where a configuration file cannot be read and what is wrong there, and shows the line.
func (s *streams) tomlError(text []byte, err error) string {
	var at toml.ParseError
	if !errors.As(err, &at) {
		return err.Error()
	}
	line := ""
	if lines := strings.Split(string(text), "\n"); at.Position.Line >= 1 && at.Position.Line <= len(lines) {
		line = strings.TrimSpace(lines[at.Position.Line-1])
	}
	fault := "other"
	for _, f := range tomlFaults {
		if strings.Contains(at.Error(), f.words) {
			fault = f.fault
			break
		}
	}
	return s.say("config_line", "Line", strconv.Itoa(at.Position.Line), "Column", strconv.Itoa(at.Position.Col), "What", s.say("config_toml_"+fault), "Text", printable(line))
}

type fileResolver struct {
	values map[string]any
	std    *streams
}

// Validate is called with the whole command line's model.
func (f fileResolver) Validate(app *kong.Application) error {
	known := map[string]bool{}
	_ = kong.Visit(app, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok {
			known[flag.Name] = true
		}
		return next(nil)
	})
	for key := range f.values {
		if !known[key] {
			return f.std.fail("config_unknown", "Key", strconv.Quote(key))
		}
	}
	return nil
}

// Resolve finds a flag's value in the file.
func (f fileResolver) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	v, ok := f.values[flag.Name]
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
