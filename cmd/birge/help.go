package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/kong"
	"golang.org/x/term"
)

// help prints the help of the program or of a command. It takes the command line from kong, but
// the words from our own texts, because kong speaks English only.
func (s *streams) help(_ kong.HelpOptions, ctx *kong.Context) error {
	node := ctx.Selected()
	if node == nil {
		node = ctx.Model.Node
	}
	p := &page{w: s.Out, width: terminalWidth(s.Out)}
	usage := node.FullPath()
	if len(node.Children) > 0 {
		usage += " " + s.say("help_command")
	}
	for _, arg := range node.Positional {
		word := s.argument(arg)
		if !arg.Required {
			word = "[" + word + "]"
		}
		usage += " " + word
	}
	p.line(s.say("help_usage", "Usage", usage+" "+s.say("help_flags")))
	p.text(s.say(cmp.Or(node.Path(), "birge")))
	if more := node.Path() + "_more"; s.words.Has("cli." + more) {
		p.text(s.say(more))
	}
	if len(node.Positional) > 0 {
		var rows [][2]string
		for _, arg := range node.Positional {
			rows = append(rows, [2]string{s.argument(arg), s.say(node.Path() + " <" + arg.Name + ">")})
		}
		p.table(s.say("help_arguments_title"), rows)
	}
	var rows [][2]string
	for _, level := range slices.Backward(node.AllFlags(true)) { // the command's own flags first
		if len(rows) > 0 {
			rows = append(rows, [2]string{})
		}
		for _, flag := range level {
			rows = append(rows, [2]string{s.flag(flag), s.flagHelp(node, flag)})
		}
	}
	p.table(s.say("help_flags_title"), rows)
	if len(node.Children) > 0 {
		rows = nil
		for _, child := range node.Children {
			rows = append(rows, [2]string{child.Path(), s.say(child.Path())})
		}
		p.table(s.say("help_commands_title"), rows)
		p.text(s.say("help_more", "Command", node.FullPath()+" "+s.say("help_command")+" --help"))
	}
	return p.err
}

// argument is how a command's argument is shown, such as FILE.
func (s *streams) argument(arg *kong.Positional) string {
	return s.say("=" + cmp.Or(arg.Tag.PlaceHolder, strings.ToUpper(arg.Name)))
}

// flag is how a flag is shown, such as --listen=HOST:PORT.
func (s *streams) flag(f *kong.Flag) string {
	shown := "    --" + f.Name
	if f.Short != 0 {
		shown = fmt.Sprintf("-%c, --%s", f.Short, f.Name)
	}
	if f.IsBool() {
		return shown
	}
	value := f.FormatPlaceHolder() // the default, or the placeholder and what may follow it
	if f.PlaceHolder != "" {
		value = strings.Replace(value, f.PlaceHolder, s.say("="+f.PlaceHolder), 1)
	}
	return shown + "=" + value
}

// flagHelp is the help of a flag, with the environment variable that can replace the flag. It
// takes the text for this command if there is one, else the text for all commands.
func (s *streams) flagHelp(node *kong.Node, f *kong.Flag) string {
	key := node.Path() + " --" + f.Name
	if !s.words.Has("cli." + key) {
		key = "--" + f.Name
	}
	text := s.say(key)
	if len(f.Envs) > 0 {
		text += " ($" + strings.Join(f.Envs, ", $") + ")"
	}
	return text
}

// page writes help with lines of at most width characters. It keeps the first write error.
type page struct {
	w     io.Writer
	width int
	err   error
}

func (p *page) line(s string) {
	if p.err == nil {
		_, p.err = fmt.Fprintln(p.w, strings.TrimRight(s, " "))
	}
}

// text writes paragraphs, each after an empty line.
func (p *page) text(s string) {
	for paragraph := range strings.SplitSeq(s, "\n\n") {
		p.line("")
		for _, line := range wrap(paragraph, p.width) {
			p.line(line)
		}
	}
}

// table writes a heading and rows in two columns. When the first column is too wide, the second
// stands on the next line.
func (p *page) table(heading string, rows [][2]string) {
	p.line("")
	p.line(heading)
	left, widest := 0, max(30, p.width*3/8)
	for _, row := range rows {
		if n := utf8.RuneCountInString(row[0]); n <= widest {
			left = max(left, n)
		}
	}
	indent := strings.Repeat(" ", left+5)
	for _, row := range rows {
		lines := wrap(row[1], p.width-len(indent))
		if utf8.RuneCountInString(row[0]) > left {
			p.line("  " + row[0])
		} else {
			p.line(fmt.Sprintf("  %-*s   %s", left, row[0], lines[0]))
			lines = lines[1:]
		}
		for _, line := range lines {
			p.line(indent + line)
		}
	}
}

