package demo

import (
	"context"
	"io/fs"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/laws"
	"github.com/birge-kz/birge/internal/learning"
	"github.com/birge-kz/birge/internal/learning/course"
)

type courseContent struct {
	Folder, By  string
	Days        int // from now
	Answers     []int
	Certificate bool
}

// learningEvents lists when courses were published, and when the resident answered them.
func (s *seeder) learningEvents() (all []event, err error) {
	var content struct{ Course []courseContent }
	if err := decode("content/courses.toml", &content); err != nil {
		return nil, err
	}
	service := app.Service[*learning.Service](s.App)
	for _, c := range content.Course {
		src, err := courseSource(c.Folder)
		if err != nil {
			return nil, err
		}
		var id civic.ID
		day := s.now.AddDate(0, 0, c.Days)
		all = append(all, event{at: day, do: func(ctx context.Context) (err error) {
			if id, err = service.SaveDraft(ctx, s.administrator(), "", s.organisations[c.By], src, ""); err != nil {
				return err
			}
			if err := service.Ask(ctx, s.administrator(), id); err != nil {
				return err
			}
			return service.Publish(ctx, s.accounts["officer"], id, learning.Mark(src))
		}})
		for i, wrong := range c.Answers {
			all = append(all, event{at: day.AddDate(0, 0, i+1), do: func(ctx context.Context) error {
				return service.Answer(ctx, s.accounts["resident"], id, sheetOf(src, wrong))
			}})
		}
		if c.Certificate {
			all = append(all, event{at: day.AddDate(0, 0, len(c.Answers)+1), do: func(ctx context.Context) error {
				_, err := service.Certify(ctx, s.accounts["resident"], id, civic.Kazakh)
				return err
			}})
		}
	}
	// The ministry's rules changed after a course was written by them. The change is made up.
	all = append(all, event{at: s.now.AddDate(0, 0, -3), do: func(ctx context.Context) error {
		_, err := s.Laws.Enter(ctx, s.administrator(), laws.Redaction{Law: "v2500036034", Day: s.now.AddDate(0, 0, -5).Format(time.DateOnly), Source: "https://adilet.zan.kz/kaz/docs/V2500036034",
			What: civic.Text{"kk": "Ойдан шығарылған өзгеріс: ұсыныс беру мерзімі он күнге ұзартылды.", "ru": "Вымышленное изменение: срок подачи предложений продлён на десять дней.", "en": "A made-up change: the time for proposals is ten days longer."}})
		return err
	}})
	// One draft waits for somebody to read it, and one is being written.
	return append(all, event{at: s.now.AddDate(0, 0, -2), do: func(ctx context.Context) error {
		src, err := courseSource("council")
		if err != nil {
			return err
		}
		src.Pages = map[civic.Lang]string{civic.Kazakh: draftPage}
		src.Questions = map[civic.Lang]string{civic.Kazakh: "Ерікті 18-ге толмаса, ата-анасының келісімі керек пе? {TRUE ####16-ға дейін қала келісім сұрайды.}\n"}
		id, err := service.SaveDraft(ctx, s.accounts["representative"], "", s.organisations["aryq"], src, "")
		if err != nil {
			return err
		}
		if err := service.Ask(ctx, s.accounts["representative"], id); err != nil {
			return err
		}
		src.Pages = map[civic.Lang]string{civic.Kazakh: strings.Replace(draftPage, "Ерікті болу", "Ерікті сағаты", 1)}
		_, err = service.SaveDraft(ctx, s.accounts["representative"], "", s.organisations["aryq"], src, "")
		return err
	}}), nil
}

const draftPage = "---\ntitle: Ерікті болу\nsummary: Бірінші ауысымға дейін не білу керек\nminutes: 5\nneed: 1 of 1\n---\n## Кімге болады\nКез келген адамға. Он алтыға толмағандар ата-анасымен келеді немесе олардың келісімін әкеледі.\n"

func courseSource(folder string) (learning.Source, error) {
	src := learning.Source{Pages: map[civic.Lang]string{}, Questions: map[civic.Lang]string{}}
	for _, lang := range civic.Languages() {
		for ending, into := range map[string]map[civic.Lang]string{".md": src.Pages, ".gift": src.Questions} {
			b, err := fs.ReadFile(embeds, "content/courses/"+folder+"/"+string(lang)+ending)
			if err == nil {
				into[lang] = string(b)
			}
		}
	}
	return src, nil
}

// sheetOf answers the questions of a course in Kazakh, so many of them wrongly.
func sheetOf(src learning.Source, wrong int) learning.Sheet {
	compiled, _ := learning.Compile(src)
	out := learning.Sheet{Attempt: civic.Token(), Version: 1, Lang: civic.Kazakh, Answers: map[int][]string{}}
	for place, q := range compiled.Questions[civic.Kazakh] {
		out.Answers[place] = course.Right(q)
		if place < wrong {
			out.Answers[place] = []string{"no"}
		}
	}
	return out
}
