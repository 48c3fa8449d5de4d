package voices

import "testing"

func TestWord(t *testing.T) {
	for _, tt := range []struct {
		confirm, doubt, dispute int64
		want                    Word
	}{
		{4, 9, 2, Open}, {5, 0, 2, Confirmed}, {5, 0, 3, Confirmed}, {3, 0, 3, Disputed}, {0, 50, 2, Open}, {5, 0, 5, Disputed}, {9, 0, 9, Disputed}, {0, 0, 0, Open},
	} {
		if got := (Tally{Agrees: tt.confirm, Doubts: tt.doubt, Disputes: tt.dispute}).Word(5, 3); got != tt.want {
			t.Errorf("%d:%d:%d: %q, want %q", tt.confirm, tt.doubt, tt.dispute, got, tt.want)
		}
	}
}
