package check

import "dragoman/pipeline"

// Policy is what a desk wants of the gate: the mode of each check, and the
// findings a person has waived. The zero value leaves findings as they are.
type Policy struct {
	Modes     Modes
	Decisions *pipeline.Decisions
}

// Apply gives the findings as the policy wants them: those of a check that is
// off left out, severities by mode, and waived ones marked. Every judgement of
// a stage goes through it before it may fail anything.
func (p Policy) Apply(findings []pipeline.Finding) []pipeline.Finding {
	findings = p.Modes.Apply(findings)
	p.Decisions.Waive(findings)
	return findings
}
