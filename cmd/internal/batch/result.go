package batch

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
	"dragoman/pipeline/writer"
)

// The files of a batch in its output folder.
const (
	resultsFile    = "results.jsonl"
	reportJSON     = "report.json"
	reportMarkdown = "report.md"
	reportHTML     = "index.html"
)

// Result is the account of one article, as its row in the store keeps it.
type Result struct {
	Headline  string                    `json:"headline"`  // of the article, for lists
	Sentences int                       `json:"sentences"` // expected, of all stages and languages together
	Done      int                       `json:"done"`      // of them, with an accepted answer or kept by rule
	Failed    int                       `json:"failed"`    // of them, without one
	Findings  map[pipeline.Severity]int `json:"findings"`  // open ones
	Waived    int                       `json:"waived"`    // findings a person has waived
	Asked     writer.Tally              `json:"asked"`     // calls made
	Stored    writer.Tally              `json:"stored"`    // calls answered from stored replies
	Models    string                    `json:"models"`    // that really answered
	Languages []string                  `json:"languages"` // of the editions, BCP 47
	Bytes     int64                     `json:"bytes"`     // length of document.json; 0 where there is none
	Error     *Problem                  `json:"error"`     // why it failed or stopped; null where all is well
}

// Problem is an error in a report.
type Problem struct {
	Code    pipeline.Code `json:"code"` // "" for an error of no class
	Message string        `json:"message"`
	Hint    string        `json:"hint,omitempty"`
}

// ProblemOf is an error for a report; nil for none.
func ProblemOf(err error) *Problem {
	if err == nil {
		return nil
	}
	p := &Problem{Code: pipeline.CodeOf(err), Message: err.Error()}
	if e, ok := errors.AsType[*pipeline.Error](err); ok {
		p.Hint = e.Hint
	}
	return p
}

// ResultOf is the account of a document, and of the error that ended its work
// early, if one did.
func ResultOf(doc *pipeline.Document, err error) *Result {
	r := Failure(err)
	if doc == nil {
		return r
	}
	a := writer.AccountOf(doc)
	for _, s := range a.Stages {
		r.Sentences += s.Total
		r.Done += s.Done + s.Kept
		r.Failed += s.Failures() + len(s.Missing)
	}
	r.Findings, r.Waived, r.Asked, r.Stored, r.Models = a.Findings, a.Waived, a.Asked, a.Stored, doc.Origin.Model
	if doc.Normalized != nil {
		r.Headline = doc.Normalized.First(pipeline.Headline)
	}
	for _, t := range doc.Translations {
		r.Languages = append(r.Languages, t.Lang.String())
	}
	return r
}

// Failure is the account of an article that nothing came of.
func Failure(err error) *Result {
	return &Result{
		Findings: map[pipeline.Severity]int{}, Languages: []string{}, Error: ProblemOf(err),
		Asked: writer.Tally{Usage: pipeline.Usage{Known: true}}, Stored: writer.Tally{Usage: pipeline.Usage{Known: true}},
	}
}

// JSON is the result as it is stored.
func (r *Result) JSON() json.RawMessage { return canonical(r) }

// Finish puts a finished article into its row: the account, the document, and
// its digest for Written once the files are there. A document that did not come
// about leaves what an earlier run came to. Where the row holds an edition of
// an earlier text of the article, the document gets its Revision.
func Finish(row *store.Document, state store.DocState, doc *pipeline.Document, err error) (written string, _ error) {
	r := ResultOf(doc, err)
	row.State = state
	if doc != nil {
		revise(row, doc)
		var b bytes.Buffer
		if err := writer.JSON(&b, doc); err != nil {
			return "", fmt.Errorf("writing document.json: %w", err)
		}
		r.Bytes = int64(b.Len())
		row.Result = b.Bytes()
		written = resultDigest(b.Bytes())
	}
	row.Report = r.JSON()
	return written, nil
}

// resultOf reads the account of a row; a row without one has an empty account.
func resultOf(d *store.Document) *Result {
	r := Failure(nil)
	if len(d.Report) > 0 {
		if err := json.Unmarshal(d.Report, r); err != nil {
			r.Error = &Problem{Message: "the account of this article in the store is damaged: " + err.Error(), Hint: "run the batch again"}
		}
	}
	return r
}

// Stored reads the document of a row that was got whole, and gives its digest
// for Written once its files are there again.
func Stored(row *store.Document) (doc *pipeline.Document, written string, err error) {
	if row == nil || len(row.Result) == 0 {
		return nil, "", errors.New("reading the stored result: there is none")
	}
	doc, err = writer.ReadJSON(bytes.NewReader(row.Result))
	if err != nil {
		return nil, "", fmt.Errorf("reading the stored result of %s: %w", row.ID, err)
	}
	return doc, resultDigest(row.Result), nil
}

// resultDigest is what Document.Written has of a document.json.
func resultDigest(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}
