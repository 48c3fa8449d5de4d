package organisations_test

import (
	"bufio"
	"fmt"
	"os"
	"testing"

	. "github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/memorytest"
)

// The largest table that is admitted: as many rows and bytes as the reader takes, uploaded, checked and looked at again.
func TestAnUploadKeepsToItsMemory(t *testing.T) {
	memorytest.Within(t, func(f *os.File) error {
		b := bufio.NewWriterSize(f, 1<<20)
		fmt.Fprintln(b, "Наименование;Адрес;Цели")
		for i := range 150_000 {
			fmt.Fprintf(b, "Общественный фонд %d;г. Шымкент, ул. %d, дом %d;Поддержка жителей района и его школ, больниц, дворов, номер %d\n", i, i, i, i)
		}
		return b.Flush()
	}, func(t *testing.T, path string) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		w := sqlite(t)
		id, err := w.SaveUpload(w.Ctx(), moderator, "реестр.csv", data)
		w.Must(err)
		data = nil
		w.Must(w.RunUpload(w.Ctx(), moderator, id, &Mapping{}, true))
		u, err := w.UploadOf(w.Ctx(), moderator, id)
		w.Must(err)
		if u.Report.Rows != 150_000 || u.Report.Rejected != 0 {
			t.Error(u.Report)
		}
	})
}
