package setting

import (
	"fmt"
	"testing"
)

func TestTexts(t *testing.T) {
	say := func(v any, err error) string {
		if err != nil {
			return "error"
		}
		return fmt.Sprint(v)
	}
	for _, test := range []struct{ kind, in, want string }{
		{"whole", "1_000", "1000"},
		{"whole", "0", "error"},
		{"whole", "1.5", "error"},
		{"switch", "true", "true"},
		{"switch", "on", "error"},
		{"languages", "tr, ru", "[tr ru]"},
		{"languages", "ru,ru", "error"},
		{"languages", "", "error"},
		{"severity", "MINOR", "minor"},
		{"severity", "loud", "error"},
		{"money", ".5", "0.5000 USD"},
		{"money", "2 eur", "2.0000 EUR"},
		{"money", "1 dollar", "error"},
		{"money", "0.0000001", "error"},
		{"money", "0", "error"},
	} {
		var got string
		switch test.kind {
		case "whole":
			n, err := Whole(test.in)
			got = say(n, err)
		case "switch":
			b, err := Switch(test.in)
			got = say(b, err)
		case "languages":
			l, err := Languages(test.in)
			got = say(l, err)
		case "severity":
			s, err := Severity(test.in)
			got = say(s, err)
		case "money":
			m, err := Money(test.in)
			got = say(m, err)
		}
		if got != test.want {
			t.Errorf("%s %q: got %s, want %s", test.kind, test.in, got, test.want)
		}
	}
}

func TestNearest(t *testing.T) {
	names := []string{"max-items", "max-tokens", "webhook", "feed"}
	for in, want := range map[string]string{"max_items": "max-items", "Feed": "feed", "webhok": "webhook", "maxtoken": "max-tokens", "colour": "", "feet": "feed"} {
		if got := Nearest(in, names); got != want {
			t.Errorf("%s: got %q, want %q", in, got, want)
		}
	}
}
