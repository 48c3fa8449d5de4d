package organisations

import (
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// The files of an entry: its sign, and what it hands out, such as the statute and plans.
const (
	LogoFiles     = "organisations.logo"
	DocumentFiles = "organisations.documents"
)

func fileSorts() []part.Files {
	topics := func(id civic.ID) []string { return []string{Topic, topicOf(id)} }
	return []part.Files{
		{Name: LogoFiles, Pictures: true, Most: 1, Rights: fileRights, Topics: topics},
		{Name: DocumentFiles, Most: 50, Rights: fileRights, Topics: topics},
	}
}

// fileRights: who speaks for an organisation adds its files, and moderators mend them. A state body's are official.
func fileRights(tx *storage.Tx, a civic.Actor, id civic.ID) (part.FileRights, error) {
	o, err := find(tx, id)
	if err != nil || !Moderates(a) && !Speaks(a, &o.Organisation) {
		return part.FileRights{}, err
	}
	return part.FileRights{Role: actsAs(a, id), Official: o.Kind == StateBody}, nil
}
