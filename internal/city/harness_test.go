package city_test

import (
	"io/fs"
	"net/http"
	"testing/fstest"
)

// httpRequest keeps the test file free of a second import of net/http.
type httpRequest = http.Request

// withSettingNames adds names for the settings that only this test declares.
type withSettingNames struct{ fs.FS }

func (f withSettingNames) ReadFile(name string) ([]byte, error) {
	b, err := fs.ReadFile(f.FS, name)
	b = append([]byte("setting_answer_days = 'answer'\nsetting_filing_day = 'filing'\n"), b...)
	return b, err
}

var _ fs.ReadFileFS = withSettingNames{fstest.MapFS{}}
