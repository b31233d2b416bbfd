package sqldb

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// A sealed column: one byte of format, a digest, the content compressed.
const (
	sealFormat = 1
	sealDigest = 16 // bytes of SHA-256: enough against chance, and a store is no adversary
	sealHeader = 1 + sealDigest
)

// errDamaged says that a sealed column does not hold what was stored.
var errDamaged = errors.New("the stored content is damaged")

// packer compresses and expands, and keeps what does it: that is large beside
// most of the contents.
type packer struct{ deflaters, inflaters sync.Pool }

// seal packs content that belongs to a row of this name: in another row it
// counts as damaged.
func (p *packer) seal(name string, content []byte) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(sealHeader + len(content)/2 + 64)
	b.WriteByte(sealFormat)
	b.Write(digest(name, content))
	w, _ := p.deflaters.Get().(*flate.Writer)
	if w == nil {
		var err error
		if w, err = flate.NewWriter(nil, flate.BestSpeed); err != nil {
			return nil, err
		}
	}
	defer p.deflaters.Put(w)
	w.Reset(&b)
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// unseal gives the content back, or [errDamaged].
func (p *packer) unseal(name string, sealed []byte) ([]byte, error) {
	if len(sealed) < sealHeader || sealed[0] != sealFormat {
		return nil, errDamaged
	}
	content, err := p.inflate(sealed[sealHeader:])
	if err != nil || !bytes.Equal(digest(name, content), sealed[1:sealHeader]) {
		return nil, errDamaged
	}
	return content, nil
}

func (p *packer) inflate(b []byte) ([]byte, error) {
	r, _ := p.inflaters.Get().(io.ReadCloser)
	if r == nil {
		r = flate.NewReader(bytes.NewReader(b))
	} else if err := r.(flate.Resetter).Reset(bytes.NewReader(b), nil); err != nil {
		return nil, err
	}
	defer p.inflaters.Put(r)
	return io.ReadAll(r)
}

func digest(name string, content []byte) []byte {
	h := sha256.New()
	fmt.Fprintf(h, "%d:%s", len(name), name)
	h.Write(content)
	return h.Sum(nil)[:sealDigest]
}

// text is a string in a column of text. Any string goes: what PostgreSQL does
// not take as text (a NUL, bytes that are no UTF-8) is written quoted, behind
// a byte that marks it.
type text string

// quoted marks a text that is written quoted.
const quoted = "\x01"

// Value writes the column.
func (t text) Value() (driver.Value, error) {
	s := string(t)
	if utf8.ValidString(s) && !strings.Contains(s, "\x00") && !strings.HasPrefix(s, quoted) {
		return s, nil
	}
	return quoted + strconv.QuoteToASCII(s), nil
}

// Scan reads the column.
func (t *text) Scan(v any) error {
	var s string
	switch v := v.(type) {
	case string:
		s = v
	case []byte:
		s = string(v)
	default:
		return fmt.Errorf("a column of text holds %T", v)
	}
	if q, ok := strings.CutPrefix(s, quoted); ok {
		plain, err := strconv.Unquote(q)
		if err != nil {
			return fmt.Errorf("reading a quoted text: %w", err)
		}
		s = plain
	}
	*t = text(s)
	return nil
}
