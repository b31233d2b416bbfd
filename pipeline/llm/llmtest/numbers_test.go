package llmtest

import "testing"

func TestFigures(t *testing.T) {
	for _, tc := range []struct {
		text  string
		last  bool
		money bool
		ru    string
		tr    string
	}{
		{"7", false, false, "7", "7"},
		{"2016", false, false, "2016", "2016"},
		{"007", false, false, "007", "007"},
		{"1,365", false, false, "1\u00a0365", "1.365"},
		{"10,482.3", false, false, "10\u00a0482,3", "10.482,3"},
		{"1,234,567", false, false, "1\u00a0234\u00a0567", "1.234.567"},
		{"3.14", false, false, "3,14", "3,14"},
		{"1,2,3", false, false, "1,2,3", "1,2,3"}, // a list, no number
		{"12,34", false, false, "12,34", "12,34"}, // no groups of three
		{"1.2.3", false, false, "1.2.3", "1.2.3"}, // a version
		{"4:15", false, false, "4:15", "4:15"},    // a time
		{"2:1", false, false, "2:1", "2:1"},       // a score
		{"20%", false, false, "20%", "%20"},       // percent
		{"7.5%", false, false, "7,5%", "%7,5"},    //
		{"20 %", false, false, "20%", "%20"},      //
		{"30 percent", false, false, "30 процентов", "yüzde 30"},
		{"30 per cent", false, false, "30 процентов", "yüzde 30"},
		{"1st", false, false, "1-й", "1'inci"},
		{"22nd", false, false, "22-й", "22'inci"},
		{"3rd", false, false, "3-й", "3'inci"},
		{"19th", false, false, "19-й", "19'inci"},
		{"1980s", false, false, "1980-х", "1980'ler"},
		{"8 a.m.", false, false, "8:00", "8:00"},
		{"8 a.m.", true, false, "8:00.", "8:00."},
		{"8 am", true, false, "8:00", "8:00"},
		{"12 a.m.", false, false, "0:00", "0:00"},
		{"12 p.m.", false, false, "12:00", "12:00"},
		{"12:05 a.m.", false, false, "0:05", "0:05"},
		{"11:59 p.m.", false, false, "23:59", "23:59"},
		{"8.30 pm", false, false, "20:30", "20:30"},
		{"5m", false, true, "5 миллионов", "5 milyon"},
		{"2bn", false, true, "2 миллиардов", "2 milyar"},
		{"3.1billion", false, true, "3,1 миллиардов", "3,1 milyar"},
	} {
		if got := russian().figure(tc.text, tc.last, tc.money); got != tc.ru {
			t.Errorf("ru: %q is %q, want %q", tc.text, got, tc.ru)
		}
		if got := turkish().figure(tc.text, tc.last, tc.money); got != tc.tr {
			t.Errorf("tr: %q is %q, want %q", tc.text, got, tc.tr)
		}
	}
}

// Metres are no millions: only after a sign of money.
func TestAnMIsAMillionOnlyOfMoney(t *testing.T) {
	for text, million := range map[string]bool{"He paid $5m.": true, "It cost €5m.": true, "He paid £5m.": true, "He ran 5m.": false, "Some ¥5m went.": true} {
		ru, tr := Translate("ru", text), Translate("tr", text)
		if has(ru, "миллионов") != million || has(tr, "milyon") != million {
			t.Errorf("%s: %q, %q", text, ru, tr)
		}
	}
}

func TestTheTwelveHourClock(t *testing.T) {
	for _, tc := range []struct {
		digits, half, want string
		ok                 bool
	}{
		{"1", "am", "1:00", true},
		{"1", "pm", "13:00", true},
		{"12", "am", "0:00", true},
		{"12", "pm", "12:00", true},
		{"12:30", "pm", "12:30", true},
		{"9.45", "am", "9:45", true},
		{"13", "pm", "", false},
		{"0", "am", "", false},
		{"99", "am", "", false},
		{"1,5", "am", "", false},
		{"1:5", "am", "", false},
		{"1:30:10", "am", "", false},
	} {
		got, ok := clock24(tc.digits, tc.half)
		if got != tc.want || ok != tc.ok {
			t.Errorf("%s %s: %q, %v", tc.digits, tc.half, got, ok)
		}
	}
}

func TestLocalizedNumbers(t *testing.T) {
	for digits, want := range map[string]string{
		"0": "0", "1": "1", "1000": "1000", "1,000": "1 000", "1,000,000": "1 000 000", "999,999.99": "999 999;99",
		"1.5": "1;5", "0.05": "0;05", "1.000": "1;000", "1,00": "1,00", "1000,000": "1000,000", "1,0000": "1,0000", "3:1": "3:1", "1.5.2": "1.5.2",
	} {
		if got := localized(digits, " ", ";"); got != want {
			t.Errorf("%s: %q, want %q", digits, got, want)
		}
	}
}

func TestDigitsAreChangedToOthers(t *testing.T) {
	for text, want := range map[string]string{
		"11 times":    "22 times",
		"2016":        "3127",
		"99":          "99",
		"1,365.8":     "2,476.9",
		"none at all": "47 none at all",
		"":            "47 ",
	} {
		if got := changeDigits(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
