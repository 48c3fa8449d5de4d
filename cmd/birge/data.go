package main

import (
	"context"
	"io"
	"strings"

	"github.com/birge-kz/birge/internal/datasets/pack"
)

type exportDataCmd struct {
	databaseFlags
	Path string `arg:"" placeholder:"FILE"`
	JSON bool   `name:"json"`
}

// writtenTable is a table that was written, for machines.
type writtenTable struct {
	Name   string `json:"name"`
	Rows   int64  `json:"rows"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Run writes the package into a new folder, or a new file.
func (c *exportDataCmd) Run(ctx context.Context, std *streams) error {
	a, err := c.open(ctx, std)
	if err != nil {
		return err
	}
	defer a.Close()
	if err := std.nothingAt(c.Path); err != nil {
		return err
	}
	var all []pack.Written
	write := func(to pack.Sink) error {
		all, err = a.Datasets.Export(ctx, to, progress(std, std.say("bar_tables")))
		return err
	}
	if strings.HasSuffix(strings.ToLower(c.Path), ".zip") {
		err = newFile(std, c.Path, func(w io.Writer) error { return write(pack.Zip(w)) })
	} else {
		err = write(pack.Folder(c.Path))
	}
	if err != nil {
		return a.Explain(std.lang(), err)
	}
	out := make([]writtenTable, len(all))
	var rows int64
	for i, w := range all {
		out[i] = writtenTable{w.Dataset.FileName(), w.Rows, w.Bytes, w.SHA256}
		rows += w.Rows
	}
	return printResult(std.Out, c.JSON, out, func(io.Writer) {
		std.tell("data_written", "Tables", len(out), "Rows", rows, "File", c.Path)
	})
}
