package check

import (
	"testing"
)

// heldCase is one edit of one sentence and the rule that holds it, or
// "applied".
type heldCase struct{ name, text, before, after, want string }

func runHeld(t *testing.T, cases []heldCase) {
	t.Helper()
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			v := judged(tc.text, tc.before, tc.after)
			if got := ruleOf(v); got != tc.want {
				t.Errorf("%q to %q: %s, want %s (%s%s)", tc.before, tc.after, got, tc.want, v.Drop, v.Hold)
			}
			vetSpan(t, tc.name, v.Edit.Span, tc.text)
		})
	}
}

func TestC02Numbers(t *testing.T) {
	runHeld(t, []heldCase{
		{"a figure", "The train hit 14 cows.", "14", "15", "C02"},
		{"a figure grouped otherwise", "It cost 12500 euros.", "12500", "12,500", "C02"},
		{"a figure becomes a word", "There were 9 boats.", "9", "nine", "C02"},
		{"a word becomes a figure", "There were nine boats.", "nine", "9", "C02"},
		{"a word", "There were nine boats.", "nine", "ten", "C02"},
		{"a new figure", "The boats sank.", "boats", "3 boats", "C02"},
		{"a lost figure", "The 3 boats sank.", "3 boats", "boats", "C02"},
		{"a decimal", "It grew by 2.5 points.", "2.5", "25", "C02"},
		{"a year", "It opened in 1998.", "1998", "1989", "C02"},
		{"a time", "It left at 8:30 sharp.", "8:30", "9:30", "C02"},
		{"a word of two parts", "There were twenty-one boats.", "twenty-one", "twenty-two", "C02"},
		{"a hyphen that joins a number", "There were twenty one boats.", "twenty one", "twenty-one", "applied"},
		{"the word beside a figure", "The train hit 14 cow.", "14 cow", "14 cows", "applied"},
		{"numbers change places", "It fell from 30 to 20 points.", "30 to 20", "20 to 30", "applied"},
		{"no number near", "The boats has sunk in 1998.", "has", "have", "applied"},
	})
}

func TestC03Quotations(t *testing.T) {
	runHeld(t, []heldCase{
		{"a word inside", `She said "we was late" and left.`, "was", "were", "C03"},
		{"a sign inside", `She said "we left early" again.`, "left early", "left, early", "C03"},
		{"a capital inside", `She said "we left" again.`, "we left", "We left", "C03"},
		{"inside curly marks", "She said “we was late” and left.", "was", "were", "C03"},
		{"inside guillemets", "She said «we was late» and left.", "was", "were", "C03"},
		{"the marks become curly", `She said "we left" again.`, `"we left"`, "“we left”", "applied"},
		{"the marks go", `She said "we left" again.`, `"we left"`, "we left", "C03"},
		{"new marks", "She called it a joke again.", "a joke", `a "joke"`, "C03"},
		{"the apostrophe inside becomes curly", `She said "we don't run" again.`, "don't", "don’t", "applied"},
		{"before it", `She has say "we left" again.`, "has say", "has repeated", "C11"},
		{"a comma before it", `She shouted "we left" again.`, "shouted", "shouted,", "applied"},
		{"behind it", `She said "we left" agian.`, "agian", "again", "applied"},
		{"in a text without any", "She have left again.", "have", "has", "applied"},
	})
	if v := judged(`He said "we was late" then.`, "was", "were"); v.Hold != "C03: it touches a quotation" {
		t.Errorf("inside: %q", v.Hold)
	}
	if v := judged("He named it art then.", "art", `"art"`); v.Hold != "C03: it changes what is quoted" {
		t.Errorf("new marks: %q", v.Hold)
	}
}

func TestC04Names(t *testing.T) {
	runHeld(t, []heldCase{
		{"a spelling", "The mayor met Halil Berkant there.", "Berkant", "Berkand", "C04"},
		{"a name for a word", "The mayor met the envoy there.", "the envoy", "Halil", "C04"},
		{"a word for a name", "The mayor met Halil there.", "Halil", "the envoy", "C04"},
		{"a place", "They left Trabzon by bus.", "Trabzon", "Samsun", "C04"},
		{"a people", "A Greek captain came.", "Greek", "Turkish", "C04"},
		{"a capital goes", "They left Trabzon by bus.", "Trabzon", "trabzon", "C04"},
		{"a name that starts the sentence", "Berkant met them there.", "Berkant", "Berkand", "C04"},
		{"a new capital inside", "The captain came late.", "captain", "Captain", "C04"},
		{"a name behind a quotation mark", `He shouted "Halil" twice.`, "Halil", "Halim", "C03"},
		{"a people gets its capital", "A greek captain came.", "greek", "Greek", "applied"},
		{"a month gets its capital", "It began in october.", "october", "October", "applied"},
		{"a day gets its capital", "It began on tuesday.", "tuesday", "Tuesday", "applied"},
		{"the first word gets its capital", "ferries stopped at noon.", "ferries", "Ferries", "applied"},
		{"the first word, which comes again", "ferries stopped and no other ferries came.", "ferries stopped", "Ferries stopped", "applied"},
		{"the first word, twice in the edit", "ferries met big ferries there.", "ferries met big ferries there", "Ferries meet huge ferries here", "applied"},
		{"the first word, changed elsewhere", "ferries stopped and no other ferries came.", "other ferries", "other Ferries", "C04"},
		{"a common first word loses its capital", "However they left Trabzon.", "However they", "They", "applied"},
		{"a possessive ending comes", "The Berkant boat sank.", "Berkant boat", "Berkant's boat", "applied"},
		{"names change places", "He saw Ayla and Berk there.", "Ayla and Berk", "Berk and Ayla", "applied"},
		{"the word beside a name", "The mayor meeted Halil there.", "meeted", "met", "applied"},
	})
}

