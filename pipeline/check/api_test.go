package check

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/language"

	"dragoman/pipeline"
)

func checksOf(fs []pipeline.Finding) []string {
	var out []string
	for _, f := range fs {
		out = append(out, f.Check+" "+string(f.Severity))
	}
	return out
}

func unit(id, source, target string) pipeline.Unit {
	return pipeline.Unit{ID: id, Source: source, Target: target, State: pipeline.Translated}
}

func TestModesChangeWhatAFindingMayDo(t *testing.T) {
	fs := []pipeline.Finding{
		{Check: "T04", Severity: pipeline.Major},
		{Check: "T07", Severity: pipeline.Minor},
		{Check: "T09", Severity: pipeline.Major},
		{Check: "T14", Severity: pipeline.Minor},
		{Check: "T20", Severity: pipeline.Critical},
	}
	m := Modes{"T04": Warn, "T07": Block, "T09": Off, "T14": Shadow}
	if err := m.Validate(); err != nil {
		t.Fatal(err)
	}
	want := []string{"T04 minor", "T07 major", "T14 neutral", "T20 critical"}
	if got := checksOf(m.Apply(fs)); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := checksOf(Modes(nil).Apply(fs)); len(got) != len(fs) {
		t.Errorf("no modes leave %d of %d findings", len(got), len(fs))
	}
	row := m.ApplyRow(RowResult{ID: "r", Flagged: true, Findings: []RowFinding{{Check: "T04", Severity: pipeline.Major}}})
	if row.Flagged {
		t.Error("a row stays flagged by a check that only warns")
	}
	for _, bad := range []Modes{{"T99": Warn}, {"T04": "loud"}} {
		if err := bad.Validate(); pipeline.CodeOf(err) != pipeline.Invalid {
			t.Errorf("%v: %v", bad, err)
		}
	}
}

func TestGateTakesWhatBlocks(t *testing.T) {
	fs := []pipeline.Finding{
		{Check: "T04", Severity: pipeline.Major}, {Check: "T07", Severity: pipeline.Minor}, {Check: "T20", Severity: pipeline.Critical, Waived: "a quotation"},
	}
	if got := checksOf(Gate(fs, pipeline.Major)); !slices.Equal(got, []string{"T04 major"}) {
		t.Errorf("got %q", got)
	}
	if len(fs) != 3 {
		t.Error("the findings given were changed")
	}
}

func TestTidy(t *testing.T) {
	for _, tc := range []struct {
		lang     language.Tag
		in, want string
	}{
		{language.Russian, "Он сказал: \"нет\".", "Он сказал: «нет»."},
		{language.Russian, "Он - врач.", "Он — врач."},
		{language.Russian, "Счёт 2 - 1.", "Счёт 2 - 1."},
		{language.Russian, "Oни пришли.", "Они пришли."},
		{language.Russian, "Это\u200b так .", "Это так."},
		{language.Russian, "iPhone и IBM", "iPhone и IBM"},
		{language.Russian, "«Он \"сказал\"»", "«Он \"сказал\"»"},
		{language.Turkish, "Geldi ,  gitti.", "Geldi, gitti."},
		{language.Turkish, "\"Geldi\" - dedi.", "\"Geldi\" - dedi."},
		{language.French, "a  b", "a  b"},
	} {
		got, log := Tidy(tc.in, tc.lang)
		if got != tc.want {
			t.Errorf("%q: got %q, want %q", tc.in, got, tc.want)
		}
		for _, r := range log {
			if tc.in[r.Start:r.End] != r.Before {
				t.Errorf("%q: repair %+v", tc.in, r)
			}
		}
	}
}

func TestAlignPairsSentences(t *testing.T) {
	src := "The storm hit at dawn. Two boats with 14 men were lost off Sinop. The harbour in Samsun was closed until Friday."
	for _, tc := range []struct{ name, tgt, want string }{
		{"one to one", "Шторм обрушился на рассвете. У Синопа пропали два судна, на борту было 14 человек. Порт Самсуна закрыт до пятницы.", "1:1 1:1 1:1"},
		{"joined", "Шторм обрушился на рассвете, и у Синопа пропали два судна с 14 моряками на борту. Порт Самсуна закрыт до пятницы.", "2:1 1:1"},
		{"lost", "Шторм обрушился на рассвете. Порт Самсуна закрыт до пятницы.", "1:1 1:0 1:1"},
	} {
		var got []string
		for _, b := range Align(src, tc.tgt, language.Russian).Beads {
			got = append(got, fmt.Sprintf("%d:%d", b.SourceCount, b.TargetCount))
		}
		if strings.Join(got, " ") != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, got, tc.want)
		}
	}
	for _, empty := range [][2]string{{"", ""}, {"One.", ""}, {"", "Один."}} {
		Align(empty[0], empty[1], language.Russian)
	}
}

