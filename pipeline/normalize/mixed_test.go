package normalize

import (
	"strings"
	"testing"

	"dragoman/pipeline"
	"dragoman/pipeline/reader"
)

// An English article that quotes a paragraph of Russian is an English article;
// the paragraph is pointed at.
func TestAPassageInAnotherLanguageIsAFinding(t *testing.T) {
	const text = "The mayor of Lesna read a statement to reporters on Monday, and the council listened in silence to what he had to say about the port.\n\n" +
		"Порт будет закрыт до пятницы, сообщил мэр города на встрече с журналистами.\n\n" +
		"The statement was later translated for the foreign press, and the ferry company said it would use the old quay in the meantime.\n"
	arts, err := reader.Text(strings.NewReader(text), "lesna.txt")
	if err != nil {
		t.Fatal(err)
	}
	res, err := Article(arts[0])
	if err != nil {
		t.Fatal(err)
	}
	var at []string
	for _, f := range res.Findings {
		if f.Check == "N07" {
			at = append(at, f.Span.Sentence)
		}
	}
	if len(at) != 1 || at[0] != "p2s1" {
		t.Errorf("N07 at %v", at)
	}
	russian := strings.Repeat("Порт будет закрыт до пятницы, сообщил мэр города на встрече с журналистами. ", 4)
	arts, err = reader.Text(strings.NewReader(russian), "port.txt")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Article(arts[0]); pipeline.CodeOf(err) != pipeline.Invalid || !strings.Contains(err.Error(), "Russian") {
		t.Errorf("a Russian article: %v", err)
	}
}
