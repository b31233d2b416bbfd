package writer

import (
	"strings"
	"testing"

	"dragoman/pipeline"
)

// flat writes pieces in a line: {before>after} for a change, [text] for a mark.
func flat(ps []piece) string {
	var b strings.Builder
	for _, p := range ps {
		switch p.Kind {
		case "edit":
			b.WriteString("{" + p.Before + ">" + p.After + ":" + p.State + "}" + p.Gap)
		case "mark":
			b.WriteString("[" + p.Text + "]")
		default:
			b.WriteString(p.Text)
		}
	}
	return b.String()
}

func TestTrack(t *testing.T) {
	edit := func(start, end int, before, after string, state pipeline.EditState) pipeline.Edit {
		return pipeline.Edit{ID: "e", Span: pipeline.Span{Start: start, End: end}, Before: before, After: after, State: state}
	}
	const text = "He didn't survive in Ölüdeniz."
	for _, c := range []struct {
		name     string
		edits    []pipeline.Edit
		want     string
		floating int
	}{
		{"none", nil, text, 0},
		{"one", []pipeline.Edit{edit(3, 9, "didn't", "did not", pipeline.Applied)}, "He {didn't>did not:applied} survive in Ölüdeniz.", 0},
		{"insertion", []pipeline.Edit{edit(2, 2, "", ",", pipeline.Accepted)}, "He{>,:accepted} didn't survive in Ölüdeniz.", 0},
		{"at the end", []pipeline.Edit{edit(len(text), len(text), "", "!", pipeline.Applied)}, text + "{>!:applied}", 0},
		{"at the start", []pipeline.Edit{edit(0, 2, "He", "She", pipeline.Applied)}, "{He>She:applied} didn't survive in Ölüdeniz.", 0},
		{"side by side", []pipeline.Edit{edit(0, 2, "He", "She", pipeline.Applied), edit(2, 3, " ", "  ", pipeline.Applied)}, "{He>She:applied} {> :applied}didn't survive in Ölüdeniz.", 0},
		{
			"an applied edit goes before a proposed one at its place",
			[]pipeline.Edit{edit(0, 9, "He didn't", "They", pipeline.Proposed), edit(3, 9, "didn't", "did not", pipeline.Applied)},
			"He {didn't>did not:applied} survive in Ölüdeniz.", 1,
		},
		{"the space stays with the words", []pipeline.Edit{edit(3, 10, "didn't ", "", pipeline.Applied)}, "He {didn't>:applied} survive in Ölüdeniz.", 0},
		{"a space alone", []pipeline.Edit{edit(2, 3, " ", "", pipeline.Applied)}, "He{ >:applied}didn't survive in Ölüdeniz.", 0},
		{"insertion of a word", []pipeline.Edit{edit(10, 17, "survive", "quite survive", pipeline.Applied)}, "He didn't {>quite:applied} survive in Ölüdeniz.", 0},
		{"the text stays with its space", []pipeline.Edit{edit(10, 18, "survive ", "", pipeline.Rejected)}, "He didn't {survive>:rejected} in Ölüdeniz.", 0},
		{"a query", []pipeline.Edit{edit(0, 2, "He", "He", pipeline.Proposed)}, "{He>He:query} didn't survive in Ölüdeniz.", 0},
		{"another text", []pipeline.Edit{edit(0, 2, "We", "She", pipeline.Applied)}, text, 1},
		{"outside", []pipeline.Edit{edit(40, 42, "He", "She", pipeline.Applied), edit(-1, 2, "He", "She", pipeline.Applied), edit(2, 0, "He", "She", pipeline.Applied)}, text, 3},
		{"within a letter", []pipeline.Edit{edit(22, 23, "\x96", "x", pipeline.Applied)}, text, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			pieces, notes := track(text, c.edits, nil)
			if got := flat(pieces); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			floating := 0
			for _, n := range notes {
				if n.Floating {
					floating++
				}
			}
			if floating != c.floating || len(notes) != len(c.edits) {
				t.Errorf("%d notes, %d floating, want %d", len(notes), floating, c.floating)
			}
		})
	}
}

