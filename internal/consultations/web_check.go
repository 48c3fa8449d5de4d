package consultations

import (
	"net/http"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// The pages that ask before something is done that cannot be taken back. Each shows exactly what
// everybody will see, in every language.

// checkPage is what they share.
func (s *Service) checkPage(w http.ResponseWriter, r *http.Request, f ui.Form, c Consultation, what string) page {
	p := s.deskPage(w, r, web.L(r).T("consultations.check_"+what+"_title"))
	p.Lede = p.T("consultations.check_" + what + "_lede")
	p.underDesk(c)
	p.Form = f
	return p
}

func (s *Service) publishCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	will, err := s.BeforePublish(r.Context(), web.Actor(r), pathID(r))
	if err != nil {
		return nil, err
	}
	return publishCheckView(s.checkPage(w, r, f, will.Consultation, "publish"), will), nil
}

func (s *Service) withdrawCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	c, _, err := s.SettingsOf(r.Context(), web.Actor(r), pathID(r))
	if err != nil {
		return nil, err
	}
	if _, ok := Next(c.At(s.db.Now()), Withdraw); !ok {
		return nil, notNow()
	}
	return withdrawCheckView(s.checkPage(w, r, f, c, "withdraw"), c), nil
}

func (s *Service) extendCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	closes, reason := s.endOfDay(f.Value("closes_at")), f.Text("reason")
	c, _, err := s.SettingsOf(r.Context(), web.Actor(r), pathID(r))
	if err == nil {
		err = checkExtension(c, closes, reason)
	}
	if err != nil {
		return nil, err
	}
	return reschedulingCheckView(s.checkPage(w, r, f, c, "extend"), c, Rescheduling{By: Extend, Was: c.ClosesAt, Becomes: closes, Reason: reason}, 0), nil
}

func (s *Service) closeCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	reason := f.Text("reason")
	waiting, err := s.Unseen(r.Context(), web.Actor(r), pathID(r))
	if err != nil {
		return nil, err
	}
	if err := checkClosing(reason); err != nil {
		return nil, err
	}
	c, _, err := s.SettingsOf(r.Context(), web.Actor(r), pathID(r))
	return reschedulingCheckView(s.checkPage(w, r, f, c, "close"), c, Rescheduling{By: Close, Was: c.ClosesAt, Reason: reason}, waiting), err
}

// removalCheck asks before a statement is removed, not before one is let in.
func (s *Service) removalCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	no, err := pathNo(r)
	if err != nil || f.Value(moderation.ActName) != moderation.RemoveIt {
		return nil, err
	}
	d := moderation.ChoiceOf(f)
	c, st, err := s.BeforeRemoval(r.Context(), web.Actor(r), pathID(r), no, d)
	if err != nil || d.Settles(st.standing()) {
		return nil, err
	}
	after := st
	after.State, after.Rule, after.Reason = Removed, d.Rule, d.Reason
	view, err := s.StatementFor(r.Context(), web.Actor(r), c.ID, no)
	p := s.checkPage(w, r, f, c, "removal")
	p.Lede += " " + p.T(toldKey(view))
	return removalCheckView(p, c, st, after), err
}

// answerCheck asks before an answer is published, not before its draft is saved.
func (s *Service) answerCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	if f.Value("act") != "publish" {
		return nil, nil
	}
	d, err := s.BeforeAnswer(r.Context(), web.Actor(r), pathID(r), s.answerOf(f))
	if err != nil {
		return nil, err
	}
	return answerCheckView(s.checkPage(w, r, f, d.Consultation, "answer"), d, d.Names), nil
}

// opensNow reports whether publishing opens it at once.
func (a Announcement) opensNow(now time.Time) bool { return !a.OpensAt.After(now) }
