package appeals

import (
	"context"
	"errors"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/files"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// picturesOf is where the pictures of an appeal are kept.
func picturesOf(id civic.ID) files.Place { return files.Place{Thing: Ref(id), Sort: pictures} }

// ForDraft is a draft as the browser sees it in which it was written.
type ForDraft struct {
	Appeal
	Pictures []files.File
}

// Draft finds a draft by the question about it that waits; nil when the question is whether an appeal is somebody's too, or whoever asks could
// have asked that. Errors: civic.NotFound; civic.Closed when nothing can wait there.
func (s *Service) Draft(ctx context.Context, id, under civic.ID) (d *ForDraft, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		a, err := find(tx, id)
		if err != nil {
			return err
		}
		q, there, err := askedBy(tx, a, under)
		if err == nil && !there && a.takesJoins() != nil {
			err = civic.Fail(civic.Closed, "appeals.nothing_waits")
		}
		if err != nil || !there || q.Joins {
			return err
		}
		d = &ForDraft{Appeal: a}
		d.Pictures, err = s.ownPictures(tx, a, askedPath(id, under)+picturesUnder)
		return err
	})
	return d, err
}

// wrote is nil for the browser in which a draft was written. Errors: civic.NotFound.
func (s *Service) wrote(tx *storage.Tx, a Appeal, under civic.ID) error {
	q, there, err := askedBy(tx, a, under)
	if err == nil && (!there || q.Joins || a.Filed()) {
		err = notThere()
	}
	return err
}

// Illustrator is who adds pictures to an appeal that they filed without an account, or are about to: for internal/files, an actor whose
// account is their reader. mayIllustrate says until when. Errors: civic.NotFound.
func (s *Service) Illustrator(ctx context.Context, who Who, id civic.ID) (as civic.Actor, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		a, err := find(tx, id)
		switch {
		case err != nil:
		case who.Asked != "":
			err = s.wrote(tx, a, who.Asked)
		case who.Token != "":
			err = s.applicant(tx, a, who)
		default:
			err = notThere()
		}
		if as = a.asApplicant(); err == nil && !as.SignedIn() {
			err = notThere()
		}
		return err
	})
	return as, err
}

// asApplicant is who filed an appeal, for what asks actors.
func (a Appeal) asApplicant() civic.Actor { return civic.Actor{Account: a.Applicant} }

// ownPictures are those of who filed an appeal without an account, which they fetch below a path of theirs.
func (s *Service) ownPictures(tx *storage.Tx, a Appeal, under string) ([]files.File, error) {
	all, err := s.city.Files.Of(tx, a.asApplicant(), Ref(a.ID))
	return files.Under(under, all[pictures]), err
}

// picturesFor fills in the pictures of an appeal, and whether the reader adds some.
func (s *Service) picturesFor(tx *storage.Tx, v *View, actor civic.Actor, token string) (err error) {
	as := actor
	if token != "" {
		as = v.asApplicant()
		v.Pictures, err = s.ownPictures(tx, v.Appeal, ownPath(v.ID)+"/"+token+picturesUnder)
	} else {
		var attached map[string][]files.File
		attached, err = s.city.Files.Of(tx, actor, Ref(v.ID))
		v.Pictures = attached[pictures]
	}
	rights, of := mayIllustrate(tx, as, v.ID)
	v.MayAdd = rights.Role != "" && len(v.Pictures) < mostPictures
	return errors.Join(err, of)
}
