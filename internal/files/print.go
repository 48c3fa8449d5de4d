package files

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/pdf"
)

// mostPrinted is how many pictures a printed sheet has.
const mostPrinted = 4

// Print draws the first of some pictures that everybody sees, with what they show, whose they are and what others may do with them.
func (s *Service) Print(ctx context.Context, d *pdf.Document, l *i18n.Localizer, all []File) error {
	for _, f := range all[:min(len(all), mostPrinted)] {
		version := f.Fit(phone)
		got, err := s.Open(ctx, civic.Actor{}, f.ID, version.Hash[:inPath]+version.Type.ending())
		if err != nil {
			return err
		}
		data, err := io.ReadAll(io.LimitReader(got.Body, version.Bytes))
		if err = errors.Join(err, got.Body.Close()); err != nil {
			return err
		}
		if err := d.Picture(data, strings.Trim(l.Text(f.Words)+"\n"+f.Said(l), "\n")); err != nil {
			return err
		}
	}
	return nil
}
