package wire

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxLine bounds one line of a stream.
const maxLine = 1 << 20

var errLine = errors.New("a line of the stream is longer than 1 MiB")

// event is one event of a stream: its type and its data, lines joined by "\n".
type event struct{ kind, data string }

// sse reads server-sent events as the WHATWG HTML standard frames them: lines
// end in LF, CR or CRLF; a byte order mark may come first; data lines of one
// event are joined; comments and unknown fields are skipped.
type sse struct {
	r      *bufio.Reader
	first  bool
	skipLF bool // the last line ended in CR: an LF now belongs to it
}

func newSSE(r io.Reader) *sse { return &sse{r: bufio.NewReader(r), first: true} }

// next gives the next event. It is io.EOF at a clean end; an event that the
// end cuts off is dropped, as the standard says, and io.ErrUnexpectedEOF.
func (s *sse) next() (event, error) {
	var e event
	var data []string
	begun := false
	for {
		line, err := s.line()
		if errors.Is(err, io.EOF) {
			if begun || line != "" {
				return e, io.ErrUnexpectedEOF
			}
			return e, io.EOF
		}
		if err != nil {
			return e, err
		}
		if line == "" {
			if data == nil && e.kind == "" {
				begun = false
				continue
			}
			e.data = strings.Join(data, "\n")
			return e, nil
		}
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch name {
		case "": // a comment: a sign of life
		case "data":
			data, begun = append(data, value), true
		case "event":
			e.kind, begun = value, true
		}
	}
}

// line reads one line without its end. What stands before the end of the
// stream without a line end is given with io.EOF.
func (s *sse) line() (string, error) {
	var b bytes.Buffer
	for {
		c, err := s.r.ReadByte()
		if err != nil {
			return b.String(), err
		}
		if s.skipLF {
			s.skipLF = false
			if c == '\n' {
				continue
			}
		}
		if c == '\n' || c == '\r' {
			s.skipLF = c == '\r'
			line := b.String()
			if s.first {
				s.first = false
				line = strings.TrimPrefix(line, "\ufeff")
			}
			return line, nil
		}
		if b.Len() >= maxLine {
			return "", errLine
		}
		b.WriteByte(c)
	}
}

// decodeError says that an event could not be understood.
func decodeError(data string, err error) error {
	return fmt.Errorf("reading a stream event %q: %w", oneLine(data, 80), err)
}
