package llm

import (
	"time"
)

// Profile is what is known about one model on one endpoint. The zero value is
// the usual case: streaming, strict schemas, the usual parameters.
type Profile struct {
	Endpoint  string    `json:"endpoint,omitempty"`            // base URL, without user and query
	Server    string    `json:"server,omitempty"`              // what it says it is: llama.cpp, ollama, vllm, lmstudio, or ""
	Model     string    `json:"model,omitempty"`               // as configured
	Answering string    `json:"answering,omitempty"`           // the model that really answered, by the endpoint's word
	Rung      Rung      `json:"rung,omitempty"`                // the highest rung that works; "" is untried: start at the top
	Enforced  bool      `json:"enforced,omitempty"`            // a schema was kept that the prompt contradicts
	Context   int       `json:"context,omitempty"`             // tokens of prompt and answer together; 0 unknown
	Slots     int       `json:"slots,omitempty"`               // requests answered at once; 0 unknown
	NoStream  bool      `json:"noStream,omitempty"`            // streaming does not work
	NoUsage   bool      `json:"noUsage,omitempty"`             // the reply says no usage
	DoneOnly  bool      `json:"doneOnly,omitempty"`            // streams end with [DONE] and never with a finish reason
	NoTemp    bool      `json:"noTemperature,omitempty"`       // temperature is refused
	LongLimit bool      `json:"maxCompletionTokens,omitempty"` // max_completion_tokens in place of max_tokens
	Probed    time.Time `json:"probed,omitzero"`
}

// Start is the rung to start at.
func (p Profile) Start() Rung {
	if p.Rung == "" {
		return RungSchema
	}
	return p.Rung
}
