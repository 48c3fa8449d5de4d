package report

import (
	"encoding/json"
	"io"

	"github.com/birge-kz/birge/opinion"
)

// Data is the map as published: what the picture and the words are made from.
// Field names do not change between versions; fields may be added.
type Data struct {
	Format       string                `json:"format"` // "birge-opinion-map/1"
	Topic        string                `json:"topic,omitempty"`
	K            int                   `json:"k"`
	People       int                   `json:"people"` // in some group
	Votes        int                   `json:"votes"`
	Participants []DataParticipant     `json:"participants"`
	Groups       []DataGroup           `json:"groups"`
	Consensus    DataConsensus         `json:"consensus"`
	Statements   []DataStatement       `json:"statements"`
	Silhouettes  []opinion.KSilhouette `json:"silhouettes"`
	Variance     [2]float64            `json:"variance"` // share along x and y
	Warnings     []opinion.Warning     `json:"warnings"`
	Bursts       []opinion.Burst       `json:"bursts,omitempty"`
	Digests      []Digest              `json:"digests,omitempty"`
}

// DataParticipant is one person on the plane.
type DataParticipant struct {
	ID      int64   `json:"id"`
	Group   *string `json:"group"` // letter; null: answered too few to be counted in a group
	X       float64 `json:"x"`
	Y       float64 `json:"y"`
	Answers int     `json:"answers"`
	Border  float64 `json:"border"` // distance to where another group begins
}

// DataGroup is a group with what it says more than the others.
type DataGroup struct {
	ID             string               `json:"id"` // letter
	Size           int                  `json:"size"`
	X              float64              `json:"x"`
	Y              float64              `json:"y"`
	Stability      float64              `json:"stability"`
	Representative []DataRepresentative `json:"representative"`
}

// DataRepresentative is a representative statement with its words.
type DataRepresentative struct {
	opinion.Representative
	Text string `json:"text,omitempty"`
}

// DataConsensus are the consensus statements with their words.
type DataConsensus struct {
	Agree    []DataConsensusStatement `json:"agree"`
	Disagree []DataConsensusStatement `json:"disagree"`
}

// DataConsensusStatement is a consensus statement with its words.
type DataConsensusStatement struct {
	opinion.ConsensusStatement
	Text string `json:"text,omitempty"`
}

// DataStatement is a statement with its figures.
type DataStatement struct {
	ID             int64                     `json:"id"`
	Text           string                    `json:"text,omitempty"`
	Out            bool                      `json:"moderated_out,omitempty"`
	Counts         opinion.Counts            `json:"counts"`
	ByGroup        map[string]opinion.Counts `json:"by_group"`
	Center         float64                   `json:"center"`
	Axes           [2]float64                `json:"axes"`
	Extremity      float64                   `json:"extremity"`
	GroupConsensus float64                   `json:"group_consensus"`
	Bridging       float64                   `json:"bridging"`
	Division       float64                   `json:"division"`
	Priority       float64                   `json:"priority"`
}

// Data gives the report as data. Statement bodies are as they were given:
// whoever shows them must escape them.
func (r *Report) Data() *Data {
	m := r.Map
	d := &Data{Format: "birge-opinion-map/1", Topic: r.Asked.Topic, K: m.K, People: m.People, Votes: m.Votes,
		Participants: make([]DataParticipant, len(m.Participants)), Groups: make([]DataGroup, len(m.Groups)),
		Statements: make([]DataStatement, len(m.Statements)), Silhouettes: m.Silhouettes, Variance: m.Variance,
		Warnings: m.Warnings, Bursts: m.Bursts, Digests: r.Digests}
	if d.Silhouettes == nil {
		d.Silhouettes = []opinion.KSilhouette{}
	}
	if d.Warnings == nil {
		d.Warnings = []opinion.Warning{}
	}
	for i, p := range m.Participants {
		q := DataParticipant{ID: p.ID, X: p.X, Y: p.Y, Answers: p.Answers, Border: p.Border}
		if p.Group >= 0 {
			q.Group = &m.Groups[p.Group].Letter
		}
		d.Participants[i] = q
	}
	text := r.Asked.Statements
	for i, g := range m.Groups {
		q := DataGroup{ID: g.Letter, Size: g.Size, X: g.Center.X, Y: g.Center.Y, Stability: g.Stability, Representative: []DataRepresentative{}}
		for _, s := range g.Representative {
			q.Representative = append(q.Representative, DataRepresentative{s, text[s.Statement]})
		}
		d.Groups[i] = q
	}
	side := func(list []opinion.ConsensusStatement) []DataConsensusStatement {
		out := []DataConsensusStatement{}
		for _, c := range list {
			out = append(out, DataConsensusStatement{c, text[c.Statement]})
		}
		return out
	}
	d.Consensus = DataConsensus{side(m.Consensus.Agree), side(m.Consensus.Disagree)}
	for j, s := range m.Statements {
		q := DataStatement{ID: s.ID, Text: text[s.ID], Out: s.Out, Counts: s.Counts, ByGroup: map[string]opinion.Counts{},
			Center: s.Center, Axes: s.Axes, Extremity: s.Extremity, GroupConsensus: s.GroupConsensus, Bridging: s.Bridging, Division: s.Division, Priority: s.Priority}
		for _, g := range m.Groups {
			q.ByGroup[g.Letter] = g.Counts[j]
		}
		d.Statements[j] = q
	}
	return d
}

// WriteJSON writes Data, indented.
func (r *Report) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	return e.Encode(r.Data())
}
