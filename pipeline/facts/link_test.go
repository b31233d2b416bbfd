package facts_test

import (
	"strings"
	"testing"

	"dragoman/pipeline/facts"
)

func linksIn(text string) string {
	var out []string
	for _, k := range facts.URLs(text) {
		if text[k.Start:k.End] != k.Text {
			return "span of " + k.Text + " is wrong"
		}
		out = append(out, k.Text)
	}
	return strings.Join(out, " | ")
}

func TestLinks(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"No address here.", ""},
		{"See https://example.org/a/b?c=d#e for more.", "https://example.org/a/b?c=d#e"},
		{"See HTTPS://EXAMPLE.ORG now.", "HTTPS://EXAMPLE.ORG"},
		{"See http://example.org.", "http://example.org"},
		{"See http://example.org/, then rest.", "http://example.org/"},
		{"See (http://example.org/a).", "http://example.org/a"},
		{"See http://example.org/a_(b) now.", "http://example.org/a_(b)"},
		{"See “http://example.org”!", "http://example.org"},
		{"See «http://example.org»…", "http://example.org"},
		{"See <http://example.org>.", "http://example.org"},
		{"Is it http://example.org?", "http://example.org"},
		{"See www.example.org today.", "www.example.org"},
		{"Get ftp://example.org/x.zip.", "ftp://example.org/x.zip"},
		{"Write to crew@example.org.", "crew@example.org"},
		{"Write to first.mate+boat@mail.example.co.uk, please.", "first.mate+boat@mail.example.co.uk"},
		{"Write to 2crew@example.org.", "2crew@example.org"},
		{"Write to crew@harbour.", ""},
		{"Follow @harbour_news now.", "@harbour_news"},
		{"Follow @harbour_news.", "@harbour_news"},
		{"Tagged #Storm2016, #ветер and #rüzgâr.", "#Storm2016 | #ветер | #rüzgâr"},
		{"He is #1 and pays @ 5.", ""},
		{"a@b and c # d", ""},
		{"http://a.example and www.b.example", "http://a.example | www.b.example"},
		{"Их адрес: crew@example.org, сайт www.example.org", "crew@example.org | www.example.org"},
		{"The what and the how, with wind.", ""},
	} {
		if got := linksIn(c.text); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

// A figure in an address is no number of the text.
func TestNoNumbersInLinks(t *testing.T) {
	for _, text := range []string{
		"See http://example.org/2016/12/19.", "It is tagged #Storm2016 by @crew42.", "They write to crew7@example.org.",
	} {
		if ns := facts.Numbers(text, en); len(ns) != 0 {
			t.Errorf("%q: %s", text, firsts(ns))
		}
		if ns := facts.Names(text, en); len(ns) != 0 {
			t.Errorf("%q: names %+v", text, ns)
		}
	}
}
