package wire

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/strict"
)

// maxRatio bounds what one compressed byte may become, past the first MiB.
const maxRatio = 200

// decompressed undoes gzip, which some gateways send unasked, within bounds.
func decompressed(h http.Header, body io.Reader) (io.Reader, error) {
	switch e := strings.ToLower(strings.TrimSpace(h.Get("Content-Encoding"))); e {
	case "", "identity":
		return &limited{r: body, left: maxBody}, nil
	case "gzip", "x-gzip":
		in := &counted{r: body}
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("reading a gzip reply: %w", noEOF(err))
		}
		return &limited{r: z, left: maxBody, in: in}, nil
	default:
		return nil, fmt.Errorf("the reply has content encoding %q, which was not asked for", oneLine(e, 40))
	}
}

func decoded(h http.Header, body io.Reader, max int64) ([]byte, error) {
	r, err := decompressed(h, body)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(r, max))
}

type counted struct {
	r io.Reader
	n int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// limited ends a body that is too large with errSize.
type limited struct {
	r    io.Reader
	left int64
	out  int64
	in   *counted
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	l.out += int64(n)
	if l.out > l.left || l.in != nil && l.out > 1<<20 && l.out > l.in.n*maxRatio {
		return 0, errSize
	}
	return n, err
}

// noEOF keeps a cut body from looking like a clean end.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// readReply reads a stream or a plain completion, whichever came. The reply is
// never nil.
func readReply(body io.Reader, h http.Header, req llm.Request) (*reply, error) {
	r := bufio.NewReader(body)
	kind, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	first, err := firstByte(r)
	switch {
	case err != nil && errors.Is(err, io.EOF):
		return &reply{}, cut(pipeline.BadOutput, errors.New("the reply is empty"))
	case err != nil:
		return &reply{}, cut(pipeline.Truncated, err)
	case first == '{':
		return readPlain(r)
	case first == '<':
		b, _ := io.ReadAll(io.LimitReader(r, maxErrorBody))
		return &reply{}, fail(pipeline.BadOutput, "check the base URL: this looks like a web page, not an OpenAI-compatible address",
			&Failure{Message: "the reply is HTML: " + oneLine(string(b), 120), Retryable: true})
	case kind == "text/event-stream", first == 'd', first == 'e', first == ':', first == 'i', first == 'r':
		return readStream(r, req)
	}
	b, _ := io.ReadAll(io.LimitReader(r, maxErrorBody))
	return &reply{}, cut(pipeline.BadOutput, fmt.Errorf("the reply is no completion: %q", oneLine(string(b), 120)))
}

// firstByte is the first byte that is not white space or a byte order mark; it
// is left unread.
func firstByte(r *bufio.Reader) (byte, error) {
	for n := 1; n < r.Size(); n++ {
		b, err := r.Peek(n)
		rest := bytes.TrimLeft(bytes.TrimPrefix(b, []byte("\ufeff")), " \t\r\n")
		if len(rest) > 0 && (rest[0] != 0xEF || n > 3) {
			return rest[0], nil
		}
		if err != nil {
			return 0, err
		}
	}
	return 0, errors.New("the reply begins with nothing but white space")
}

func readPlain(r io.Reader) (*reply, error) {
	out := &reply{}
	b, err := io.ReadAll(r)
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	if err != nil {
		return out, cut(pipeline.Truncated, err)
	}
	c, err := decodeChunk(b)
	if err != nil {
		return out, cut(pipeline.BadOutput, fmt.Errorf("reading the reply: %w", noEOF(err)))
	}
	if c.failed() {
		return out, errorBody(b)
	}
	out.add(c)
	return out, nil
}

func readStream(r io.Reader, req llm.Request) (*reply, error) {
	out := &reply{}
	events := newSSE(r)
	watch := loops{sent: sentText(req)}
	most := 0
	if req.MaxTokens > 0 {
		most = req.MaxTokens + req.MaxTokens/5 + 64 // no chunk carries less than a token
	}
	for {
		e, err := events.next()
		if errors.Is(err, io.EOF) || err != nil && out.finish != "" {
			return out, nil // settle wants to see a finish reason
		}
		if err != nil {
			return out, cut(pipeline.Truncated, err)
		}
		data := strings.TrimSpace(e.data)
		switch {
		case e.kind == "error":
			return out, errorBody([]byte(data))
		case data == "[DONE]":
			out.done = true
			return out, nil
		case data == "":
			continue
		}
		c, err := decodeChunk([]byte(data))
		if err != nil {
			return out, cut(pipeline.BadOutput, decodeError(data, noEOF(err)))
		}
		if c.failed() {
			return out, errorBody([]byte(data))
		}
		out.add(c)
		switch {
		case out.finish == "" && watch.certain(out.text.String()):
			out.finish = string(llm.Loop)
			return out, nil
		case out.finish == "" && most > 0 && out.pieces > most:
			out.finish = string(llm.Length)
			return out, nil
		}
	}
}

// decodeChunk decodes one JSON object, wholly: bytes that are no UTF-8, a key
// that stands twice, and anything after the object are errors.
func decodeChunk(b []byte) (*chunk, error) {
	if !utf8.Valid(b) {
		return nil, errors.New("the reply is not UTF-8")
	}
	if err := strict.Check(b); err != nil {
		return nil, err
	}
	c := &chunk{}
	if err := json.Unmarshal(b, c); err != nil {
		return nil, err
	}
	return c, nil
}

// cut is the error of a reply that broke off or cannot be read: it was perhaps
// paid, and another attempt may bring it whole.
func cut(code pipeline.Code, err error) error {
	retry := true
	if errors.Is(err, errSize) || errors.Is(err, errLine) {
		code, retry = pipeline.BadOutput, false
	}
	return fail(code, "", &Failure{Message: noEOF(err).Error(), Err: noEOF(err), MaybePaid: true, Retryable: retry})
}

func sentText(req llm.Request) string {
	var b strings.Builder
	for _, m := range req.Messages {
		b.WriteString(m.Content)
		b.WriteByte('\n')
	}
	return b.String()
}

// oneLine is a text for messages: no control characters, white space single,
// at most max runes.
func oneLine(s string, max int) string {
	s = strings.ToValidUTF8(s[:min(len(s), 16*max)], "\ufffd")
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
	}), " ")
	if r := []rune(s); len(r) > max {
		return string(r[:max-1]) + "…"
	}
	return s
}

func firstOf(h http.Header, names ...string) string {
	for _, n := range names {
		if v := h.Get(n); v != "" {
			return oneLine(v, 100)
		}
	}
	return ""
}
