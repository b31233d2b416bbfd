package check

import (
	"slices"
	"strings"
	"testing"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

func TestM03Names(t *testing.T) {
	runSummary(t, "M03", pipeline.KeyPoint, []checkCase{
		{"as written", "Divers rescued three children, Deniz Aksoy said", "p2s1", nil},
		{"the surname alone", "Divers rescued three children, Aksoy said", "p2s1", nil},
		{"a possessive ending", "Aksoy's divers rescued three children", "p2s1", nil},
		{"a name of another sentence", "The ferry left Sinop late, reports say", "p5s1", nil},
		{"another name", "Divers rescued three children, Kerem Aydin said", "p2s1", []string{"major Kerem"}},
		{"another first name", "Divers rescued three children, Kerem Aksoy said", "p2s1", []string{"major Kerem"}},
		{"another surname", "Divers rescued three children, Deniz Aydin said", "p2s1", []string{"major Aydin"}},
		{"another place", "The ferry ran aground near Trabzon", "p1s1", []string{"major Trabzon"}},
		{"a name that starts the sentence", "Trabzon divers rescued three children", "p2s1", nil},
		{"a full name that starts the sentence", "Kerem Aydin rescued three children", "p2s1", []string{"major Kerem"}},
		{"a name of three bytes a letter", "Divers rescued three children, 张伟 said", "p2s1", nil},
		{"behind letters of two bytes", "Özlü: ferry ran aground near Trabzon", "p1s1", []string{"major Trabzon"}},
		{"a day of the article", "The ferry ran aground on Tuesday", "p1s1", nil},
		{"another day", "The ferry ran aground on Friday", "p1s1", []string{"major Friday"}},
		{"a month the article lacks", "The ferry ran aground in October", "p1s1", []string{"major October"}},
		{"a people by its country", "The ferry ran aground off the Turkish coast", "p1s1", nil},
		{"another people", "The ferry ran aground off the Greek coast", "p1s1", []string{"major Greek"}},
		{"an alias of the country", "The owner is an American company", "p6s1", nil},
		{"another alias", "The owner is a company of the United States", "p6s1", nil},
		{"an abbreviation without its points", "The owner is a US company", "p6s1", nil},
		{"an alias of nothing here", "The owner is a British company", "p6s1", []string{"major British"}},
		{"a capital of the article's country", "Ankara says the ferry ran aground", "p1s1", nil},
		{"a capital of another", "The company in Berlin denied it", "p6s1", []string{"major Berlin"}},
	})
}

func TestM03SaysTheWord(t *testing.T) {
	if m := messageOf(summed(harbour(), pipeline.KeyPoint, "The ferry ran aground near Trabzon", "p1s1"), "M03"); !strings.Contains(m, `"Trabzon" is not in the article`) {
		t.Errorf("a name: %q", m)
	}
	if m := messageOf(summed(harbour(), pipeline.KeyPoint, "The ferry hit the Greek coast", "p1s1"), "M03"); !strings.Contains(m, `"Greek" has no ground`) {
		t.Errorf("a people: %q", m)
	}
}

func TestNameWordsTakesAbbreviationsTogether(t *testing.T) {
	have := nameWords(facts.Of("The U.S. envoy met Çağla's aide at the U.N., B. Kaya said.", locale.English))
	for _, w := range []string{"us", "un", "cagla", "kaya", "envoy", "b"} {
		if !have[w] {
			t.Errorf("%q is missing", w)
		}
	}
	for _, w := range []string{"usun", "caglas", "çağla", "unb", ""} {
		if have[w] {
			t.Errorf("%q is there", w)
		}
	}
}

func TestInArticleTakesPluralsAndAdjectives(t *testing.T) {
	have := map[string]bool{}
	for _, w := range []string{"poland", "turkey", "austria", "finland", "norway", "rohingya", "houthis", "texas", "iran", "egypt", "canada", "hungary"} {
		have[w] = true
	}
	for w, want := range map[string]bool{
		"Poland": true, "Polands": true, "Austrian": true, "Austrians": true, "Finnish": false, "Rohingyas": true,
		"Houthi": true, "Texan": false, "Iranian": true, "Iranians": true, "Egyptian": true, "Canadians": true, "Hungarian": true, "Bulgarian": false, "Asian": false,
		"Iraq": false, "Portugal": false, "Aust": false, "Nor": false,
	} {
		if got := inArticle(have, w); got != want {
			t.Errorf("%s: %v", w, got)
		}
	}
}

func TestAliasesStandForEachOther(t *testing.T) {
	words := func(s string) map[string]bool { return nameWords(facts.Of(s, locale.English)) }
	for _, tc := range []struct {
		article, name string
		want          bool
	}{
		{"The Kremlin said no.", "Moscow", true},
		{"The Kremlin said no.", "Russia", true},
		{"The United Kingdom voted.", "Britain", true},
		{"The United team won.", "Britain", false},
		{"It was in The Hague.", "Netherlands", true},
		{"He went to Paris.", "London", false},
		{"He went to Paris.", "Paris", false}, // itself is no alias
		{"He went to Paris.", "Atlantis", false},
		{"He went to Paris.", "", false},
		{"A North Korean ship came.", "Pyongyang", true},
		{"A Korean ship came north.", "Pyongyang", true}, // the words need not stand together
		{"A Korean ship came.", "Pyongyang", false},
	} {
		if got := aliasOf(words(tc.article), tc.name); got != tc.want {
			t.Errorf("%q in %q: %v", tc.name, tc.article, got)
		}
	}
}

// The list of aliases is what the code that reads it takes for granted: each
// line has two names or more, folded, none twice in its line.
func TestTheListOfAliases(t *testing.T) {
	if len(aliases()) < 30 {
		t.Fatalf("%d lines", len(aliases()))
	}
	for _, line := range aliases() {
		var names []string
		for _, n := range strings.Split(line, "=") {
			n = strings.TrimSpace(n)
			if n == "" || facts.FoldName(n) != n || slices.Contains(names, n) {
				t.Errorf("%q in %q", n, line)
			}
			names = append(names, n)
		}
		if len(names) < 2 {
			t.Errorf("%q stands for itself only", line)
		}
	}
}

func TestOverlapCountsWordsOfMeaning(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		want float64
	}{
		{"ferry sank", "The ferry sank.", 1},
		{"ferry sank", "The boat sank.", 0.5},
		{"ferry sank", "A quiet day.", 0},
		{"the of and", "A quiet day.", 1},
		{"", "A quiet day.", 1},
		{"Ferries", "ferrier", 1}, // their first five letters
		{"ferry's", "ferry", 1},
		{"rescued rescues rescue", "rescuing", 1},
		{"şehir yolu", "şehirler", 0.5},
	} {
		if got := overlap(facts.Of(tc.a, locale.English), facts.Of(tc.b, locale.English)); got != tc.want {
			t.Errorf("%q in %q: %.2f, want %.2f", tc.a, tc.b, got, tc.want)
		}
	}
}

