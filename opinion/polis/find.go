package polis

import (
	"io/fs"
	"slices"
	"strings"
)

// Find looks in the root of fsys for the files of an export. It returns a file system in which
// they have their usual names: a download from Polis puts the date and the name of the report
// before each ("2025-06-19-1201-3phdex2kjf-votes.csv"). When there are several exports, export
// is the part before the usual name, without the hyphen; "" means the only export there is. The
// error is *[Errors]: SeveralExports lists all exports, NoVotes says that there is none of that
// name.
func Find(fsys fs.FS, export string) (fs.FS, error) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, &Errors{List: []*Error{{File: ".", Problem: Unreadable, Err: err}}}
	}
	var met []string
	for _, e := range entries {
		if prefix, ok := prefixOf(e.Name()); ok && !slices.Contains(met, prefix) {
			met = append(met, prefix)
		}
	}
	switch {
	case export != "" && !slices.Contains(met, export+"-"):
		return nil, &Errors{List: []*Error{{File: ".", Problem: NoVotes, Value: export}}}
	case export != "":
		return prefixed{fsys, export + "-"}, nil
	case len(met) > 1:
		names := make([]string, len(met))
		for i, prefix := range met {
			if names[i] = strings.TrimSuffix(prefix, "-"); prefix == "" {
				names[i] = VotesFile
			}
		}
		return nil, &Errors{List: []*Error{{File: ".", Problem: SeveralExports, Value: strings.Join(names, ", ")}}}
	case len(met) == 1 && met[0] != "":
		return prefixed{fsys, met[0]}, nil
	}
	return fsys, nil
}

// prefixOf is what stands before the usual name of a file.
func prefixOf(name string) (prefix string, ok bool) {
	for _, usual := range []string{ParticipantsFile, CommentsFile, VotesFile, SummaryFile} { // the first ends as votes.csv does
		if prefix, ok = strings.CutSuffix(name, usual); ok && (prefix == "" || strings.HasSuffix(prefix, "-")) {
			return prefix, true
		}
	}
	return "", false
}

// prefixed opens files with something before their names.
type prefixed struct {
	fs.FS
	prefix string
}

func (p prefixed) Open(name string) (fs.File, error) { return p.FS.Open(p.prefix + name) }