// wrap breaks a text into lines of at most width characters, but never at a no-break space.
func wrap(s string, width int) []string {
	lines := []string{""}
	for _, word := range strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\n' }) {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case utf8.RuneCountInString(*last)+1+utf8.RuneCountInString(word) <= width:
			*last += " " + word
		default:
			lines = append(lines, word)
		}
	}
	return lines
}

// terminalWidth is the width of the help: COLUMNS, else the width of the terminal, else 80. It
// is bounded, because very long lines are hard to read.
func terminalWidth(w io.Writer) int {
	width, err := strconv.Atoi(os.Getenv("COLUMNS"))
	if f, ok := w.(*os.File); err != nil && ok {
		width, _, err = term.GetSize(int(f.Fd()))
	}
	if err != nil || width <= 0 {
		width = 80
	}
	return min(max(width, 60), 120)
}

// usageErrors recognise the English messages of kong about a wrong command line and name our
// own text for each. The groups of a pattern fill the placeholders of the text. A test compares
// every pattern with the messages that kong writes today.
var usageErrors = []struct {
	key  string
	kong *regexp.Regexp
}{
	{"usage_unknown_flag", regexp.MustCompile(`^unknown flag (?P<Flag>\S+?)(?:, did you mean (?:one of )?(?P<near>.+)\?)?$`)},
	{"usage_unexpected", regexp.MustCompile(`^unexpected argument (?P<Argument>.+?)(?:, did you mean (?:one of )?(?P<near>.+)\?)?$`)},
	{"usage_missing_command", regexp.MustCompile(`^expected one of (?P<List>"[^<]+)$`)},
	{"usage_missing_argument", regexp.MustCompile(`^expected "(?P<Argument><.+>)"$`)},
	{"usage_missing_flag", regexp.MustCompile(`^missing flags: (?P<Flag>.+)$`)},
	{"usage_enum", regexp.MustCompile(`^(?P<Flag>--\S+) must be one of (?P<List>.+) but got (?P<Value>".*")$`)},
	{"usage_number", regexp.MustCompile(`^(?P<Flag>--\S+): expected a valid \d+ bit u?int but got (?P<Value>".*")`)},
	{"usage_bool", regexp.MustCompile(`^(?P<Flag>--\S+): bool value must be .* but got (?P<Value>".*?")`)},
	{"usage_missing_value", regexp.MustCompile(`^(?P<Flag>--\S+): expected \S+ value but got .+ \((?:<EOL>|long flag|short flag)\)`)},
}

var positionalName = regexp.MustCompile(`<[a-z-]+>`)

// usageError says what is wrong with a command line, and which help to read.
func (s *streams) usageError(err error) string {
	var parse *kong.ParseError
	command := "birge"
	var node *kong.Node
	if errors.As(err, &parse) && parse.Context != nil {
		if node = parse.Context.Selected(); node == nil {
			node = parse.Context.Model.Node
		}
		command = node.FullPath()
	}
	return s.say("usage", "Error", s.usageReason(node, err), "Help", command+" --help")
}

func (s *streams) usageReason(node *kong.Node, err error) string {
	var file *fs.PathError
	if errors.As(err, &file) {
		return s.reason(file)
	}
	for _, known := range usageErrors {
		groups := known.kong.FindStringSubmatch(err.Error())
		if groups == nil {
			continue
		}
		var args []any
		near := ""
		for i, name := range known.kong.SubexpNames() {
			switch {
			case name == "near":
				near = strings.ReplaceAll(groups[i], `"`, "")
			case name != "":
				value := strings.TrimSuffix(groups[i], `,""`) // the empty default of an enum
				args = append(args, name, strings.ReplaceAll(s.named(node, value), ",\"", ", \""))
			}
		}
		key := known.key
		if key == "usage_unexpected" && node != nil && len(node.Children) > 0 {
			key = "usage_unknown_command"
		}
		text := s.say(key, args...)
		if near != "" {
			text += "; " + s.say("usage_near", "List", near)
		}
		return text
	}
	return err.Error()
}

// named fills a text with arguments and flags of a command, written as the command's help shows
// them.
func (s *streams) named(node *kong.Node, text string) string {
	if node == nil {
		return text
	}
	for _, f := range node.Flags {
		if !f.IsBool() {
			text = strings.ReplaceAll(text, f.Summary(), strings.TrimSpace(s.flag(f)))
		}
	}
	return positionalName.ReplaceAllStringFunc(text, func(name string) string {
		for _, arg := range node.Positional {
			if "<"+arg.Name+">" == name {
				return s.argument(arg)
			}
		}
		return name
	})
}
