package check

import (
	"testing"

	"golang.org/x/text/language"

	"dragoman/pipeline"
)

// An answer that stands two sentences from where it belongs is found in the
// whole edition; good answers are left alone.
func TestAnAnswerThatWasMovedIsFound(t *testing.T) {
	unit := func(id, source, target string) pipeline.Unit {
		return pipeline.Unit{ID: id, Source: source, Target: target, State: pipeline.Translated}
	}
	const (
		reporter = "A Hurriyet reporter said the attacker chanted slogans."
		visit    = "Minister Çavuşoğlu meets Sergei Lavrov and Javad Zarif in 2016."
	)
	good := []pipeline.Unit{
		unit("p1s1", reporter, "Корреспондент «Хюрриет» сообщил, что нападавший выкрикивал лозунги."),
		unit("p1s2", "Later he left the hall.", "Позже он покинул зал."),
		unit("p1s3", "Nobody followed him.", "Никто за ним не пошел."),
		unit("p1s4", visit, "Министр Чавушоглу встречается с Сергеем Лавровым и Джавадом Зарифом в 2016 году."),
	}
	edition := func(us []pipeline.Unit) []pipeline.Finding {
		return Edition(&pipeline.Document{}, &pipeline.Translation{Lang: language.Russian, Article: us})
	}
	if got := edition(good); len(got) != 0 {
		t.Errorf("the good edition: %+v", got)
	}
	moved := append([]pipeline.Unit{}, good...)
	moved[0].Target = "Министр Чавушоглу посетит встречу с Сергеем Лавровым и Зарифом в 2016 году."
	got := edition(moved)
	if len(got) != 1 || got[0].Check != "T22" || got[0].Severity != pipeline.Major || got[0].Span.Sentence != "p1s1" {
		t.Errorf("%+v", got)
	}
}
