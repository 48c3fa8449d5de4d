package pack

import (
	"bufio"
	"cmp"
	"container/heap"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"slices"
)

// sorted puts lines into the order of their keys, in bounded memory: what does not fit goes to a temporary file in sorted runs.
type sorted struct {
	most int // bytes that are held before a run is written
	held int
	now  []record
	file *os.File
	runs []int64 // where each run ends in the file
}

// record is a line with its key.
type record struct {
	key  string
	line []byte
}

// heldBytes is how much is held in memory of one dataset.
const heldBytes = 16 << 20

func (s *sorted) add(key string, line []byte) error {
	s.now = append(s.now, record{key, slices.Clone(line)})
	s.held += len(key) + len(line) + 64 // and what the slice and the string cost
	if s.held < s.most {
		return nil
	}
	return s.spill()
}

func (s *sorted) order() {
	slices.SortFunc(s.now, func(x, y record) int { return cmp.Compare(x.key, y.key) })
}

func (s *sorted) spill() (err error) {
	if s.file == nil {
		if s.file, err = os.CreateTemp("", "birge-dataset-"); err != nil {
			return err
		}
		_ = os.Remove(s.file.Name()) // where a system does not let go of open files, close removes it
	}
	s.order()
	w := bufio.NewWriterSize(s.file, 1<<16)
	for _, r := range s.now {
		var n []byte
		n = binary.AppendUvarint(n, uint64(len(r.key)))
		n = binary.AppendUvarint(n, uint64(len(r.line)))
		for _, b := range [][]byte{n, []byte(r.key), r.line} {
			if _, err := w.Write(b); err != nil {
				return err
			}
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	end, err := s.file.Seek(0, io.SeekCurrent)
	s.runs = append(s.runs, end)
	clear(s.now)
	s.now, s.held = s.now[:0], 0
	return err
}

// each visits all lines in the order of their keys. Two with one key are an error.
func (s *sorted) each(visit func(line []byte) error) error {
	s.order()
	var sources sources
	begin := int64(0)
	for _, end := range s.runs {
		sources = append(sources, &source{read: bufio.NewReaderSize(io.NewSectionReader(s.file, begin, end-begin), 1<<16)})
		begin = end
	}
	sources = append(sources, &source{rest: s.now})
	var open []*source
	for _, one := range sources {
		more, err := one.next()
		if err != nil {
			return err
		}
		if more {
			open = append(open, one)
		}
	}
	sources = open
	heap.Init(&sources)
	last, first := "", true
	for len(sources) > 0 {
		one := sources[0]
		if !first && one.at.key == last {
			return fmt.Errorf("pack: two rows have one key: %q", last)
		}
		last, first = one.at.key, false
		if err := visit(one.at.line); err != nil {
			return err
		}
		more, err := one.next()
		switch {
		case err != nil:
			return err
		case more:
			heap.Fix(&sources, 0)
		default:
			heap.Pop(&sources)
		}
	}
	return nil
}

func (s *sorted) close() {
	if s.file != nil {
		_ = s.file.Close()
		_ = os.Remove(s.file.Name())
	}
}

// source gives the records of one run.
type source struct {
	read *bufio.Reader
	rest []record
	at   record
}

func (s *source) next() (bool, error) {
	if s.read == nil {
		if len(s.rest) == 0 {
			return false, nil
		}
		s.at, s.rest = s.rest[0], s.rest[1:]
		return true, nil
	}
	key, err := binary.ReadUvarint(s.read)
	if err == io.EOF {
		return false, nil
	}
	line, err2 := binary.ReadUvarint(s.read)
	if err = cmp.Or(err, err2); err != nil {
		return false, err
	}
	b := make([]byte, key+line)
	if _, err := io.ReadFull(s.read, b); err != nil {
		return false, err
	}
	s.at = record{string(b[:key]), b[key:]}
	return true, nil
}

type sources []*source

func (s sources) Len() int           { return len(s) }
func (s sources) Less(i, j int) bool { return s[i].at.key < s[j].at.key }
func (s sources) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }
func (s *sources) Push(x any)        { *s = append(*s, x.(*source)) }

func (s *sources) Pop() any {
	old := *s
	last := old[len(old)-1]
	*s = old[:len(old)-1]
	return last
}
