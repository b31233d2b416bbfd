package check

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"dragoman/pipeline"
)

// graded is a finding of a check with a severity.
func graded(check string, s pipeline.Severity) pipeline.Finding {
	return pipeline.Finding{ID: "f-" + check + string(s), Check: check, Severity: s}
}

func TestModesByEverySeverity(t *testing.T) {
	for _, tc := range []struct {
		mode Mode
		want map[pipeline.Severity]pipeline.Severity // "" is left out
	}{
		{Off, map[pipeline.Severity]pipeline.Severity{"neutral": "", "minor": "", "major": "", "critical": ""}},
		{Shadow, map[pipeline.Severity]pipeline.Severity{"neutral": "neutral", "minor": "neutral", "major": "neutral", "critical": "neutral"}},
		{Warn, map[pipeline.Severity]pipeline.Severity{"neutral": "neutral", "minor": "minor", "major": "minor", "critical": "minor"}},
		{Block, map[pipeline.Severity]pipeline.Severity{"neutral": "major", "minor": "major", "major": "major", "critical": "critical"}},
		{"", map[pipeline.Severity]pipeline.Severity{"neutral": "neutral", "minor": "minor", "major": "major", "critical": "critical"}},
	} {
		for _, s := range pipeline.Severities {
			m := Modes{"T04": tc.mode}
			got := m.Apply([]pipeline.Finding{graded("T04", s), graded("T05", s)})
			if other := got[len(got)-1]; other.Check != "T05" || other.Severity != s {
				t.Errorf("%s touches another check: %+v", tc.mode, other)
			}
			want := tc.want[s]
			if want == "" && len(got) != 1 || want != "" && (len(got) != 2 || got[0].Severity != want || got[0].ID != graded("T04", s).ID) {
				t.Errorf("%s of %s: %+v", tc.mode, s, got)
			}
			row := m.ApplyRow(RowResult{ID: "r", Flagged: s.AtLeast(pipeline.Major), Findings: []RowFinding{{Check: "T04", Severity: s}}})
			if want == "" && len(row.Findings) != 0 || want != "" && (len(row.Findings) != 1 || row.Findings[0].Severity != want) {
				t.Errorf("%s of %s in a row: %+v", tc.mode, s, row)
			}
			if row.ID != "r" || row.Findings == nil || row.Flagged != (want != "" && want.AtLeast(pipeline.Major)) {
				t.Errorf("%s of %s in a row: %+v", tc.mode, s, row)
			}
		}
	}
}

func TestModesLeaveTheirInputAlone(t *testing.T) {
	in := []pipeline.Finding{graded("M02", pipeline.Major)}
	Modes{"M02": Warn}.Apply(in)
	if in[0].Severity != pipeline.Major {
		t.Error("the caller's findings are changed")
	}
	if got := Modes(nil).Apply(in); len(got) != 1 || got[0] != in[0] {
		t.Errorf("no modes: %+v", got)
	}
	r := RowResult{ID: "r", Findings: []RowFinding{{Check: "M02", Severity: pipeline.Minor}}}
	if got := Modes(nil).ApplyRow(r); len(got.Findings) != 1 || got.Flagged {
		t.Errorf("no modes, a row: %+v", got)
	}
}

func TestModesValidate(t *testing.T) {
	for _, tc := range []struct {
		m    Modes
		want string
	}{
		{nil, ""},
		{Modes{}, ""},
		{Modes{"T04": Off, "M01": Shadow, "C02": Warn, "S02": Block}, ""},
		{Modes{"T99": Off}, "T99"},
		{Modes{"t04": Off}, "t04"},
		{Modes{"": Off}, `""`},
		{Modes{"query": Off}, "query"},
		{Modes{"C10": Off}, "C10"},
		{Modes{"T04": "loud"}, "loud"},
		{Modes{"T04": ""}, `""`},
	} {
		err := tc.m.Validate()
		if tc.want == "" {
			if err != nil {
				t.Errorf("%v: %v", tc.m, err)
			}
			continue
		}
		var e *pipeline.Error
		if !errors.As(err, &e) || e.Code != pipeline.Invalid || e.Hint == "" || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%v: %v", tc.m, err)
		}
	}
	for _, id := range IDs() {
		if err := (Modes{id: Shadow}).Validate(); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestIDsAreSortedAndNoneTwice(t *testing.T) {
	ids := IDs()
	if !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != len(ids) {
		t.Errorf("%q", ids)
	}
	ids[0] = "changed"
	if IDs()[0] == "changed" {
		t.Error("a caller can change the list of another")
	}
}

func TestPolicyAppliesModesAndWaivers(t *testing.T) {
	waive := func(id, state, reason string) *pipeline.Decisions {
		return &pipeline.Decisions{Findings: map[string]pipeline.Decision{id: {State: state, Reason: reason}}}
	}
	f := graded("T04", pipeline.Major)
	for _, tc := range []struct {
		name   string
		p      Policy
		waived string
		gates  bool
		kept   bool
	}{
		{"the zero policy", Policy{}, "", true, true},
		{"off", Policy{Modes: Modes{"T04": Off}}, "", false, false},
		{"warn", Policy{Modes: Modes{"T04": Warn}}, "", false, true},
		{"waived", Policy{Decisions: waive(f.ID, "waived", "the desk knows")}, "the desk knows", false, true},
		{"waived without a reason", Policy{Decisions: waive(f.ID, "waived", "")}, "no reason given", false, true},
		{"another decision", Policy{Decisions: waive(f.ID, "accepted", "yes")}, "", true, true},
		{"another finding", Policy{Decisions: waive("f-other", "waived", "yes")}, "", true, true},
		{"waived and blocked", Policy{Modes: Modes{"T04": Block}, Decisions: waive(f.ID, "waived", "known")}, "known", false, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := tc.p.Apply([]pipeline.Finding{f})
			if !tc.kept {
				if len(got) != 0 {
					t.Errorf("got %+v", got)
				}
				return
			}
			if len(got) != 1 || got[0].Waived != tc.waived {
				t.Fatalf("got %+v", got)
			}
			if gated := Gate(got, pipeline.Major); len(gated) > 0 != tc.gates {
				t.Errorf("gated: %+v", gated)
			}
		})
	}
}

func TestGateAtEveryBound(t *testing.T) {
	var all []pipeline.Finding
	for _, s := range pipeline.Severities {
		all = append(all, graded("T04", s))
	}
	waived := graded("T05", pipeline.Critical)
	waived.Waived = "known"
	all = append(all, waived)
	for i, bound := range pipeline.Severities {
		got := Gate(all, bound)
		if len(got) != 4-i || len(got) > 0 && got[0].Severity != bound {
			t.Errorf("at %s: %+v", bound, got)
		}
	}
	if len(all) != 5 || all[0].Severity != pipeline.Neutral {
		t.Errorf("the caller's findings are changed: %+v", all)
	}
	if got := Gate(nil, pipeline.Minor); len(got) != 0 {
		t.Errorf("nothing: %+v", got)
	}
}
