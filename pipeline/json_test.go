package pipeline_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/language"

	"dragoman/pipeline"
)

// whole has every field of every type filled in.
func whole() pipeline.Document {
	art := pipeline.Article{
		ID: "lesna", URL: "https://example.com/lesna", DatePublished: time.Date(2021, 5, 3, 9, 30, 0, 0, time.UTC), InLanguage: language.English,
		Body: []pipeline.Block{{ID: "p1", Kind: pipeline.Lead, Sentences: []pipeline.Sentence{{ID: "p1s1", Text: "The port were closed."}}}},
	}
	unit := pipeline.Unit{ID: "p1s1", Source: "The port were closed.", Target: "Порт закрыт.", State: pipeline.Translated, Note: "n"}
	return pipeline.Document{
		Source: &art, Normalized: &art, Corrected: &art,
		Repairs:     []pipeline.Repair{{Rule: "spaces", Start: 1, End: 3, Before: "  ", After: " "}},
		Corrections: []pipeline.Unit{unit},
		Edits: []pipeline.Edit{{
			ID: "e-1", Span: pipeline.Span{Sentence: "p1s1", Start: 9, End: 13}, Before: "were", After: "was",
			Category: "grammar", Reason: "agreement", State: pipeline.Proposed, Held: "C03: a number",
		}},
		Summary:      &pipeline.Summary{Sentences: []pipeline.SummarySentence{{ID: "sum.h", Text: "Lesna closed", Evidence: []string{"p1s1"}, Product: pipeline.SummaryHeadline}}},
		Names:        []pipeline.Name{{Source: "Lesna", Forms: map[string]string{"ru": "Лесна"}, Origin: "model"}},
		Translations: []pipeline.Translation{{Lang: language.Russian, Article: []pipeline.Unit{unit}, Summary: []pipeline.Unit{unit}}},
		Origin:       pipeline.Origin{Author: pipeline.AIAssisted, Model: "m", Reviewer: "editor", Date: time.Date(2021, 5, 4, 0, 0, 0, 0, time.UTC)},
		Findings:     []pipeline.Finding{finding()},
		Trace: []pipeline.Step{{
			Stage: "translate", Lang: "ru", Prompt: "translate/article@1", Digest: "sha256:0", Key: "k", Units: []string{"p1s1"}, Model: "m",
			Temperature: 0.4, Attempt: 2, Usage: pipeline.Usage{InputTokens: 1, OutputTokens: 2, CachedTokens: 3, Known: true},
			Cost: &pipeline.Money{Micros: 5, Currency: "USD"}, Stored: true, DurationMS: 7, Error: "cut",
		}},
	}
}

// fields are the names of a JSON object's fields, in their order.
func fields(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	if _, err := dec.Token(); err != nil {
		t.Fatal(err)
	}
	var names []string
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			t.Fatal(err)
		}
		names = append(names, key.(string))
	}
	return strings.Join(names, " ")
}

