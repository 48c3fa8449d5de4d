package consultations

import (
	"slices"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// What a consultation is about is shown by pictures, such as a plan or a place as it is, and by documents.
const (
	PictureFiles  = "consultations.pictures"
	DocumentFiles = "consultations.documents"
)

func fileSorts() []part.Files {
	topics := func(id civic.ID) []string { return []string{topic(id)} }
	return []part.Files{
		{Name: PictureFiles, Pictures: true, Most: 6, Rights: fileRights, Topics: topics},
		{Name: DocumentFiles, Most: 10, Rights: fileRights, Topics: topics},
	}
}

// fileRights: who may edit a consultation adds its files, and only until people vote on what they have seen. Its words are official, whoever
// asks, and so are those of its files.
func fileRights(tx *storage.Tx, a civic.Actor, id civic.ID) (part.FileRights, error) {
	c, err := find(tx, id)
	if err != nil || !c.ManagedBy(a) || !slices.Contains([]Phase{Draft, Planned}, c.At(tx.Now())) {
		return part.FileRights{}, err
	}
	return part.FileRights{Role: c.actsAs(a), Official: true}, nil
}
