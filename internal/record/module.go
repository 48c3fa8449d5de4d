package record

import (
	"embed"
	"io/fs"

	"github.com/birge-kz/birge/internal/part"
)

//go:embed texts/*.toml
var textFiles embed.FS

// Texts are the messages of the record's pages.
func Texts() fs.FS { sub, _ := fs.Sub(textFiles, "texts"); return sub }

// Module is what the application composes. Run the sequencer beside it (Run).
func (l *Log) Module() part.Module {
	return part.Module{Name: "record", Schema: Schema().Files, Texts: Texts(), Routes: l.routes()}
}