// document.json is read by other programs: a field keeps its name, and a field
// that says something when it is empty is always there.
func TestFieldsOfTheDocumentKeepTheirNames(t *testing.T) {
	doc := whole()
	for _, tc := range []struct {
		name              string
		full, empty       any
		wantFull, wantNil string
	}{
		{
			"document", doc,
			pipeline.Document{},
			"source normalized corrected repairs corrections edits summary names translations origin findings trace",
			"source normalized repairs corrections edits names translations origin findings trace",
		},
		{"article", doc.Source, pipeline.Article{}, "id url datePublished inLanguage body", "id inLanguage body"},
		{"block", doc.Source.Body[0], pipeline.Block{}, "id kind sentences", "id kind sentences"},
		{"sentence", doc.Source.Body[0].Sentences[0], pipeline.Sentence{}, "id text", "id text"},
		{"repair", doc.Repairs[0], pipeline.Repair{}, "rule start end before after", "rule start end before after"},
		{"span", doc.Edits[0].Span, pipeline.Span{}, "sentence start end", "sentence start end"},
		{"edit", doc.Edits[0], pipeline.Edit{}, "id span before after category reason state held", "id span before after category reason state"},
		{"unit", doc.Corrections[0], pipeline.Unit{}, "id source target state note", "id source target state"},
		{
			"finding", doc.Findings[0],
			pipeline.Finding{},
			"id check category severity stage lang side span message suggest waived",
			"id check category severity stage side span message",
		},
		{"translation", doc.Translations[0], pipeline.Translation{}, "lang article summary", "lang article summary"},
		{"summary", doc.Summary, pipeline.Summary{}, "sentences", "sentences"},
		{"summary sentence", doc.Summary.Sentences[0], pipeline.SummarySentence{}, "id text evidence product", "id text evidence product"},
		{"name", doc.Names[0], pipeline.Name{}, "source forms origin", "source forms"},
		{"origin", doc.Origin, pipeline.Origin{}, "author model reviewer date", "author model"},
		{"usage", doc.Trace[0].Usage, pipeline.Usage{}, "inputTokens outputTokens cachedTokens known", "inputTokens outputTokens known"},
		{
			"step", doc.Trace[0],
			pipeline.Step{},
			"stage lang prompt digest key units model temperature attempt sent usage cost stored durationMs error",
			"stage prompt digest key model temperature attempt sent usage stored durationMs",
		},
		{"money", doc.Trace[0].Cost, pipeline.Money{}, "micros currency", "micros currency"},
		{"decisions", pipeline.Decisions{}, pipeline.Decisions{}, "edits findings", "edits findings"},
		{"decision", pipeline.Decision{}, pipeline.Decision{}, "state reason", "state reason"},
		{
			"event",
			pipeline.Event{Type: "call", Article: "a", Stage: "s", Lang: "ru", Part: "article", Step: &pipeline.Step{}},
			pipeline.Event{},
			"type article stage lang part done total step", "type stage done total",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := fields(t, tc.full); got != tc.wantFull {
				t.Errorf("full:\n%s, want\n%s", got, tc.wantFull)
			}
			if got := fields(t, tc.empty); got != tc.wantNil {
				t.Errorf("empty:\n%s, want\n%s", got, tc.wantNil)
			}
		})
	}
}

func TestADocumentComesBackAsItWas(t *testing.T) {
	want := whole()
	raw, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got pipeline.Document
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("came back as\n%+v, want\n%+v", got, want)
	}
	again, err := json.Marshal(got)
	if err != nil || string(again) != string(raw) {
		t.Errorf("written again it differs: %v", err)
	}
}

// What a reader noticed is told in the findings, not in the article.
func TestWhatTheReaderNoticedIsNotPartOfTheArticle(t *testing.T) {
	with := whole().Source
	with.Noticed = []pipeline.Finding{finding()}
	if got := fields(t, with); strings.Contains(strings.ToLower(got), "noticed") {
		t.Error(got)
	}
}

func TestWordsInTheJSON(t *testing.T) {
	for _, tc := range []struct{ value, want any }{
		{pipeline.ListItem, "listItem"},
		{pipeline.TableRow, "tableRow"},
		{pipeline.KeyPoint, "keyPoint"},
		{pipeline.SummaryHeadline, "headline"},
		{pipeline.SummaryLead, "lead"},
		{pipeline.SourceSide, "source"},
		{pipeline.TargetSide, "target"},
		{pipeline.AIAutonomous, "ai-autonomous"},
		{pipeline.AIAssisted, "ai-assisted"},
		{pipeline.Pseudo, "pseudo"},
		{pipeline.Authored, "authored"},
		{pipeline.Kept, "kept"},
		{pipeline.Failed, "failed"},
		{pipeline.Critical, "critical"},
		{language.MustParse("zh-hant-tw"), "zh-Hant-TW"},
		{language.Und, "und"},
	} {
		raw, err := json.Marshal(tc.value)
		if err != nil || string(raw) != `"`+tc.want.(string)+`"` {
			t.Errorf("%v: %s, %v", tc.value, raw, err)
		}
	}
}

// An unknown price is no field; a price of nothing is one.
func TestAnUnknownCostIsNotACostOfNothing(t *testing.T) {
	if got := fields(t, pipeline.Step{}); strings.Contains(got, "cost") {
		t.Error(got)
	}
	if got := fields(t, pipeline.Step{Cost: &pipeline.Money{}}); !strings.Contains(got, "cost") {
		t.Error(got)
	}
}
