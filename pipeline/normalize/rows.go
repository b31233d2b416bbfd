package normalize

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"golang.org/x/text/language"

	"dragoman/pipeline"
	"dragoman/pipeline/locale"
	"dragoman/pipeline/segment"
)

// maxRow is the longest line that Rows reads, in bytes.
const maxRow = 16 << 20

// rowIn is one line that Rows reads.
type rowIn struct {
	ID   json.RawMessage `json:"id"`
	Text *string         `json:"text"`
	Lang string          `json:"lang"`
}

// rowOut is one line that Rows writes.
type rowOut struct {
	ID        json.RawMessage   `json:"id"`
	Text      string            `json:"text"`
	Sentences []string          `json:"sentences"`
	Edits     []pipeline.Repair `json:"edits"`
}

// Rows normalizes JSON Lines: each line of in is an object with "id", "text"
// and, unless the text is English, "lang" (BCP 47). The text is a running one:
// no header or footer grammar. For each line it writes one with the "id", the
// normalized "text", its "sentences", which together cover the text, and the
// "edits" ("rule", "start", "end", "before", "after"; offsets are UTF-8 bytes
// of the text read). Blank lines are skipped. The error names the line, is a
// *pipeline.Error with code Invalid, and comes after all lines before it were
// written.
func Rows(ctx context.Context, in io.Reader, out io.Writer) error {
	sc := bufio.NewScanner(in)
	sc.Buffer(make([]byte, 64<<10), maxRow)
	w := bufio.NewWriter(out)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	n := 0
	for sc.Scan() {
		n++
		if err := ctx.Err(); err != nil {
			return errors.Join(err, w.Flush())
		}
		if len(bytes.TrimSpace(sc.Bytes())) == 0 {
			continue
		}
		row, err := normalizeRow(sc.Bytes())
		if err != nil {
			return errors.Join(rowError(n, err), w.Flush())
		}
		if err := enc.Encode(row); err != nil {
			return fmt.Errorf("writing line %d: %w", n, err)
		}
	}
	if err := sc.Err(); err != nil {
		return errors.Join(rowError(n+1, err), w.Flush())
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("writing rows: %w", err)
	}
	return nil
}

func rowError(line int, err error) error {
	return &pipeline.Error{
		Code: pipeline.Invalid, Stage: stage, Unit: fmt.Sprintf("line %d", line), Err: err,
		Hint: `each line is an object such as {"id": "1", "text": "…", "lang": "en"}`,
	}
}

// normalizeRow does one line.
func normalizeRow(line []byte) (rowOut, error) {
	var in rowIn
	if err := json.Unmarshal(line, &in); err != nil {
		return rowOut{}, fmt.Errorf("reading the row: %w", err)
	}
	if in.Text == nil {
		return rowOut{}, errors.New(`the row has no "text"`)
	}
	if in.ID == nil {
		in.ID = json.RawMessage("null")
	}
	loc := locale.English
	if in.Lang != "" {
		tag, err := language.Parse(in.Lang)
		if err != nil {
			return rowOut{}, fmt.Errorf("reading the language %q: %w", in.Lang, err)
		}
		known, ok := locale.For(tag)
		if !ok {
			return rowOut{}, fmt.Errorf("the language %q is not known here", in.Lang)
		}
		loc = known
	}
	text, edits := clean(*in.Text, &scope{loc: loc, evidence: evidence(*in.Text)})
	if edits == nil {
		edits = []pipeline.Repair{}
	}
	return rowOut{ID: in.ID, Text: text, Sentences: segment.Texts(text, loc), Edits: edits}, nil
}
