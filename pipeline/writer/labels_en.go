package writer

import "dragoman/pipeline"

func english() labels {
	return labels{
		NotDone:    "[not done: %s]",
		Unmarked:   "[left as in the source: %s]",
		SourceOf:   "Source (%s):",
		Untold:     "Not done:",
		Marked:     "Marked with ⚠, did not pass the checks:",
		Keywords:   "Keywords:",
		Summary:    "Summary",
		Headline:   "Headline",
		Lead:       "Lead",
		KeyPoints:  "Key points",
		Short:      "Short summary",
		Long:       "Long summary",
		Evidence:   "rests on",
		Findings:   "Findings",
		NoFindings: "No findings.",
		Suggest:    "Suggestion:",
		Waived:     "Waived:",
		Severity: map[pipeline.Severity]string{
			pipeline.Critical: "critical", pipeline.Major: "major", pipeline.Minor: "minor", pipeline.Neutral: "neutral",
		},
		Updated:    "Updated. Sentences: %s. The edition before: %s.",
		Changed:    "changed",
		Added:      "new",
		Moved:      "moved",
		Removed:    "removed",
		Disclosure: "Disclosure",
		Autonomous: "This text was corrected, summarized or translated by an AI model (model: %s; %s). No person has reviewed it. Status: ai-autonomous.",
		Assisted:   "This text was corrected, summarized or translated by an AI model (model: %s) and signed off by a person (role: %s; %s). Status: ai-assisted.",
		PseudoText: "PSEUDO OUTPUT. A pseudo model made this text to try out the system. It is no translation and no summary; do not publish it.",
		PseudoMade: "Made by a pseudo model to try out the system (model: %s; %s). Not for publication. Status: pseudo.",
		HandText:   "EXAMPLE. The replies behind this document were written by hand, for the demo and the tests. No model wrote them.",
		HandMade:   "Example: the replies were written by hand; no model wrote them (%s). Status: authored.",
		NoModel:    "No AI model has worked on this text.",
		NoName:     "not stated",
		NoDate:     "date not stated",
		Prompts:    "Prompts:",
		Months: [12]string{
			"January", "February", "March", "April", "May", "June",
			"July", "August", "September", "October", "November", "December",
		},
	}
}
