package ui

import (
	"net/url"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
)

// say picks a sample's words. The page is for those who build Birge, so its samples are
// beside the code and not in the message files.
func say(p Page, kk, ru, en string) string {
	return map[civic.Lang]string{civic.Kazakh: kk, civic.Russian: ru, civic.English: en}[p.L.Lang()]
}

// withVerbs gives the sample page all five verbs, which no city need have yet.
func withVerbs(p Page) Page {
	consultations := Link{Text: say(p, "Талқылаулар", "Обсуждения", "Consultations"), Path: "/_styleguide"}
	p.Section, p.Verbs = "ui.verb_speak", []Verb{
		{"ui.verb_speak", "/speak", []Link{consultations, {Text: say(p, "Өтініштер", "Обращения", "Appeals"), Path: "/appeals"}, {Text: say(p, "Қоғамдық кеңестер", "Общественные советы", "Councils"), Path: "/councils"}}},
		{"ui.verb_decide", "/decide", []Link{{Text: say(p, "Халық бюджеті", "Народный бюджет", "People's budget"), Path: "/budget"}, {Text: say(p, "Гранттар", "Гранты", "Grants"), Path: "/grants"}}},
		{"ui.verb_learn", "/learn", []Link{{Text: say(p, "Курстар", "Курсы", "Courses"), Path: "/learning"}}},
		{"ui.verb_join", "/join", []Link{{Text: say(p, "Іс-шаралар", "События", "Events"), Path: "/events"}, {Text: say(p, "Еріктілік", "Волонтёрство", "Volunteering"), Path: "/volunteering"}}},
		{"ui.verb_check", "/check", []Link{{Text: say(p, "Ұйымдар", "Организации", "Organisations"), Path: "/organisations"}, {Text: say(p, "Ашық журнал", "Открытый журнал", "Open record"), Path: "/record"}}},
	}
	return p
}

func sampleForm() Form {
	var problems civic.Problems
	problems.Add("title.ru", "ui.sample_title_missing")
	problems.Add("email", "ui.sample_email_broken")
	problems.Add("themes", "ui.sample_theme_missing")
	return Form{
		Values: url.Values{
			"title.kk": {"Саябақта не болғаны дұрыс?"}, "email": {"aigul@"}, "district": {"turan"},
			"about": {"Бұл мәтін өзгертілгенше осы жерде тұрады."},
		},
		Problems: problems,
	}
}

func sampleOptions(p Page) []Option {
	return []Option{
		{Value: "environment", Label: say(p, "Қоршаған орта", "Окружающая среда", "Environment")},
		{Value: "education", Label: say(p, "Білім, ғылым, ақпарат, спорт", "Образование, наука, информация, спорт", "Education, science, information, sport"), Hint: say(p, "Мектеп пен балабақшаны қоса", "Включая школы и детские сады", "Schools and kindergartens included")},
		{Value: "culture", Label: say(p, "Мәдениет пен өнер", "Культура и искусство", "Culture and arts")},
	}
}

func sampleDistricts(p Page) []Option {
	return []Option{
		{Value: "", Label: say(p, "Бүкіл қала", "Весь город", "The whole city")},
		{Value: "turan", Label: say(p, "Тұран ауданы", "Туранский район", "Turan district")},
		{Value: "karatau", Label: say(p, "Қаратау ауданы", "Каратауский район", "Karatau district")},
	}
}

func sampleTable(p Page, rows int) TableProps {
	t := TableProps{
		Caption: say(p, "Ұйымдар (мысал)", "Организации (пример)", "Organisations (sample)"),
		Head: []Column{
			{Text: say(p, "Атауы", "Название", "Name")}, {Text: say(p, "Бағыты", "Направление", "Theme")},
			{Text: say(p, "Құрылған жылы", "Год основания", "Founded"), Numeric: true}, {Text: say(p, "Күйі", "Состояние", "Status")},
		},
	}
	for i := range rows {
		status := StatusTag(Good, say(p, "жұмыс істейді", "действует", "active"))
		if i%3 == 2 {
			status = StatusTag(Bad, say(p, "жойылған", "ликвидирована", "liquidated"))
		}
		t.Rows = append(t.Rows, []templ.Component{
			A(p, "/_styleguide", say(p, "«Мысал» қоғамдық бірлестігі", "Общественное объединение «Пример»", "Sample public association")+" "+p.L.Number(int64(i+1))),
			Plain(sampleOptions(p)[i%3].Label), Plain([]string{"2004", "2017", "1998"}[i%3]), status,
		})
	}
	return t
}

func sampleSteps(p Page) []string {
	return []string{say(p, "Сұрақ", "Вопрос", "Question"), say(p, "Кім қатысады", "Кто участвует", "Who takes part"), say(p, "Мерзімі", "Сроки", "Dates"), say(p, "Тексеру", "Проверка", "Check")}
}

func sampleTimeline(p Page) []TimelineItem {
	d := func(n int) (string, time.Time) { t := p.Now.AddDate(0, 0, -n); return p.L.Date(t), t }
	w1, t1 := d(1)
	w2, t2 := d(10)
	w3, t3 := d(12)
	w4, t4 := d(40)
	return []TimelineItem{
		{When: w1, At: t1, Tone: Good, Title: say(p, "Жауап берілді: мектеп жанындағы жаяу жүргіншілер өткелдері", "Дан ответ: пешеходные переходы у школ", "Answered: crossings near schools"), URL: p.URL("/_styleguide"), Body: Trace(p, sampleTrace(p))},
		{When: w2, At: t2, Tone: Warn, Title: say(p, "Мерзімі 5 жұмыс күніне ұзартылды", "Срок продлён на 5 рабочих дней", "Extended by 5 working days"), Body: Plain(say(p, "Себебі: сараптама күтіліп отыр.", "Причина: ждём заключение.", "Reason: an expert opinion is awaited."))},
		{When: w3, At: t3, Tone: Bad, Title: say(p, "Мерзімі өтті: су бұру туралы ұсыным", "Срок истёк: рекомендация о водоотведении", "Overdue: recommendation on drainage")},
		{When: w4, At: t4, Tone: Neutral, Title: say(p, "Талқылау ашылды", "Обсуждение открыто", "Consultation opened")},
	}
}

