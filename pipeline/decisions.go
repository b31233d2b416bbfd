package pipeline

// Waive puts a person's waivers on the findings they are about. A nil
// Decisions waives nothing.
func (d *Decisions) Waive(findings []Finding) {
	if d == nil {
		return
	}
	for i := range findings {
		if w, ok := d.Findings[findings[i].ID]; ok && w.State == "waived" {
			findings[i].Waived = w.Reason
			if w.Reason == "" {
				findings[i].Waived = "no reason given"
			}
		}
	}
}
