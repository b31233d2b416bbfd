package sqldb

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestRebind(t *testing.T) {
	const query = "SELECT a FROM b WHERE (c, d) > (?, ?) LIMIT ?"
	for numbered, want := range map[bool]string{false: query, true: "SELECT a FROM b WHERE (c, d) > ($1, $2) LIMIT $3"} {
		d := Dialect{Numbered: numbered}
		if got := d.rebind(query); got != want {
			t.Errorf("numbered %v: %s", numbered, got)
		}
	}
}

// Whatever a string holds, it comes back as it was, and what is stored is text
// that PostgreSQL takes.
func FuzzText(f *testing.F) {
	for _, s := range []string{"", "Чехов", "a\x00b", "\xff", "\x01", "\x01\"x\"", "\\x00", "\U0010ffff\ufeff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := text(s).Value()
		stored, ok := v.(string)
		if err != nil || !ok || strings.Contains(stored, "\x00") || strings.ToValidUTF8(stored, "") != stored {
			t.Fatalf("%q is stored as %q, %v", s, v, err)
		}
		for _, column := range []any{stored, []byte(stored)} {
			var back text
			if err := back.Scan(column); err != nil || string(back) != s {
				t.Errorf("%q came back as %q, %v", s, back, err)
			}
		}
	})
}

func TestBadText(t *testing.T) {
	for _, column := range []any{"\x01no quotes", int64(1), nil} {
		var back text
		if err := back.Scan(column); err == nil {
			t.Errorf("%v was read as %q", column, back)
		}
	}
}

// A sealed content comes back, and no changed byte goes unnoticed.
func TestSeal(t *testing.T) {
	var p packer
	for _, content := range [][]byte{{}, {0}, []byte(strings.Repeat("Москва ", 100))} {
		sealed, err := p.seal("row", content)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := p.unseal("row", sealed); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%q came back as %q, %v", content, got, err)
		}
		if _, err := p.unseal("other", sealed); err == nil {
			t.Error("the content of one row was taken for another's")
		}
		for i := range sealed {
			for bit := range 8 {
				bad := bytes.Clone(sealed)
				bad[i] ^= 1 << bit
				// The last bits of a byte after the end of the compressed data mean nothing.
				if got, err := p.unseal("row", bad); err == nil && !bytes.Equal(got, content) {
					t.Errorf("bit %d of byte %d went unnoticed", bit, i)
				}
			}
			if _, err := p.unseal("row", sealed[:i]); err == nil && i < len(sealed)-1 {
				t.Errorf("cut at %d it was read", i)
			}
		}
	}
}

func TestSpan(t *testing.T) {
	for _, c := range []struct {
		n, perMinute int64
		want         time.Duration
	}{
		{1, 600, 100 * time.Millisecond},
		{1, 60, time.Second},
		{90_000, 90_000, time.Minute},
		{1, 7, 8571428572}, // rounded up: never faster than the rate
	} {
		if got := time.Duration(span(c.n, c.perMinute)); got != c.want {
			t.Errorf("%d of %d a minute last %v", c.n, c.perMinute, got)
		}
	}
	if s := span(1<<62, 1); s <= 0 || later(later(s, s), s) <= 0 {
		t.Error("time overflows")
	}
}

func TestMoments(t *testing.T) {
	for _, at := range []time.Time{{}, time.Date(2026, 11, 28, 1, 2, 3, 456789012, time.UTC)} {
		if got := moment(stamp(at)); !got.Equal(at) {
			t.Errorf("%v came back as %v", at, got)
		}
	}
}
