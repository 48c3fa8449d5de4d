package city

import (
	"embed"
	"io/fs"
	"strings"

	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/ui"
)

//go:embed texts/*.toml
var textFiles embed.FS

// Texts are the messages of the settings pages.
func Texts() fs.FS { sub, _ := fs.Sub(textFiles, "texts"); return sub }

// Module is what the application composes.
func (s *Service) Module() part.Module {
	return part.Module{Name: "city", Schema: Schema().Files, Texts: Texts(), Routes: s.routes()}
}

// settingName is the name of a setting: the message "organisations.setting_filing_day" for
// the key "organisations.filing_day".
func settingName(p ui.Page, def part.Setting) string {
	capability, rest, _ := strings.Cut(def.Key, ".")
	return p.T(capability + ".setting_" + rest)
}
