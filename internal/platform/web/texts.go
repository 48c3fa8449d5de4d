package web

import (
	"embed"
	"io/fs"
)

//go:embed texts/*.toml
var textFiles embed.FS

// Texts are the messages of the edge: errors and limits.
func Texts() fs.FS { sub, _ := fs.Sub(textFiles, "texts"); return sub }
