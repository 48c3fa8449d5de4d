package main

import (
	"io"
	"os"
)

// exitNotConforming is the exit code of a command that looked into a file and found something wrong in it.
const exitNotConforming = 3

// lookFlags are those of a command that looks into a file of another system. Nothing is taken in yet: --dry-run has to say so,
// and means the same on the day when the command takes something in.
type lookFlags struct {
	Path   string `arg:"" placeholder:"FILE" type:"path"`
	DryRun bool
	JSON   bool `name:"json"`
}

// open is openFile, for who said --dry-run.
func (c lookFlags) open(std *streams) (f *os.File, size int64, err error) {
	if !c.DryRun {
		return nil, 0, exitError{2, std.fail("look_dry_run_only")}
	}
	return openFile(c.Path)
}

// openFile opens a file, which the caller closes, and tells its size in bytes.
func openFile(path string) (f *os.File, size int64, err error) {
	if f, err = os.Open(path); err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, info.Size(), nil
}

// tell prints what was found, and fails with exitNotConforming and a message with how much is wrong, when something is.
func (c lookFlags) tell(std *streams, report any, words func(io.Writer), message string, wrong int) error {
	err := printResult(std.Out, c.JSON, report, words)
	if err == nil && wrong > 0 {
		err = exitError{exitNotConforming, std.fail(message, "Wrong", wrong)}
	}
	return err
}