func TestCommon(t *testing.T) {
	for _, c := range []struct{ before, after, head, tail string }{
		{"the Turkey's", "Turkey's", "", "Turkey's"},
		{"added,", "added", "added", ""},
		{"Dutch", "a Dutch", "", "Dutch"},
		{"in a back", "in the back", "in ", " back"},
		{"Attacker", "The attacker", "", ""},
		{"told", "said", "", ""},
		{"", "x", "", ""},
		{"a a", "a a a", "a a", ""},
		{"safety\" x", "safety,\" x", "safety", "\" x"},
		{"\xff\xff", "\xff", "\xff", ""},
		{"don’t", "do not", "", ""},
	} {
		head, tail := common(c.before, c.after)
		if c.before[:head] != c.head || c.before[len(c.before)-tail:] != c.tail {
			t.Errorf("common(%q, %q) = %q, %q", c.before, c.after, c.before[:head], c.before[len(c.before)-tail:])
		}
	}
}

func TestHighlight(t *testing.T) {
	const text = "Одиннадцать пуль, 11"
	at := func(start, end int, side pipeline.Side, waived string) pipeline.Finding {
		return pipeline.Finding{Side: side, Waived: waived, Span: pipeline.Span{Start: start, End: end}}
	}
	for _, c := range []struct {
		name     string
		findings []pipeline.Finding
		want     string
	}{
		{"none", nil, text},
		{"two, not in order", []pipeline.Finding{at(33, 35, "target", ""), at(0, 22, "target", "")}, "[Одиннадцать] пуль, [11]"},
		{"overlapping", []pipeline.Finding{at(0, 22, "target", ""), at(4, 31, "target", "")}, "[Одиннадцать] пуль, 11"},
		{"other side, waived, empty", []pipeline.Finding{at(0, 2, "source", ""), at(0, 2, "target", "fine"), at(0, 0, "target", "")}, text},
		{"no place of the text", []pipeline.Finding{at(0, 1, "target", ""), at(-2, 4, "target", ""), at(30, 99, "target", ""), at(5, 3, "target", "")}, text},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := flat(run(text, 0, len(text), marksOf(text, pipeline.TargetSide, c.findings))); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestTrackWithMarks(t *testing.T) {
	const text = "He was shot in a back by night."
	edits := []pipeline.Edit{{Span: pipeline.Span{Start: 15, End: 16}, Before: "a", After: "the", State: pipeline.Applied}}
	for _, c := range []struct {
		name       string
		start, end int
		want       string
	}{
		{"before", 3, 11, "He [was shot] in {a>the:applied} back by night."},
		{"after", 17, 21, "He was shot in {a>the:applied} [back] by night."},
		{"across", 12, 21, "He was shot [in ]{a>the:applied}[ back] by night."},
		{"the same place", 15, 16, "He was shot in {a>the:applied} back by night."},
		{"all", 0, len(text), "[He was shot in ]{a>the:applied}[ back by night.]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			found := []pipeline.Finding{{Side: pipeline.SourceSide, Span: pipeline.Span{Start: c.start, End: c.end}}}
			pieces, _ := track(text, edits, marksOf(text, pipeline.SourceSide, found))
			if got := flat(pieces); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestAnchor(t *testing.T) {
	for id, same := range map[string]bool{
		"p3s2": true, "h1s1": true, "sum.k1": true, "sum.h": true, "e-0123456789ab": true, "f-0123456789ab": true,
		"": false, "article": false, "h-account": false, "p3": false, "p3s2 ": false, "x\" onclick": false, "e-XY": false, "p3s2\n": false,
	} {
		if got := anchor(id); (got == id) != same {
			t.Errorf("anchor(%q) = %q", id, got)
		}
	}
}

func FuzzTrack(f *testing.F) {
	f.Add("He didn't survive.", 3, 9, "did not", 0, 2, "She")
	f.Add("Ölüdeniz", 1, 2, "x", 0, 0, "")
	f.Fuzz(func(t *testing.T, text string, s1, e1 int, after1 string, s2, e2 int, after2 string) {
		text = tidy(text)
		cut := func(s, e int) string {
			if s < 0 || e < s || e > len(text) {
				return ""
			}
			return text[s:e]
		}
		edits := sortEdits([]pipeline.Edit{
			{Span: pipeline.Span{Start: s1, End: e1}, Before: cut(s1, e1), After: after1, State: pipeline.Applied},
			{Span: pipeline.Span{Start: s2, End: e2}, Before: cut(s2, e2), After: after2, State: pipeline.Proposed},
		}, places{})
		third := len(text) / 3
		for !onBoundary(text, third) {
			third++
		}
		pieces, _ := track(text, edits, []mark{{Span: pipeline.Span{Start: third, End: len(text)}}})
		var b strings.Builder
		for _, p := range pieces {
			b.WriteString(p.Text + p.Before)
		}
		if b.String() != text {
			t.Fatalf("the pieces give %q, the text is %q", b.String(), text)
		}
	})
}