// M07 speaks of 26 words in a row, and not of 25.
func TestM07CopyingAtItsBound(t *testing.T) {
	words := plankWords(40)
	art := storyOf(strings.Join(words, " ") + ".")
	for n, want := range map[int]bool{10: false, 25: false, 26: true, 40: true} {
		row := strings.Join(words[3:min(3+n, 40)], " ")
		if n == 40 {
			row = strings.Join(words, " ")
		}
		text := "Çok new tale: " + row + " ends there."
		fs := Summary(art, pipeline.SummarySentence{ID: "sum.g2", Text: text, Evidence: []string{"p1s1"}, Product: pipeline.Long}, Budget{})
		got := ofCheck(fs, "M07", text)
		if len(got) > 0 != want {
			t.Errorf("%d words: %q", n, got)
		}
		if want && (len(got) != 1 || got[0] != "neutral "+row) {
			t.Errorf("%d words: at %q", n, got)
		}
		vetFindings(t, fs, text)
	}
}

func TestM07CopyingNeedsOneRow(t *testing.T) {
	words := plankWords(40)
	art := storyOf(strings.Join(words, " ") + ".")
	text := strings.Join(words[:20], " ") + " otherwise " + strings.Join(words[20:], " ") + "."
	fs := Summary(art, pipeline.SummarySentence{ID: "sum.g2", Text: text, Evidence: []string{"p1s1"}, Product: pipeline.Long}, Budget{})
	if got := ofCheck(fs, "M07", text); len(got) != 0 {
		t.Errorf("got %q", got)
	}
}

