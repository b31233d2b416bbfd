package locale

import "time"

// Quotes are the quotation marks a language writes, outer and inner pair.
type Quotes struct {
	Open, Close           string
	InnerOpen, InnerClose string
}

// Bounds are the shortest and the longest translation that is still believed,
// in letters of the translation for one letter of the English source. Measured
// on professional translations of news (Parallel Universal Dependencies,
// 1,000 sentences a language): the outermost half per cent lies outside.
type Bounds struct {
	Min, Max           float64 // of one sentence
	Mean               float64 // of a sentence, the expected length
	WholeMin, WholeMax float64 // of a whole article
	From               int     // letters of source below which Min and Max do not hold
}

// Calendar names months and weekdays as a running date writes them.
type Calendar struct {
	Months   [12]string // January first; in Russian the genitive
	Weekdays [7]string  // Sunday first, as [time.Weekday] counts
}

// Month is the name of a month as a running date writes it.
func (c Calendar) Month(m time.Month) string {
	if m < time.January || m > time.December {
		return ""
	}
	return c.Months[m-1]
}

// Weekday is the name of a weekday.
func (c Calendar) Weekday(d time.Weekday) string {
	if d < time.Sunday || d > time.Saturday {
		return ""
	}
	return c.Weekdays[d]
}
