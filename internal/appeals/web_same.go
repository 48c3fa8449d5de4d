package appeals

import (
	"net/http"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

func (s *Service) askSame(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(workPath(caseID(r)), "appeals.same_asked"), s.AskSame(r.Context(), web.Actor(r), caseID(r), civic.ID(f.Value("with")))
}

// saySame takes the applicant's answer, with an account or by the link of a mail.
func (s *Service) saySame(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	who, back := Who{Actor: web.Actor(r), Token: r.PathValue("token")}, Path(pathID(r))
	if who.Token != "" {
		back = ownPath(pathID(r)) + "/" + who.Token
	}
	return web.Done(back, "appeals.said"), s.SaySame(r.Context(), who, pathID(r), civic.ID(f.Value("case")), Agree(f.Value("agree")))
}

// refusedSame reports whether the page shows what was wrong with the applicant's word on being answered together, of that case.
func (p onePage) refusedSame(c CaseView) bool {
	return p.Form.Value("case") == string(c.ID) && p.Form.Problem(p.L, "agree") != ""
}

// alsoOptions lists what is answered together with the case, for the form of an answer.
func (p workPage) alsoOptions() (out []ui.Option) {
	for _, item := range p.Case.Same.Those {
		if item.answerable() && item.Body == p.Case.Body {
			out = append(out, ui.Option{Value: string(item.ID), Label: "№ " + item.Appeal.Number() + " · " + titleOr(item.Appeal), Lang: item.Appeal.Lang})
		}
	}
	return out
}

// chosenAlso lists those that were chosen.
func (p workPage) chosenAlso() (out []string) {
	for _, o := range p.alsoOptions() {
		if p.Form.Chosen("also", o.Value) {
			out = append(out, o.Label)
		}
	}
	return out
}

func alsoOf(f ui.Form) (out []civic.ID) {
	for _, id := range f.Values["also"] {
		out = append(out, civic.ID(id))
	}
	return out[:min(len(out), MostTogether)]
}

// togetherHere are those answered together with a case that everybody reads.
func (c CaseView) togetherHere() (out []Appeal) {
	for _, item := range c.Same.Those {
		if item.Appeal.Text == Shown && item.State != Forwarded {
			out = append(out, item.Appeal)
		}
	}
	return out
}
