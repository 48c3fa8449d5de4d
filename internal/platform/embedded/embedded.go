// Package embedded reads the files that a package carries in the program.
package embedded

import (
	"embed"
	"io/fs"
)

// Folder is a folder of embedded files, as if it were their root: the tables and the texts of a
// part are read from there.
func Folder(files embed.FS, name string) fs.FS {
	sub, err := fs.Sub(files, name)
	if err != nil {
		panic(err) // the name is written in the program, and is no path
	}
	return sub
}
