package llmtest

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	figureParts = regexp.MustCompile(`^(\d+(?:[.,:]\d+)*)(.*)$`)
	grouped     = regexp.MustCompile(`^\d{1,3}(?:,\d{3})+(?:\.\d+)?$`)
	decimal     = regexp.MustCompile(`^\d+\.\d+$`)
	clock       = regexp.MustCompile(`^(\d{1,2})(?:[:.](\d{2}))?$`)
)

// figure writes a number and what is written onto it: "1,365", "20%", "19th",
// "1970s", "8:30 p.m.", "5km", and, of money, "5m" and "3.1billion".
func (v voice) figure(text string, last, money bool) string {
	m := figureParts.FindStringSubmatch(text)
	digits, tail := m[1], strings.TrimSpace(m[2])
	switch bare := strings.ReplaceAll(tail, ".", ""); bare {
	case "am", "pm":
		if t, ok := clock24(digits, bare); ok {
			if last && strings.HasSuffix(tail, ".") {
				t += "."
			}
			return t
		}
	case "", "%", "st", "nd", "rd", "th", "s":
		return v.number(digits, bare)
	case "percent", "per cent":
		return v.number(digits, "percent")
	}
	if money && tail == "m" {
		tail = "million"
	}
	if w, ok := v.lex.words[strings.Replace(tail, "bn", "billion", 1)]; ok {
		return v.number(digits, "") + " " + w
	}
	return v.number(digits, "") + " " + v.spell(tail, nominal)
}

// clock24 is a time of the twelve-hour clock on the other one.
func clock24(digits, half string) (string, bool) {
	m := clock.FindStringSubmatch(digits)
	if m == nil {
		return "", false
	}
	hour, err := strconv.Atoi(m[1])
	if err != nil || hour < 1 || hour > 12 {
		return "", false
	}
	hour %= 12
	if half == "pm" {
		hour += 12
	}
	minute := m[2]
	if minute == "" {
		minute = "00"
	}
	return strconv.Itoa(hour) + ":" + minute, true
}

// localized is an English number with the separators of another language.
// What is neither grouped nor a decimal fraction stays as it is.
func localized(digits, group, point string) string {
	switch {
	case grouped.MatchString(digits):
		whole, fraction, cut := strings.Cut(digits, ".")
		out := strings.ReplaceAll(whole, ",", group)
		if cut {
			out += point + fraction
		}
		return out
	case decimal.MatchString(digits):
		return strings.Replace(digits, ".", point, 1)
	}
	return digits
}
