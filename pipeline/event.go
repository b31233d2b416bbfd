package pipeline

// Event is what a run tells while it works: after each call, and when a stage
// begins or ends. Field names are stable; `--json` prints them as they are.
type Event struct {
	Type    string `json:"type"`              // started, call, finished
	Article string `json:"article,omitempty"` // the article's id
	Stage   string `json:"stage"`
	Lang    string `json:"lang,omitempty"`
	Part    string `json:"part,omitempty"` // of translate: article or summary
	Done    int    `json:"done"`           // sentences settled so far in this stage
	Total   int    `json:"total"`          // sentences of this stage
	Step    *Step  `json:"step,omitempty"` // the call, for type call
}