func TestEditsOfFindsTheWordsThatDiffer(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		want []string
	}{
		{"He go home.", "He goes home.", []string{"go > goes"}},
		{"He go home .", "He goes home .", []string{"go > goes"}},
		{"hit in a back", "hit in the back", []string{"a > the"}},
		{"She told media, that he left.", "She told media that he left.", []string{"media, > media"}},
		{"Same.", "Same.", nil},
		{"", "New.", []string{" > New."}},
	} {
		var got []string
		for _, e := range EditsOf(tc.a, tc.b) {
			got = append(got, e.Before+" > "+e.After)
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%q to %q: got %q, want %q", tc.a, tc.b, got, tc.want)
		}
	}
}

func TestEditsKeepOrderAndRefuseOverlaps(t *testing.T) {
	s := pipeline.Sentence{ID: "p1s1", Text: "The attacker reportedly shot him in a back near the Turkey's embassy, that day."}
	kept, findings := Edits(s, []pipeline.Edit{
		{Before: "the Turkey's", After: "Turkey's", Category: "grammar", Reason: "no article"},
		{Before: "in a back", After: "in the back", Category: "grammar", Reason: "article"},
		{Before: "a back", After: "his back", Category: "grammar", Reason: "overlaps"},
		{Before: "absent", After: "present", Category: "grammar", Reason: "not there"},
		{Before: "reportedly", After: "reportedly", Category: "query", Reason: "Who reports it?"},
	})
	var got []string
	for _, e := range kept {
		got = append(got, string(e.State)+" "+e.Before)
	}
	if !slices.Equal(got, []string{"applied in a back", "applied the Turkey's"}) && !slices.Equal(got, []string{"applied a", "applied the Turkey's"}) {
		t.Errorf("kept %q", got)
	}
	if got := checksOf(findings); len(got) != 3 || !slices.Contains(got, "query minor") || !slices.Contains(got, "C01 neutral") || !slices.Contains(got, "C09 neutral") {
		t.Errorf("findings %q", got)
	}
}

func TestEditsThatRewriteAreOnlyProposed(t *testing.T) {
	s := pipeline.Sentence{ID: "p1s1", Text: "The dog ran over the big road and fell."}
	kept, _ := Edits(s, []pipeline.Edit{{Before: "dog ran over the big", After: "hound crossed a very wide", Category: "style", Reason: "style"}})
	if len(kept) != 1 || kept[0].State != pipeline.Proposed || !strings.HasPrefix(kept[0].Held, "C07") {
		t.Errorf("kept %+v", kept)
	}
}

func TestGlossaryTakesAnyInflection(t *testing.T) {
	terms := []Term{
		{Source: "ceasefire", Lang: language.Russian, Targets: []string{"перемирие", "прекращение огня"}, Forbidden: []string{"амнистия"}},
		{Source: "ceasefire", Lang: language.Turkish, Targets: []string{"ateşkes"}},
	}
	for _, tc := range []struct {
		lang     language.Tag
		src, tgt string
		want     []string
	}{
		{language.Russian, "The ceasefire held.", "Перемирие соблюдалось.", nil},
		{language.Russian, "They spoke of a ceasefire.", "Говорили о прекращении огня.", nil},
		{language.Russian, "The ceasefire held.", "Тишина соблюдалась.", []string{"T17 major"}},
		{language.Russian, "The ceasefire held.", "Перемирие и амнистия.", []string{"T17 major"}},
		{language.Turkish, "They spoke of a ceasefire.", "Ateşkesten söz ettiler.", nil},
		{language.Turkish, "They spoke of a truce.", "Sükûnetten söz ettiler.", nil},
	} {
		got := checksOf(Glossary(pipeline.Pair{ID: "p1s1", Source: tc.src, Target: tc.tgt, Lang: tc.lang}, terms))
		if !slices.Equal(got, tc.want) {
			t.Errorf("%q: got %q, want %q", tc.tgt, got, tc.want)
		}
	}
}

func TestEditionFindsOneAnswerForTwoSentences(t *testing.T) {
	same := "Порт Самсуна закрыт до пятницы из-за сильного шторма."
	tr := &pipeline.Translation{Lang: language.Russian, Article: []pipeline.Unit{
		unit("p1s1", "The harbour in Samsun is closed until Friday because of a storm.", same),
		unit("p1s2", "Nobody was hurt.", "Никто не пострадал."),
		unit("p1s3", "The mayor will speak to the people of the town in the evening.", same),
	}}
	if got := checksOf(Edition(&pipeline.Document{}, tr)); !slices.Contains(got, "T22 major") {
		t.Errorf("got %q", got)
	}
}

