package check

import (
	"fmt"
	"slices"

	"dragoman/pipeline"
)

// Mode is how much a check may do.
type Mode string

// The modes of a check. Without one a check has the severities it gives.
const (
	Off    Mode = "off"    // its findings are left out
	Shadow Mode = "shadow" // reported as neutral: a new check on trial
	Warn   Mode = "warn"   // minor at most
	Block  Mode = "block"  // major at least
)

// Modes are the modes of checks by their id: "T04". It is the configuration of
// the gate; nil changes nothing.
type Modes map[string]Mode

// Validate names the first check or mode that does not exist.
func (m Modes) Validate() error {
	for id, mode := range m {
		if !slices.Contains(IDs(), id) {
			return &pipeline.Error{Code: pipeline.Invalid, Hint: "the checks are listed in the package documentation", Err: fmt.Errorf("no check has the id %q", id)}
		}
		if !slices.Contains([]Mode{Off, Shadow, Warn, Block}, mode) {
			return &pipeline.Error{Code: pipeline.Invalid, Hint: "off, shadow, warn or block", Err: fmt.Errorf("check %s has no mode %q", id, mode)}
		}
	}
	return nil
}

// Apply gives the findings as the modes want them. Ids stay: they do not
// depend on the severity.
func (m Modes) Apply(fs []pipeline.Finding) []pipeline.Finding {
	if len(m) == 0 {
		return fs
	}
	out := make([]pipeline.Finding, 0, len(fs))
	for _, f := range fs {
		sev, keep := m.severity(f.Check, f.Severity)
		if keep {
			f.Severity = sev
			out = append(out, f)
		}
	}
	return out
}

// ApplyRow is [Modes.Apply] for the verdict on a row.
func (m Modes) ApplyRow(r RowResult) RowResult {
	if len(m) == 0 {
		return r
	}
	var out []RowFinding
	for _, f := range r.Findings {
		sev, keep := m.severity(f.Check, f.Severity)
		if keep {
			f.Severity = sev
			out = append(out, f)
		}
	}
	return newRowResult(r.ID, "", out)
}

func (m Modes) severity(check string, s pipeline.Severity) (pipeline.Severity, bool) {
	switch m[check] {
	case Off:
		return s, false
	case Shadow:
		return pipeline.Neutral, true
	case Warn:
		if s.AtLeast(pipeline.Minor) {
			return pipeline.Minor, true
		}
	case Block:
		if !s.AtLeast(pipeline.Major) {
			return pipeline.Major, true
		}
	}
	return s, true
}

// IDs are the ids of all checks of this package, in order.
func IDs() []string {
	return []string{
		"C01", "C02", "C03", "C04", "C05", "C06", "C07", "C08", "C09", "C11",
		"M01", "M02", "M03", "M04", "M05", "M06", "M07", "M08", "M09", "S01", "S02",
		"T01", "T02", "T03", "T04", "T05", "T06", "T07", "T08", "T09", "T10", "T11", "T12", "T13", "T14", "T15", "T16",
		"T17", "T18", "T19", "T20", "T21", "T22", "T23", "T24", "T25",
	}
}