// sumOf is a summary of sentences of one product, numbered from 1.
func sumOf(p pipeline.Product, texts ...string) *pipeline.Summary {
	s := &pipeline.Summary{}
	for i, text := range texts {
		s.Sentences = append(s.Sentences, pipeline.SummarySentence{ID: "sum." + string(p[0]) + string(rune('1'+i)), Text: text, Product: p})
	}
	return s
}

func TestSummaryAllOfNothing(t *testing.T) {
	if fs := SummaryAll(harbour(), nil); fs != nil {
		t.Errorf("%+v", fs)
	}
	if fs := SummaryAll(harbour(), &pipeline.Summary{}); len(fs) != 0 {
		t.Errorf("%+v", fs)
	}
}

func TestM01TotalsAtTheirBounds(t *testing.T) {
	art := storyOf(strings.Repeat("word ", 400) + "end.")
	many := func(n int) string { return strings.TrimSpace(strings.Repeat("aye ", n)) }
	for _, tc := range []struct {
		name  string
		p     pipeline.Product
		words []int
		want  bool
	}{
		{"60 of 60", pipeline.Short, []int{30, 30}, false},
		{"61 of 60", pipeline.Short, []int{30, 31}, true},
		{"in one sentence", pipeline.Short, []int{61}, true},
		{"a quarter", pipeline.Long, []int{50, 50}, false},
		{"more than a quarter", pipeline.Long, []int{50, 51}, true},
		{"a lead has no total", pipeline.SummaryLead, []int{90}, false},
		{"key points have no total", pipeline.KeyPoint, []int{12, 12, 12, 12, 12, 12}, false},
		{"none at all", pipeline.Short, nil, false},
	} {
		var texts []string
		for i, n := range tc.words {
			texts = append(texts, strings.ReplaceAll(many(n), "aye", strings.Repeat("aye", i+1)))
		}
		s := sumOf(tc.p, texts...)
		fs := SummaryAll(art, s)
		got := 0
		for _, f := range fs {
			if f.Check == "M01" {
				got++
				if last := s.Sentences[len(s.Sentences)-1].ID; f.Span.Sentence != last || f.Severity != pipeline.Major {
					t.Errorf("%s: %+v", tc.name, f)
				}
			}
		}
		if (got == 1) != tc.want || got > 1 {
			t.Errorf("%s: %+v", tc.name, fs)
		}
		vetFindings(t, fs, "")
	}
}

func TestTotalWords(t *testing.T) {
	body := func(kind pipeline.Kind, words int) *pipeline.Article {
		return &pipeline.Article{Body: []pipeline.Block{{ID: "p1", Kind: kind, Sentences: []pipeline.Sentence{{ID: "p1s1", Text: strings.Repeat("word ", words)}}}}}
	}
	for _, tc := range []struct {
		name string
		p    pipeline.Product
		art  *pipeline.Article
		want int
	}{
		{"short", pipeline.Short, body(pipeline.Paragraph, 1000), 60},
		{"a short of a short body", pipeline.Short, body(pipeline.Paragraph, 10), 60},
		{"a quarter", pipeline.Long, body(pipeline.Paragraph, 400), 100},
		{"a quarter, rounded down", pipeline.Long, body(pipeline.Paragraph, 403), 100},
		{"the bound of the quarter", pipeline.Long, body(pipeline.Paragraph, 600), 150},
		{"no more than 150", pipeline.Long, body(pipeline.Paragraph, 5000), 150},
		{"too short for a quarter", pipeline.Long, body(pipeline.Paragraph, 3), 150},
		{"a lead counts", pipeline.Long, body(pipeline.Lead, 80), 20},
		{"a quotation counts", pipeline.Long, body(pipeline.Quote, 80), 20},
		{"a list item counts", pipeline.Long, body(pipeline.ListItem, 80), 20},
		{"a headline does not", pipeline.Long, body(pipeline.Headline, 80), 150},
		{"boilerplate does not", pipeline.Long, body(pipeline.Boilerplate, 80), 150},
		{"a caption does not", pipeline.Long, body(pipeline.Caption, 80), 150},
		{"no total", pipeline.SummaryLead, body(pipeline.Paragraph, 80), 0},
		{"no such product", pipeline.Product("none"), body(pipeline.Paragraph, 80), 0},
	} {
		if got := TotalWords(tc.p, tc.art); got != tc.want {
			t.Errorf("%s: %d, want %d", tc.name, got, tc.want)
		}
	}
}

