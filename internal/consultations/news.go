package consultations

import (
	"strconv"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// What those who follow a consultation, its body, its host, its district, its theme or the whole city are told of. Each has
// its text consultations.news_NAME.
const (
	newsAnnounced = "announced"
	newsOpened    = "opened"
	newsExtended  = "extended"
	newsClosed    = "closed"
	newsAnswered  = "answered"
)

// eventOf names what happened to a consultation, once and for ever. It may be extended several times, each to
// another end.
func eventOf(c Consultation, what string) string {
	event := "consultations." + what + "/" + string(c.ID)
	if what == newsExtended {
		event += "/" + strconv.FormatInt(c.ClosesAt.UnixMilli(), 10)
	}
	return event
}

// tellFollowers tells them what happened to a consultation that is public.
func (s *Service) tellFollowers(tx *storage.Tx, c Consultation, what string) error {
	return s.tellNews(tx, c, s.news(c, what))
}

// tellOfAnswer tells them of the answer, and asks those who took part without an account whether it is one.
func (s *Service) tellOfAnswer(tx *storage.Tx, c Consultation, owed answers.Obligation) error {
	n := s.news(c, newsAnswered)
	n.Answer, n.Path = true, answerAt(c.ID)
	if owed.ID != "" && c.Audience == Anyone {
		n.Reply = answers.MailPath(owed.ID)
	}
	return s.tellNews(tx, c, n)
}

func (s *Service) news(c Consultation, what string) notifications.Notice {
	return notifications.Notice{
		Subject: civic.Say("consultations.news_"+what, "Question", c.Question, "Date", lastDay(c.ClosesAt)),
		Path:    Path(c.ID), Event: eventOf(c, what), Thing: ref(c),
	}
}

func (s *Service) tellNews(tx *storage.Tx, c Consultation, n notifications.Notice) error {
	about := []civic.Ref{city.Ref()}
	for _, of := range []civic.ID{c.Body, c.Host} {
		if of != "" {
			about = append(about, organisations.RefOf(of))
		}
	}
	return s.city.Notifications.Tell(tx, n, append(about, c.Followed()...)...)
}
