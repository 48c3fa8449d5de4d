package ballots

import (
	"context"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/blobs"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// OpenWith opens a sealed ballot with the key that lies in a folder.
func OpenWith(ctx context.Context, folder string, vote civic.ID, box, sealed []byte) (string, error) {
	key, err := keyStore{blobs.Folder(folder)}.get(ctx, vote)
	if err != nil {
		return "", err
	}
	c, err := open(key, vote, box, sealed)
	return c.ballot, err
}

// SealFor seals a ballot for a vote, as whoever has its public key can.
func SealFor(v Vote, box []byte, code, ballot string) ([]byte, error) {
	key, err := publicKey(v.Key)
	if err != nil {
		return nil, err
	}
	return seal(key, v.ID, box, content{code, ballot}, v.longest)
}

// InOrder are the ids of the ballots that are read for a part of the box.
func InOrder(tx *storage.Tx, v Vote, ids [][]byte) (out [][]byte, err error) {
	all, err := boxedInOrder(tx, v, ids)
	for _, b := range all {
		out = append(out, b.id)
	}
	return out, err
}

// Windowed is how many ballots of a vote are held at once.
func (v Vote) Windowed(longest int) int { v.longest = longest; return v.windowed() }
