package grants

import (
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/questions"
)

// The questions that every call asks: lists and the data of grants need their answers.
const (
	askTitle   = "title"
	askSummary = "summary"
)

// formName is under which questions keeps what a call asks.
const formName = "application"

// standard is what a new call asks until its funder asks otherwise. What an organisation says of itself is offered to it again by its
// name among what is known.
func standard() questions.Form {
	return questions.Form{
		{Key: askTitle, Sort: questions.Line, Required: true, Max: 150, Label: civic.Text{"kk": "Жобаның атауы", "ru": "Название проекта", "en": "Name of the project"}},
		{Key: askSummary, Sort: questions.Words, Required: true, Max: 600,
			Label: civic.Text{"kk": "Жоба не туралы", "ru": "О чём проект", "en": "What the project is about"},
			Hint:  civic.Text{"kk": "Шешім шыққан соң мұны бәрі оқиды.", "ru": "После решения это прочтут все.", "en": "Everybody reads this after the decision."}},
		{Key: "mission", Sort: questions.Words, Required: true, Max: 1500, Known: "mission", Label: civic.Text{"kk": "Ұйым немен айналысады", "ru": "Чем занимается организация", "en": "What the organisation does"}},
		{Key: "experience", Sort: questions.Words, Max: 2000, Known: "experience", Label: civic.Text{"kk": "Осыған ұқсас не істедіңіздер", "ru": "Что похожее вы уже делали", "en": "What you have done of the kind"}},
		{Key: "need", Sort: questions.Words, Required: true, Max: 2000, Label: civic.Text{"kk": "Қандай мәселені шешесіздер, ол кімге керек", "ru": "Какую проблему вы решаете и кому это нужно", "en": "Which problem you solve, and for whom"}},
		{Key: "plan", Sort: questions.Words, Required: true, Max: 3000, Label: civic.Text{"kk": "Не істейсіздер, қай айда", "ru": "Что вы сделаете и в каком месяце", "en": "What you will do, and in which month"}},
		{Key: "people", Sort: questions.Whole, Required: true, Most: 10_000_000, Label: civic.Text{"kk": "Жобаның пайдасын қанша адам көреді", "ru": "Скольким людям поможет проект", "en": "How many people the project helps"}},
		{Key: "result", Sort: questions.Words, Required: true, Max: 2000, Label: civic.Text{"kk": "Не өзгереді, оны қалай тексеруге болады", "ru": "Что изменится и как это проверить", "en": "What will change, and how to check it"}},
	}
}

// moreSorts are sorts of answers that applications need beside those of surveys.
func moreSorts() []questions.Sort { return []questions.Sort{questions.Money, questions.Day} }

// knowns are the names by which an answer may be known already: from the entry in the register, or from the organisation's earlier applications, to whichever funder.
func knowns() []string {
	return []string{"mission", "identifier", "address", "phone", "email", "website", "founded", "experience", "team", "partners_before", "bank"}
}

// registered is what the register's entry answers, by its name among knowns.
func registered(o organisations.Organisation) (out []questions.Given) {
	for known, words := range map[string]string{"mission": first(o.Mission), "identifier": o.Identifier, "address": first(o.Address), "phone": o.Phone, "email": o.Email, "website": o.Website, "founded": string(o.Founded)} {
		if words != "" {
			out = append(out, questions.Given{Known: known, Said: []string{words}, From: organisations.RefOf(o.ID)})
		}
	}
	return out
}

// first is a text in Kazakh, or in the language in which there is one.
func first(t civic.Text) string {
	words, _ := t.In(civic.Kazakh)
	return words
}