func sampleTrace(p Page) []Link {
	return []Link{
		{Text: say(p, "Пікір", "Мнение", "Opinion"), Path: "/_styleguide"}, {Text: say(p, "Ұсыным", "Рекомендация", "Recommendation")},
		{Text: say(p, "Жауап", "Ответ", "Answer"), Path: "/_styleguide"}, {Text: say(p, "Тұрғындар растады", "Жители подтвердили", "Confirmed by residents"), Path: "/_styleguide"},
	}
}

func sampleNumbers(p Page) []Number {
	change := say(p, "30 күнде ", "за 30 дней: ", "in 30 days: ")
	return []Number{
		{p.L.Number(1284), say(p, "ұйым тізілімде", "организации в реестре", "organisations"), "/_styleguide", Trend{Rising, change + "+12"}},
		{p.L.Number(38410), say(p, "тұрғын қатысты", "жителей участвовали", "residents took part"), "/_styleguide", Trend{Level, change + "0"}},
		{p.L.Percent(87, 100), say(p, "жауап мерзімінде", "ответов в срок", "answers on time"), "/_styleguide", Trend{Falling, change + "−3"}},
		{p.L.Number(9120), say(p, "ерікті сағат", "волонтёрских часов", "volunteer hours"), "/_styleguide", Trend{}},
	}
}

var sampleYears = []string{"1992", "1993", "1994", "1995", "1996", "1997", "1998", "1999", "2000", "2001", "2002", "2003", "2004", "2005", "2006", "2007", "2008", "2009", "2010", "2011", "2012", "2013", "2014", "2015", "2016", "2017", "2018", "2019", "2020", "2021", "2022", "2023", "2024", "2025"}

func sampleHistory(p Page) Chart {
	wave := func(k, m int) []float64 {
		out := make([]float64, len(sampleYears))
		for i := range out {
			out[i] = float64((i*k+i*i)%m + i/4)
		}
		return out
	}
	o := sampleOptions(p)
	return Chart{
		Title: say(p, "Жыл сайын құрылған ұйымдар (мысал)", "Организации, основанные за год (пример)", "Organisations founded per year (sample)"),
		Unit:  say(p, "ұйым, бағыты бойынша", "организаций, по направлениям", "organisations by theme"),
		Axis:  say(p, "Жыл", "Год", "Year"), X: sampleYears,
		Series: []Series{{o[0].Label, wave(3, 11)}, {o[1].Label, wave(5, 13)}, {o[2].Label, wave(7, 9)}, {say(p, "Денсаулық", "Здоровье", "Health"), wave(2, 7)}, {say(p, "Құқық қорғау", "Защита прав", "Rights"), wave(4, 6)}},
		Marks: []Milestone{
			{X: "2001", Text: say(p, "Коммерциялық емес ұйымдар туралы заң (мысал)", "Закон о некоммерческих организациях (пример)", "Law on non-profit organisations (sample)")},
			{X: "2018", Text: say(p, "Қала мәртебесі (мысал)", "Статус города (пример)", "Status of the city (sample)")},
		},
	}
}

func sampleFew(p Page) Chart {
	return Chart{
		Title: say(p, "Апта сайын қатысқандар (мысал)", "Участники по неделям (пример)", "Participants per week (sample)"),
		Unit:  say(p, "адам", "человек", "people"), Axis: say(p, "Апта", "Неделя", "Week"),
		X: []string{"1", "2", "3", "4", "5", "6"}, Series: []Series{{say(p, "Қатысқандар", "Участники", "Participants"), []float64{120, 412, 380, 96, 0, 1284}}},
	}
}

func sampleLines(p Page) Chart {
	return Chart{
		Title: say(p, "Мерзімінде берілген жауаптар (мысал)", "Ответы в срок (пример)", "Answers on time (sample)"),
		Unit:  say(p, "барлық жауаптың үлесі", "доля всех ответов", "share of all answers"), Axis: say(p, "Ай", "Месяц", "Month"), AsPercent: true,
		X: []string{"01.2026", "02.2026", "03.2026", "04.2026", "05.2026", "06.2026", "07.2026", "08.2026", "09.2026", "10.2026"},
		Series: []Series{
			{say(p, "Білім басқармасы", "Управление образования", "Education department"), []float64{55, 58, 60, 66, 71, 70, 78, 82, 85, 87}},
			{say(p, "Құрылыс басқармасы", "Управление строительства", "Construction department"), []float64{70, 66, 61, 63, 58, 52, 55, 60, 62, 64}},
			{say(p, "Қоғамдық кеңес", "Общественный совет", "Public council"), []float64{30, 44, 41, 52, 50, 59, 61, 60, 61, 62}},
		},
	}
}

func sgCalendar(p Page) civic.Calendar { return civic.Calendar{Zone: p.L.Zone()} }

// sgDeadlines are pairs of due and done, one for each state of a deadline.
func sgDeadlines(p Page) [][2]time.Time {
	day := func(n int) time.Time { return p.Now.AddDate(0, 0, n) }
	var open time.Time
	return [][2]time.Time{
		{day(13), open}, {day(2), open}, {day(1), open}, {p.Now.Add(time.Minute), open}, {day(-5), open},
		{day(-2), day(-6)}, {day(-2), day(-2)}, {day(-6), day(-1)},
	}
}
