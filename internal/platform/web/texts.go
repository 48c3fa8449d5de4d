package web

import (
	"embed"
	"io/fs"

	"github.com/birge-kz/birge/internal/platform/embedded"
)

//go:embed texts/*.toml
var textFiles embed.FS

// Texts are the messages of the edge: errors and limits.
func Texts() fs.FS { return embedded.Folder(textFiles, "texts") }
