package consultations

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/civic"
)

// The rule of what is no text is asked at each door through which statements come: the form, the
// service that an interface would call, the first statements and the import.
func TestJunkComesThroughNoDoor(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil, "Саябаққа орындық керек")
		for _, junk := range []string{"#REF!", "#ССЫЛКА!", "\u200b\u0301\u3164", "\u2800"} {
			c.visitor("resident").Post("/en/consultations/"+string(id)+"/add", "text", junk).Want(422)
			if _, err := c.AddStatement(c.ctx(), id, Voter{Actor: resident(1)}, junk, "", true); civic.CodeOf(err) != civic.Invalid {
				t.Errorf("%+q added: %v", junk, err)
			}
		}
		c.visitor("resident").Post("/en/consultations/"+string(id)+"/add", "text", "#REF!").Want(422, "formula error, not text", "#REF!")
		if _, err := c.AddStatement(c.ctx(), id, Voter{Actor: resident(1)}, "Саябақ \u202eкерек", "", true); civic.CodeOf(err) != civic.Invalid {
			t.Errorf("turned text added: %v", err)
		}
		long := strings.Repeat("ұ", 200)
		if _, err := c.AddStatement(c.ctx(), id, Voter{Actor: resident(1)}, long, "", true); err != nil {
			t.Errorf("a long word: %v", err)
		}

		for _, seeds := range [][]string{{"Орындық керек", "#REF!"}, {"Орындық керек", "орындық  керек"}, {"\u0301\u0308"}} {
			if _, err := c.Create(c.ctx(), administrator, settingsFor(c, seeds...)); civic.CodeOf(err) != civic.Invalid {
				t.Errorf("seeds %+q: %v", seeds, err)
			}
		}

		dir := t.TempDir()
		for name, text := range map[string]string{
			"summary.csv":            "topic,Орындықтар\n",
			"comments.csv":           "timestamp,datetime,comment-id,author-id,agrees,disagrees,moderated,comment-body\n1600000000,x,0,0,1,0,1,#REF!\n1600000001,x,1,0,1,0,1,Орындық керек\n",
			"votes.csv":              "timestamp,datetime,comment-id,voter-id,vote\n1600000002,x,0,0,1\n1600000003,x,1,0,1\n",
			"participants-votes.csv": "participant,group-id,n-comments,n-votes,n-agree,n-disagree,0,1\n0,,2,2,2,0,1,1\n",
		} {
			c.must(os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
		}
		rep, err := c.ImportPolis(c.ctx(), os.DirFS(dir), ImportOptions{Name: "x"}, nil)
		c.must(err)
		if rep.Removed != 1 {
			t.Errorf("imported: %+v", rep)
		}
	})
}