func TestM07SentencesThatSayTheSame(t *testing.T) {
	for _, tc := range []struct {
		name  string
		p     pipeline.Product
		texts []string
		want  []string
	}{
		{"the same words", pipeline.KeyPoint, []string{"Divers rescued three children", "Three children rescued by divers"}, []string{"sum.k2"}},
		{"different things", pipeline.KeyPoint, []string{"Divers rescued three children", "The ferry had no radar"}, nil},
		{"one says more", pipeline.KeyPoint, []string{"Divers rescued children", "Divers rescued children while storms raged outside harbours"}, nil},
		{"too short to tell", pipeline.KeyPoint, []string{"Divers came", "Divers came"}, []string{"sum.k2"}},
		{"the third is the first", pipeline.Short, []string{"Divers rescued three children.", "The ferry had no radar.", "Divers rescued three children."}, []string{"sum.s3"}},
		{"each is told once", pipeline.Short, []string{"Divers rescued three children.", "Divers rescued three children.", "Divers rescued three children."}, []string{"sum.s2", "sum.s3"}},
	} {
		fs := SummaryAll(harbour(), sumOf(tc.p, tc.texts...))
		var got []string
		for _, f := range fs {
			if f.Check == "M07" && !slices.Contains(got, f.Span.Sentence) {
				got = append(got, f.Span.Sentence)
			}
			if f.Severity != pipeline.Minor {
				t.Errorf("%s: %+v", tc.name, f)
			}
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %q, want %q", tc.name, got, tc.want)
		}
		vetFindings(t, fs, "")
	}
}

// A headline, a lead and a key point may not be one another word for word; a
// short or long summary may take the lead over.
func TestM07ProductsThatAreOneAnother(t *testing.T) {
	of := func(id string, p pipeline.Product, text string) pipeline.SummarySentence {
		return pipeline.SummarySentence{ID: id, Product: p, Text: text}
	}
	const text = "Divers rescued three children"
	for _, tc := range []struct {
		name  string
		other pipeline.SummarySentence
		want  int
	}{
		{"a key point", of("sum.k1", pipeline.KeyPoint, text), 1},
		{"with a stop", of("sum.k1", pipeline.KeyPoint, text+"."), 1},
		{"in another case", of("sum.k1", pipeline.KeyPoint, strings.ToUpper(text)), 1},
		{"with other spaces", of("sum.k1", pipeline.KeyPoint, "Divers  rescued three children"), 1},
		{"a headline", of("sum.h", pipeline.SummaryHeadline, text), 1},
		{"a short summary may", of("sum.s1", pipeline.Short, text), 0},
		{"a long one may", of("sum.g1", pipeline.Long, text), 0},
		{"other words", of("sum.k1", pipeline.KeyPoint, text+" today"), 0},
	} {
		s := &pipeline.Summary{Sentences: []pipeline.SummarySentence{of("sum.l", pipeline.SummaryLead, text+"."), tc.other}}
		fs := SummaryAll(harbour(), s)
		if len(fs) != tc.want {
			t.Errorf("%s: %+v", tc.name, fs)
		}
		if tc.want == 1 && len(fs) == 1 && (fs[0].Span.Sentence != tc.other.ID || !strings.Contains(fs[0].Message, "sum.l")) {
			t.Errorf("%s: %+v", tc.name, fs[0])
		}
		vetFindings(t, fs, "")
	}
}