func TestEditionsPointAtTheOneThatDiffers(t *testing.T) {
	doc := &pipeline.Document{Translations: []pipeline.Translation{
		{Lang: language.Russian, Article: []pipeline.Unit{unit("p1s1", "He did not survive.", "Он выжил.")}},
		{Lang: language.Turkish, Article: []pipeline.Unit{unit("p1s1", "He did not survive.", "Hayatta kalamadı.")}},
	}}
	fs := Editions(doc)
	if len(fs) != 1 || fs[0].Check != "T25" || fs[0].Lang != "ru" {
		t.Errorf("got %+v", fs)
	}
}

func TestSpellingsOfOneName(t *testing.T) {
	tr := &pipeline.Translation{Lang: language.Russian, Article: []pipeline.Unit{
		unit("p1s1", "The judge heard Brett Kavanaugh.", "Судья выслушал Бретта Кавано."),
		unit("p1s2", "The judge asked Brett Kavanaugh.", "Судья спросил Брета Кэвенога."),
		unit("p1s3", "The judge thanked Tom Harris.", "Судья поблагодарил Тома Харриса."),
		unit("p1s4", "The judge saw Tom Harris.", "Судья увидел Тома Гарриса."),
	}}
	got := checksOf(Spellings(&pipeline.Document{}, tr))
	if !slices.Contains(got, "T15 minor") {
		t.Errorf("got %q", got)
	}
}

func TestTranscribeTurkishNames(t *testing.T) {
	for name, want := range map[string]string{
		"Çavuşoğlu": "Чавушоглу", "Çıldır": "Чилдыр", "Çiğdem": "Чийдем", "Gül": "Гюль", "Ömer": "Омер", "Yıldız": "Йылдыз", "Karlov": "",
	} {
		if got := Transcribe(name, language.Russian); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if got := Transcribe("Gül", language.Turkish); got != "" {
		t.Errorf("for Turkish: %q", got)
	}
}

func TestSummaryAll(t *testing.T) {
	art := articleOf("One two three four five six seven eight nine ten.\nEleven twelve thirteen fourteen.")
	long := strings.Repeat("word ", 40)
	s := &pipeline.Summary{Sentences: []pipeline.SummarySentence{
		{ID: "sum.s1", Text: long, Product: pipeline.Short},
		{ID: "sum.s2", Text: long, Product: pipeline.Short},
		{ID: "sum.k1", Text: "The old harbour in Samsun was closed today.", Product: pipeline.KeyPoint},
		{ID: "sum.k2", Text: "The old harbour in Samsun was closed.", Product: pipeline.KeyPoint},
	}}
	got := checksOf(SummaryAll(art, s))
	if !slices.Contains(got, "M01 major") || !slices.Contains(got, "M07 minor") {
		t.Errorf("got %q", got)
	}
	if fs := SummaryAll(art, nil); fs != nil {
		t.Errorf("no summary has findings: %v", fs)
	}
}

func TestSummaryRowHoldsEverySentenceAgainstTheArticle(t *testing.T) {
	r := SummaryRow(SummaryText{
		ID:      "x",
		Article: "Robbers took 26,750 dollars from a bank in Newport.\nThe U.S. president spoke.",
		Summary: "Robbers took 27,750 dollars in Newport. The American president spoke.",
	})
	if !r.Flagged || len(r.Findings) != 1 || r.Findings[0].Check != "M02" {
		t.Errorf("got %+v", r)
	}
}

func TestFindingsHaveStableIDsAndMessagesNameTheValue(t *testing.T) {
	p := pipeline.Pair{ID: "p1s1", Source: "At least 384 people died.", Target: "Погибли 348 человек.", Lang: language.Russian}
	a, b := Pair(p), Pair(p)
	if len(a) != 1 || a[0].ID == "" || a[0].ID != b[0].ID {
		t.Fatalf("got %+v and %+v", a, b)
	}
	if f := a[0]; !strings.Contains(f.Message, "384") || !strings.Contains(f.Message, "348") || f.Stage != "translate" || f.Lang != "ru" || f.Span.Sentence != "p1s1" {
		t.Errorf("got %+v", f)
	}
}

func ExamplePair() {
	p := pipeline.Pair{ID: "p1s1", Source: "At least 384 people died.", Target: "Погибли 348 человек.", Lang: language.Russian}
	for _, f := range Pair(p) {
		fmt.Println(f.Check, f.Severity, f.Message)
	}
	// Output:
	// T04 major The source says "384" where the translation says "348".
}

func ExamplePairRow() {
	r := PairRow(Row{ID: "1", Lang: "tr", Source: "The vote was lost. Nobody was hurt in the crash.", Target: "Oylama kaybedildi."})
	for _, f := range r.Findings {
		fmt.Println(f.Check, f.Severity, f.Message)
	}
	// Output:
	// T01 major The source sentence "Nobody was hurt in the crash." has no translation.
}
