package facts_test

import (
	"testing"

	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

type mentioning struct {
	loc        *locale.Locale
	text, want string
}

func TestNegations(t *testing.T) {
	for _, c := range []mentioning{
		{en, "The boat sank.", ""},
		{en, "The boat did not sink.", "not"},
		{en, "No boat sank, and nobody cared.", "No | nobody"},
		{en, "It didn't sink; it couldn’t.", "didn't | couldn’t"},
		{en, "Neither boat nor crew returned without help.", "Neither | nor | without"},
		{en, "They cannot swim and never will.", "cannot | never"},
		{en, "A notable knot in Norway.", ""},
		{ru, "Лодка затонула.", ""},
		{ru, "Лодка не затонула.", "не"},
		{ru, "Никто ничего не видел.", "Никто | ничего | не"},
		{ru, "Без лодки нельзя.", "Без | нельзя"},
		{ru, "Небо над Невой.", ""},
		{tr, "Tekne battı.", ""},
		{tr, "Bu bir tekne değil.", "değil"},
		{tr, "Hiçbir tekne yok.", "Hiçbir | yok"},
		{tr, "HİÇBİR tekne YOK.", "HİÇBİR | YOK"},
	} {
		if got := mentionsIn(t, c.text, facts.Negations(c.text, c.loc)); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
	if ms := facts.Negations("They DIDN'T go.", en); len(ms) != 1 || ms[0].Key != "n't" {
		t.Errorf("the key of a contraction: %+v", ms)
	}
}

func TestHedges(t *testing.T) {
	for _, c := range []mentioning{
		{en, "The boat sank.", ""},
		{en, "The boat allegedly sank.", "allegedly"},
		{en, "Perhaps the boat may be lost.", "Perhaps | may"},
		{en, "The crew is believed to be safe.", "believed to"},
		{en, "The boat appears to be lost.", "appears to"},
		{en, "They believed him.", ""},
		{en, "It is believed to possibly sink.", "believed to | possibly"},
		{ru, "Лодка затонула.", ""},
		{ru, "Лодка якобы затонула.", "якобы"},
		{ru, "Скорее всего, лодка затонула.", "Скорее всего"},
		{ru, "По некоторым данным, лодка цела.", "По некоторым данным"},
		{ru, "Вероятность мала.", "Вероятность"}, // вероятн*
		{tr, "Tekne battı.", ""},
		{tr, "Tekne muhtemelen battı.", "muhtemelen"},
		{tr, "Belki tekne batmıştır.", "Belki"},
		{tr, "Teknenin battığı öne sürülüyor.", "öne sürülüyor"},
		{tr, "Batmış olabilir.", "olabilir"},
	} {
		if got := mentionsIn(t, c.text, facts.Hedges(c.text, c.loc)); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

func TestAttributions(t *testing.T) {
	for _, c := range []mentioning{
		{en, "The boat sank.", ""},
		{en, "The boat sank, she said.", "said"},
		{en, "According to the crew, it sank.", "According to"},
		{en, "He told reporters that it sank.", "told reporters"},
		{en, "He told them and warned others.", "told | warned"},
		{ru, "Лодка затонула.", ""},
		{ru, "Лодка затонула, сказала она.", "сказала"},
		{ru, "Капитан сообщил и добавил.", "сообщил | добавил"},
		{ru, "Согласно отчёту, лодка цела.", "Согласно"},
		{tr, "Tekne battı.", ""},
		{tr, "Tekne battı, dedi.", "dedi"},
		{tr, "Kaptan açıkladı ve ekledi.", "açıkladı | ekledi"},
	} {
		if got := mentionsIn(t, c.text, facts.Attributions(c.text, c.loc)); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

// The key of a phrase is in lower case by the rules of its language.
func TestMentionKeys(t *testing.T) {
	for _, c := range []struct {
		ms   []facts.Mention
		want string
	}{
		{facts.Attributions("According To the crew", en), "according to"},
		{facts.Hedges("ALLEGEDLY", en), "allegedly"},
		{facts.Negations("НЕ", ru), "не"},
		{facts.Negations("HİÇBİR", tr), "hiçbir"},
		{facts.Attributions("AÇIKLADI", tr), "açıkladı"},
	} {
		if len(c.ms) != 1 || c.ms[0].Key != c.want {
			t.Errorf("%+v, want the key %q", c.ms, c.want)
		}
	}
}

// A phrase may run to the very end of a text, and not over it.
func TestPhraseAtTheEnd(t *testing.T) {
	if got := facts.Hedges("sank, it is believed to", en); len(got) != 1 || got[0].Text != "believed to" {
		t.Errorf("%+v", got)
	}
	if got := facts.Hedges("sank, it is believed", en); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}
