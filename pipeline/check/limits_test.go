package check

import (
	"reflect"
	"strings"
	"testing"
)

// thresholdFile is the file that the program carries.
func thresholdFile(t *testing.T) string {
	t.Helper()
	raw, err := dataFiles.ReadFile("data/thresholds.txt")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// The file of the program is whole; what limits gives is what it says.
func TestTheThresholdsAreWhole(t *testing.T) {
	text := thresholdFile(t)
	l, err := readThresholds(text)
	if err != nil {
		t.Fatal(err)
	}
	if *l != *limits() {
		t.Errorf("read %+v, used %+v", l, limits())
	}
	for i := range reflect.TypeFor[thresholds]().NumField() {
		f := reflect.TypeFor[thresholds]().Field(i)
		if k := f.Type.Kind(); k != reflect.Int && k != reflect.Float64 {
			t.Errorf("%s is of a kind that is not read: %s", f.Name, k)
		}
		if reflect.ValueOf(*l).Field(i).IsZero() {
			t.Errorf("%s has no value", f.Name)
		}
	}
}

// A change of one line of the file is an error that names the line.
func TestAFaultyFileOfThresholdsIsRefused(t *testing.T) {
	text := thresholdFile(t)
	for _, tc := range []struct{ name, old, now, want string }{
		{"missing", "\nQuoteWords 4 ", "\n# QuoteWords 4 ", "the threshold QuoteWords is missing"},
		{"unknown", "\nQuoteWords 4 ", "\nQuotedWords 4 ", `no threshold is named "QuotedWords"`},
		{"in another case", "\nQuoteWords 4 ", "\nquoteWords 4 ", `no threshold is named "quoteWords"`},
		{"twice", "\nQuoteWords 4 ", "\nQuoteWords 4 # so\nQuoteWords 5 ", "QuoteWords stands there twice"},
		{"without a value", "\nQuoteWords 4 ", "\nQuoteWords ", "reading QuoteWords"},
		{"a fraction of words", "\nQuoteWords 4 ", "\nQuoteWords 4.5 ", "reading QuoteWords"},
		{"two values", "\nQuoteWords 4 ", "\nQuoteWords 4 5 ", "reading QuoteWords"},
		{"below zero", "\nQuoteWords 4 ", "\nQuoteWords -4 ", "-4 is not above zero"},
		{"nothing", "\nQuoteWords 4 ", "\nQuoteWords 0 ", "0 is not above zero"},
		{"no number", "\nNearName 0.34 ", "\nNearName NaN ", "no number above zero"},
		{"without an end", "\nNearName 0.34 ", "\nNearName Inf ", "no number above zero"},
		{"a comma", "\nNearName 0.34 ", "\nNearName 0,34 ", "reading NearName"},
		{"without a reason", "\nNearName 0.34 ", "\nNearName 0.34\n#", "NearName has no reason"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			changed := strings.Replace(text, tc.old, tc.now, 1)
			if changed == text {
				t.Fatalf("the file has no %q", tc.old)
			}
			if _, err := readThresholds(changed); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}

// Every line that is wrong is named, not the first alone.
func TestAllFaultsOfTheThresholdsAreNamed(t *testing.T) {
	_, err := readThresholds("Nothing 1 # so\nQuoteWords x # so\n")
	for _, want := range []string{"line 1: ", "line 2: ", "NearName is missing"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// What is read at a start stays small beside it.
func BenchmarkThresholds(b *testing.B) {
	raw, err := dataFiles.ReadFile("data/thresholds.txt")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := readThresholds(string(raw)); err != nil {
			b.Fatal(err)
		}
	}
}
