package batchapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"dragoman/pipeline/llm"
)

// line is one request of a batch, until its answer is in the ledger.
type line struct {
	stem    string // of the id: the same for every attempt of a request
	attempt int    // from 1
	row     []byte // as it stands in the file; nil once that is uploaded
	batch   *batch // nil while the line is gathered
	queue   *queue // nil once it is in a batch

	waiters []chan outcome // one a caller, each with room for its outcome
	held    *answer        // that came while nobody waited
	served  bool           // a caller of this process has had the outcome
	left    bool           // the last caller went, and the batch may be cancelled for it
}

func (l *line) id() string { return l.stem + "-" + strconv.Itoa(l.attempt) }

// outcome is what a caller gets: one of the three.
type outcome struct {
	answer  *answer
	missing string // why the batch has no answer for the line
	err     error  // of the batch; to be copied, see fresh
}

// answer is a line of the output.
type answer struct {
	status  int
	request string // the API's id of the request, or ""
	body    []byte
}

// question is what a chat completion's body becomes.
type question struct {
	stem  string
	model string
	body  []byte // without the fields of streaming
}

// ask makes the body of a line. The stem is a digest of the exchange's key, of
// which answer is wanted, and of the body; so it is the same after a restart.
func ask(body []byte, call *llm.Call) (question, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return question{}, fmt.Errorf("reading the request: %w", err)
	}
	delete(fields, "stream")
	delete(fields, "stream_options")
	var q question
	if err := json.Unmarshal(fields["model"], &q.model); err != nil {
		return question{}, fmt.Errorf("reading the request's model: %w", err)
	}
	var err error
	if q.body, err = encode(fields); err != nil {
		return question{}, fmt.Errorf("writing a line: %w", err)
	}
	h := sha256.New()
	key, afresh := "", 0
	if call != nil {
		key, afresh = call.Key, call.Request.Attempt
	}
	fmt.Fprintf(h, "%d:%s%d:%d:%s", len(key), key, afresh, len(q.body), q.body)
	q.stem = "d" + hex.EncodeToString(h.Sum(nil)[:stemLength/2])
	return q, nil
}

// stemLength is of "d" and 48 hexadecimal digits; with the attempt an id stays
// under the API's 64.
const stemLength = 49

// row is the line as it stands in the file. It ends with the line feed.
func (q question) row(id, path string) ([]byte, error) {
	b, err := encode(struct {
		ID     string          `json:"custom_id"`
		Method string          `json:"method"`
		URL    string          `json:"url"`
		Body   json.RawMessage `json:"body"`
	}{id, "POST", path, q.body})
	return append(b, '\n'), err
}

// encode is compact JSON without HTML escapes, on one line.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimRight(b.Bytes(), "\n"), err
}

// cutID takes a line's id apart.
func cutID(id string) (stem string, attempt int, ok bool) {
	stem, n, found := strings.Cut(id, "-")
	attempt, err := strconv.Atoi(n)
	return stem, attempt, found && err == nil && attempt > 0 && stem != ""
}
