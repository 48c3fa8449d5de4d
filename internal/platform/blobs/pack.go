package blobs

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// sums is the last entry of a pack: the hash of each blob in it, as sha256sum writes them.
const sums = "SHA256SUMS"

// Pack writes all blobs into one file (tar), which Unpack reads. What is put meanwhile may be in it or not, and what is removed
// meanwhile may be missing. progress, which may be nil, is told the bytes written.
func Pack(ctx context.Context, s Store, w io.Writer, progress func(bytes int64)) (blobs int, err error) {
	out := tar.NewWriter(w)
	var list strings.Builder
	var bytes int64
	for key, err := range s.Keys(ctx) {
		if err != nil {
			return blobs, err
		}
		if strings.HasPrefix(key, Half) {
			continue
		}
		sum, size, err := packOne(ctx, s, out, key)
		if errors.Is(err, ErrMissing) {
			continue
		}
		if err != nil {
			return blobs, err
		}
		fmt.Fprintf(&list, "%s  %s\n", sum, key)
		if blobs, bytes = blobs+1, bytes+size; progress != nil {
			progress(bytes)
		}
	}
	err = out.WriteHeader(&tar.Header{Name: sums, Mode: 0o600, Size: int64(list.Len())})
	if err == nil {
		_, err = io.WriteString(out, list.String())
	}
	return blobs, errors.Join(err, out.Close())
}

func packOne(ctx context.Context, s Store, out *tar.Writer, key string) (sum string, size int64, err error) {
	r, size, err := s.Open(ctx, key)
	if err != nil {
		return "", 0, err
	}
	defer r.Close()
	if err := out.WriteHeader(&tar.Header{Name: key, Mode: 0o600, Size: size}); err != nil {
		return "", 0, err
	}
	h := sha256.New()
	_, err = io.Copy(io.MultiWriter(out, h), readerWithContext{ctx, r})
	return hex.EncodeToString(h.Sum(nil)), size, err
}

// ErrPack says that a file is no pack, or not a whole one.
var ErrPack = errors.New("it is not a whole pack of files")

// Unpack puts all blobs of a pack into the store. Before the first it has read the pack through: one that is damaged or
// cut short changes nothing (ErrPack). What is in the store already stays.
func Unpack(ctx context.Context, s Store, f *os.File) (blobs int, err error) {
	if err := eachPacked(ctx, f, func(string, Blob) error { return nil }); err != nil {
		return 0, err
	}
	err = eachPacked(ctx, f, func(key string, b Blob) error {
		blobs++
		return s.Put(ctx, key, b)
	})
	return blobs, err
}

// eachPacked reads a pack from its beginning to its end, and holds every blob against the list.
func eachPacked(ctx context.Context, f *os.File, visit func(key string, b Blob) error) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	in := tar.NewReader(f)
	var seen strings.Builder
	for {
		head, err := in.Next()
		if err != nil { // the list is the last, so nothing ends before it
			return fmt.Errorf("%w: %w", ErrPack, err)
		}
		if head.Name == sums {
			list, err := io.ReadAll(in)
			if err != nil || string(list) != seen.String() {
				return fmt.Errorf("%w: the list of hashes is another", ErrPack)
			}
			return nil
		}
		if err := checkKey(head.Name); err != nil {
			return fmt.Errorf("%w: %w", ErrPack, err)
		}
		at, err := f.Seek(0, io.SeekCurrent)
		if err != nil {
			return err
		}
		h := sha256.New()
		if n, err := io.Copy(h, readerWithContext{ctx, in}); err != nil || n != head.Size {
			return fmt.Errorf("%w: %w", ErrPack, err)
		}
		b := Blob{Bytes: io.NewSectionReader(f, at, head.Size), Size: head.Size, Hash: hex.EncodeToString(h.Sum(nil))}
		fmt.Fprintf(&seen, "%s  %s\n", b.Hash, head.Name)
		if err := visit(head.Name, b); err != nil {
			return err
		}
	}
}
