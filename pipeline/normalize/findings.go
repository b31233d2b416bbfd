package normalize

import (
	"fmt"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"dragoman/pipeline"
	"dragoman/pipeline/locale"
)

// noticed completes the reader's findings with what it could not know.
func noticed(src *pipeline.Article) []pipeline.Finding {
	var out []pipeline.Finding
	for _, f := range src.Noticed {
		out = append(out, finish(f, ""))
	}
	return out
}

// findings are the doubts of this stage about an article:
//
//	N02  mojibake was repaired (minor), or a lost character remains (minor)
//	N04  the weekday is not that of the date, or there is no headline (minor)
//	N05  the line of a widget is kept but not exported (neutral)
//	N06  invisible characters were removed (minor)
//	N07  a sentence is in another language (minor)
func findings(res Result) []pipeline.Finding {
	var out []pipeline.Finding
	add := func(check, category string, severity pipeline.Severity, sentence pipeline.Sentence, span pipeline.Span, message string) {
		span.Sentence = sentence.ID
		out = append(out, finish(pipeline.Finding{
			Check: check, Category: category, Severity: severity, Span: span, Message: message,
		}, sentence.Text))
	}
	none := pipeline.Sentence{}
	if n, sample := count(res.Repairs, "mojibake", "mojibake-lost"); n > 0 {
		add("N02", encoding, pipeline.Minor, none, pipeline.Span{}, fmt.Sprintf("%s read in the wrong encoding and repaired, such as %q (was %q)", places(n), sample.After, sample.Before))
	}
	for b, s := range res.Article.Sentences() {
		if i := strings.Index(s.Text, "\ufffd"); i >= 0 {
			add("N02", encoding, pipeline.Minor, s, pipeline.Span{Start: i, End: i + len("\ufffd")}, "a character is lost (U+FFFD): the input no longer says which it was")
		}
		if b.Kind == pipeline.Boilerplate {
			add("N05", "design/markup", pipeline.Neutral, s, pipeline.Span{}, "not part of the story: kept in the document, not corrected, translated or exported")
		}
		if g := locale.Detect(s.Text); g.Certain && g.Tag != language.English && b.Kind != pipeline.Boilerplate {
			add("N07", "verity", pipeline.Minor, s, pipeline.Span{}, "the sentence is in "+display.English.Tags().Name(g.Tag)+", not in English")
		}
		if d, ok := locale.ParseDateline(s.Text); ok && b.Kind == pipeline.Dateline && !d.WeekdayFits() {
			add("N04", "accuracy/date", pipeline.Minor, s, pipeline.Span{}, fmt.Sprintf("the weekday and the date do not fit: %s was a %s", locale.English.FormatDateline(undated(d)), d.DayName()))
		}
	}
	if res.Article.First(pipeline.Headline) == "" {
		add("N04", "design/structure", pipeline.Minor, none, pipeline.Span{}, "no headline found: the first line is too long or ends in a full stop")
	}
	if n, sample := count(res.Repairs, "zero-width", "bidi", "tag-character", "soft-hyphen"); n > 0 {
		add("N06", encoding, pipeline.Minor, none, pipeline.Span{}, fmt.Sprintf("%s with invisible characters, which were removed (rule %s)", places(n), sample.Rule))
	}
	return out
}

// encoding is the MQM error type of damaged characters.
const encoding = "linguistic conventions/character encoding"

// undated is the dateline's date without its weekday and time.
func undated(d locale.Dateline) locale.Dateline {
	d.HasWeekday, d.HasTime = false, false
	return d
}

// finish fills in what all findings of this stage share.
func finish(f pipeline.Finding, text string) pipeline.Finding {
	f.Stage, f.Side = stage, pipeline.SourceSide
	f.ID = pipeline.FindingID(f, text, "")
	return f
}

// count is the number of repairs by any of the rules, and the first of them.
func count(repairs []pipeline.Repair, rules ...string) (int, pipeline.Repair) {
	n, first := 0, pipeline.Repair{}
	for _, r := range repairs {
		for _, name := range rules {
			if contains(r.Rule, name) {
				if n == 0 {
					first = r
				}
				n++
				break
			}
		}
	}
	return n, first
}

func places(n int) string {
	if n == 1 {
		return "1 place"
	}
	return fmt.Sprintf("%d places", n)
}
