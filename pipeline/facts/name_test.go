package facts_test

import (
	"strings"
	"testing"

	"dragoman/pipeline/facts"
)

func TestNamesOfASentence(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"nobody has a name here", ""},
		{"The harbour was empty.", ""},
		{"Yesterday the harbour was empty.", ""},
		{"The sailor Pavel Drozdov arrived.", "Pavel Drozdov"},
		{"They met Drozdov and Lena Marsh in the port.", "Drozdov | Lena Marsh"},
		{"They met J. R. Marsh in the port.", "Marsh"},
		{"They met John F. Marsh.", "John F. Marsh"},
		{"They met Ludwig van der Berg in town.", "Ludwig van der Berg"},
		{"They met Omar al Hadi in town.", "Omar al Hadi"},
		{"They met Jean-Luc Moreau there.", "Jean-Luc Moreau"},
		{"They met O'Brien there.", "O'Brien"},
		{"They took Lena Marsh's boat.", "Lena Marsh"},
		{"They took Lena Marsh’s boat.", "Lena Marsh"},
		{"Lena Marsh's Boat sank.", "Lena Marsh | Boat"},
		{"Drozdov arrived.", "Drozdov"},
		{"“Drozdov arrived,” she said.", "Drozdov"},
		{"She had it from Drozdov.", "Drozdov"},
		{"On Monday and in December they met.", ""},
		{"The Russian and Turkish crews met.", ""},
		{"President Drozdov and Mr. Marsh met.", "Drozdov | Marsh"},
		{"I met him. I'm glad.", ""},
		{"They joined the Harbour Safety Board.", "Harbour Safety Board"},
		{"the Bank of Oslo", "Bank | Oslo"},
		{"It sails to Oslo, Bergen and Narvik.", "Oslo | Bergen | Narvik"},
		{"Don't go. Can't stay.", ""},
		{"Çağrı Yıldırım sailed.", "Çağrı Yıldırım"},
	} {
		if got := namesIn(t, c.text, facts.Names(c.text, en)); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

func TestNameParts(t *testing.T) {
	for text, want := range map[string]string{
		"They met Ludwig van der Berg.": "Ludwig Berg",
		"They met J. R. Marsh.":         "Marsh",
		"They met Lena Marsh’s aunt.":   "Lena Marsh",
		"They met Jean-Luc Moreau.":     "Jean Luc Moreau",
		"They met O'Brien.":             "O'Brien",
	} {
		ns := facts.Names(text, en)
		if len(ns) != 1 || strings.Join(ns[0].Parts, " ") != want {
			t.Errorf("%q: %+v, want parts %q", text, ns, want)
		}
	}
}

func TestNameAtTheStartOfASentence(t *testing.T) {
	for _, c := range []struct {
		text    string
		initial bool
	}{
		{"Drozdov arrived.", true},
		{"It rained. Drozdov arrived.", true},
		{"“Drozdov arrived,” she said.", true},
		{"She asked: Drozdov or nobody?", true},
		{"(Drozdov) or nobody.", true},
		{"Then came Drozdov.", false},
		{"Then, Drozdov came.", false},
		{"Then Mr. Drozdov came.", false},
		{"Then J. Drozdov came.", false},
	} {
		ns := facts.Names(c.text, en)
		if len(ns) == 0 || ns[len(ns)-1].Initial != c.initial {
			t.Errorf("%q: %+v, want Initial %v", c.text, ns, c.initial)
		}
	}
}

func TestTitledNames(t *testing.T) {
	for _, c := range []struct {
		text   string
		titled bool
	}{
		{"They met Mr. Drozdov.", true},
		{"They met Mr Drozdov.", true},
		{"They met President Drozdov.", true},
		{"They met the ambassador Drozdov.", true},
		{"They met Drozdov.", false},
		{"They met the sailor Drozdov.", false},
	} {
		ns := facts.Names(c.text, en)
		if len(ns) != 1 || ns[0].Text != "Drozdov" || ns[0].Titled != c.titled {
			t.Errorf("%q: %+v, want Titled %v", c.text, ns, c.titled)
		}
	}
}

func TestPlaces(t *testing.T) {
	for _, c := range []struct {
		text, name string
		place      bool
	}{
		{"They sailed to Turkey.", "Turkey", true},
		{"They left Turkey's coast.", "Turkey", true},
		{"They sailed to Moscow.", "Moscow", true},
		{"They sailed to New York.", "New York", true},
		{"They sailed to Drozdovsk.", "Drozdovsk", false},
	} {
		ns := facts.Names(c.text, en)
		if len(ns) != 1 || ns[0].Text != c.name || ns[0].Place != c.place {
			t.Errorf("%q: %+v, want place %v", c.text, ns, c.place)
		}
	}
	text := "the ambassador to Turkey Pavel Drozdov"
	if got := namesIn(t, text, facts.Names(text, en)); got != "Turkey | Pavel Drozdov" {
		t.Errorf("a place before a person: %q", got)
	}
}

func TestNamesInRussianAndTurkish(t *testing.T) {
	text := "Вчера моряк Павел Дроздов приехал."
	if got := namesIn(t, text, facts.Names(text, ru)); !strings.Contains(got, "Павел Дроздов") {
		t.Errorf("%q: %q", text, got)
	}
	text = "Dün denizci Çağrı Yıldırım İzmir'e geldi."
	got := namesIn(t, text, facts.Names(text, tr))
	if !strings.Contains(got, "Çağrı Yıldırım") || strings.Contains(got, "denizci") {
		t.Errorf("%q: %q", text, got)
	}
}

func TestBare(t *testing.T) {
	for w, want := range map[string]string{
		"Turkey's": "Turkey", "Turkey’s": "Turkey", "Ankara'da": "Ankara", "Ankaraʼda": "Ankara",
		"O'Brien": "O'Brien", "O'Brien's": "O'Brien", "D’Arcy": "D’Arcy", "Drozdov": "Drozdov", "": "", "'": "'",
	} {
		if got := facts.Bare(w); got != want {
			t.Errorf("%q: %q, want %q", w, got, want)
		}
	}
}