func TestC05AddressesDatesAndCurrencies(t *testing.T) {
	runHeld(t, []heldCase{
		{"a URL", "See https://port.example/a for more.", "https://port.example/a", "https://port.example/b", "C05"},
		{"a URL goes", "See https://port.example/a for more.", " https://port.example/a for", " here for", "C05"},
		{"a bare host", "See www.port.example for more.", "www.port.example", "www.ports.example", "C05"},
		{"a mail address", "Write to desk@port.example now.", "desk@port.example", "news@port.example", "C05"},
		{"a handle", "The post of @portnews was lost.", "@portnews", "@newsport", "C05"},
		{"a hashtag", "They wrote #savetheport there.", "#savetheport", "#saveport", "C05"},
		{"a month", "It began on 4 October there.", "October", "November", "C05"},
		{"a month in lower case", "It began in october there.", "october", "november", "C05"},
		{"a day", "It began on Tuesday there.", "Tuesday", "Thursday", "C05"},
		{"a day goes", "It began on Tuesday at noon.", "on Tuesday at", "at", "C05"},
		{"a currency", "It cost $40 then.", "$40", "€40", "C05"},
		{"a currency goes", "It cost £40 then.", "£40", "40", "C05"},
		{"a per cent sign", "It grew 4% then.", "4%", "4", "C05"},
		{"a day gets its capital", "It began on tuesday there.", "tuesday", "Tuesday", "applied"},
		{"the verb march", "They march home and is tired.", "is", "are", "applied"},
		{"the verb march goes", "They march home now.", "march", "walk", "applied"},
		{"the month of March goes", "They met in March there.", "March", "spring", "C05"},
		{"a word beside a URL", "See at https://port.example/a for more.", "See at", "See", "applied"},
		{"a word beside a day", "It beginned on Tuesday there.", "beginned", "began", "applied"},
	})
}

func TestC06Negations(t *testing.T) {
	runHeld(t, []heldCase{
		{"not goes", "The crew did not leave.", "did not leave", "left", "C06"},
		{"not comes", "The crew left.", "left", "has not left", "C06"},
		{"never", "The crew never left.", "never left", "left", "C06"},
		{"no for any", "The crew had no food.", "no food", "any food", "C06"},
		{"without", "They left without food.", "without", "with", "C06"},
		{"a short form goes", "They didn't leave.", "didn't leave", "left", "C06"},
		{"another word of denial", "The crew never left.", "never left", "not left", "C06"},
		{"nobody", "Then nobody left.", "nobody", "somebody", "C06"},
		{"nor for or", "They had food, nor water.", "nor", "or", "C06"},
		{"a short form becomes long", "They didn't leave.", "didn't", "did not", "applied"},
		{"a long form becomes short", "They are not here.", "are not", "aren't", "applied"},
		{"a curly apostrophe", "They didn't leave.", "didn't", "didn’t", "applied"},
		{"cannot is parted", "They cannot leave.", "cannot", "can not", "applied"},
		{"the verb beside it", "They does not leave.", "does", "do", "applied"},
	})
}

func TestC08Sentences(t *testing.T) {
	runHeld(t, []heldCase{
		{"parted", "The boat sank and the crew swam.", "sank and the", "sank. The", "C08"},
		{"parted by a question mark", "Was it late and the crew gone.", "late and the", "late? The", "C08"},
		{"joined", "The boat sank. The crew swam.", "sank. The", "sank and the", "C08"},
		{"a semicolon for a stop", "The boat sank. The crew swam.", "sank. The", "sank; the", "C08"},
		{"the last stop comes", "The boat sank", "sank", "sank.", "applied"},
		{"a comma", "The boat sank and the crew swam.", "sank and", "sank, and", "applied"},
		{"an abbreviation", "The boat sank at 4 pm today.", "boat sank", "boat was lost", "applied"},
	})
}

