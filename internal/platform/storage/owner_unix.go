//go:build unix

package storage

import (
	"io/fs"
	"os"
	"syscall"
)

// keepOwner gives file to the owner of the one that info describes: a restore run as root
// must leave a database that the service can open.
func keepOwner(info fs.FileInfo, file string) error {
	old, ok := info.Sys().(*syscall.Stat_t)
	if !ok || int(old.Uid) == os.Geteuid() && int(old.Gid) == os.Getegid() {
		return nil
	}
	return os.Chown(file, int(old.Uid), int(old.Gid))
}