func TestC11Hedges(t *testing.T) {
	runHeld(t, []heldCase{
		{"reportedly goes", "The boat reportedly sank.", "reportedly sank", "sank", "C11"},
		{"reportedly comes", "The boat sank there.", "boat sank", "boat reportedly sank", "C11"},
		{"allegedly for reportedly", "The boat allegedly sank.", "allegedly", "reportedly", "C11"},
		{"may for will", "The boat will sink.", "will", "may", "C11"},
		{"might goes", "The boat might sink.", "might", "will", "C11"},
		{"a phrase", "The boat is believed to have sunk.", "believed to have sunk", "gone", "C11"},
		{"the verb behind it", "The boat reportedly sinked.", "sinked", "sank", "applied"},
		{"a comma beside it", "Reportedly the boat sank.", "Reportedly", "Reportedly,", "applied"},
	})
}

func TestC11Attributions(t *testing.T) {
	runHeld(t, []heldCase{
		{"another verb of saying", "The boat sank, she said.", "said", "claimed", "C11"},
		{"a verb of saying goes", "The owner claimed the boat sank.", "claimed the", "saw the", "C11"},
		{"a verb of saying comes", "The owner saw the boat sink.", "saw", "denied", "C11"},
		{"another speaker before the verb", "The owner said the boat sank.", "The owner said", "The pilot said", "C11"},
		{"he for she", "The boat sank, she said.", "she", "he", "C11"},
		{"another speaker behind according to", "It sank, according to the owner.", "the owner", "the pilot", "C11"},
		{"according to goes", "It sank, according to the owner.", "sank, according to the owner", "sank", "C11"},
		{"an article behind according to", "It sank, according to owner.", "owner", "the owner", "applied"},
		{"an article before the verb", "Owner of it said the boat sank.", "said the boat", "said a boat", "applied"},
		{"a comma behind the verb", "The owner said, the boat sank.", "said,", "said", "applied"},
		{"a dummy it", "Later was added that the boat sank.", "Later was", "Later it was", "applied"},
		{"an it that speaks", "Later added that the boat sank.", "Later added", "Later it added", "C11"},
		{"a word out of reach", "The owner said that the old boat have sunk.", "have", "had", "applied"},
		{"a comma ends the reach", "An angry man, the owner said, were there.", "angry", "furious", "applied"},
	})
}

// The reason names what was there and what would be.
func TestReasonsNameWhatChanges(t *testing.T) {
	for _, tc := range []struct{ text, before, after, want string }{
		{"The train hit 14 cows.", "14", "15", "C02: it changes a number (14 to 15)"},
		{"The train hit 14 cows.", "14 cows", "cows", "C02: it changes a number (14 is lost)"},
		{"The train hit cows.", "cows", "14 cows", "C02: it changes a number (14 is new)"},
		{"They saw nine cows.", "nine", "ten", "C02: it changes a number (word for 9 to word for 10)"},
		{"They left Trabzon by bus.", "Trabzon", "Samsun", "C04: it changes a name (Trabzon to Samsun)"},
		{"It began on Tuesday there.", "Tuesday", "Thursday", "C05: it changes an address, a date or a currency (tuesday to thursday)"},
		{"They never left.", "never left", "left", "C06: it changes a negation (never is lost)"},
		{"The boat sank there.", "boat sank", "boat reportedly sank", "C11: it changes how certain the statement is (reportedly is new)"},
		{"It sank, she said.", "said", "claimed", "C11: it changes a word of saying (said to claimed)"},
		{"It sank, she said.", "she", "he", "C11: it changes who says it (she to he)"},
		{"The boat sank. The crew swam.", "sank. The", "sank and the", "C08: it changes the number of sentences"},
	} {
		if v := judged(tc.text, tc.before, tc.after); v.Hold != tc.want {
			t.Errorf("%q to %q: %q, want %q", tc.before, tc.after, v.Hold, tc.want)
		}
	}
}

// An edit that breaks several rules is held by the first of them.
func TestTheFirstRuleHolds(t *testing.T) {
	for _, tc := range []struct{ before, after, want string }{
		{"2 men did not see Halil", "3 men saw Berk", "C02"},
		{"did not see Halil", "saw Berk", "C04"},
		{"did not see", "reportedly saw", "C06"},
	} {
		if got := ruleOf(judged("Then 2 men did not see Halil there.", tc.before, tc.after)); got != tc.want {
			t.Errorf("%q to %q: %s, want %s", tc.before, tc.after, got, tc.want)
		}
	}
}

func TestMinusCountsRepeats(t *testing.T) {
	for _, tc := range []struct {
		a, b []string
		want string
	}{
		{[]string{"x", "x"}, []string{"x"}, "x is lost"},
		{[]string{"x"}, []string{"x", "x"}, "x is new"},
		{[]string{"x", "y"}, []string{"y", "z"}, "x to z"},
		{nil, []string{"x", "y"}, "x, y is new"},
	} {
		if got := changeOf(tc.a, tc.b); got != tc.want {
			t.Errorf("%v, %v: %q, want %q", tc.a, tc.b, got, tc.want)
		}
	}
}
