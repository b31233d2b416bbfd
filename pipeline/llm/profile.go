package llm

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"dragoman/pipeline"
)

// Profile is what is known about one model on one endpoint. The zero value is
// the usual case: streaming, strict schemas, the usual parameters. Only doctor
// finds one out and stores it; a run uses what is stored.
type Profile struct {
	Endpoint  string    `json:"endpoint,omitempty"`            // base URL, without user and query
	Server    string    `json:"server,omitempty"`              // llama.cpp, ollama, vllm, lmstudio, or "" where it does not say
	Model     string    `json:"model,omitempty"`               // as configured
	Answering string    `json:"answering,omitempty"`           // the model that really answered, by the endpoint's word
	Rung      Rung      `json:"rung,omitempty"`                // the highest rung that works; "" is untried: start at the top
	Enforced  bool      `json:"enforced,omitempty"`            // a schema was kept that the prompt contradicts
	Context   int       `json:"context,omitempty"`             // tokens of prompt and answer together, of one slot; 0 unknown
	Slots     int       `json:"slots,omitempty"`               // requests answered at once; 0 unknown
	NoStream  bool      `json:"noStream,omitempty"`            // streaming does not work
	NoUsage   bool      `json:"noUsage,omitempty"`             // replies say no usage
	DoneOnly  bool      `json:"doneOnly,omitempty"`            // streams end with [DONE] and without a finish reason; set by hand only
	NoTemp    bool      `json:"noTemperature,omitempty"`       // temperature is refused
	LongLimit bool      `json:"maxCompletionTokens,omitempty"` // max_completion_tokens in place of max_tokens
	Probed    time.Time `json:"probed,omitzero"`               // when; set by who stores it
}

// Start is the rung to start at.
func (p Profile) Start() Rung {
	if p.Rung == "" {
		return RungSchema
	}
	return p.Rung
}

// profileFile is the place of a profile in a folder.
func profileFile(dir, endpoint, model string) string {
	h := sha256.New()
	part(h, endpoint)
	part(h, model)
	return filepath.Join(dir, hex.EncodeToString(h.Sum(nil))[:16]+".json")
}

// SaveProfile stores a profile in a folder, under its Endpoint and Model.
func SaveProfile(dir string, p Profile) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return storeError("storing the profile", err)
	}
	b, err := encodeFile(p)
	if err != nil {
		return fmt.Errorf("storing the profile: %w", err)
	}
	if err := writeFile(profileFile(dir, p.Endpoint, p.Model), b, 0o600); err != nil {
		return storeError("storing the profile", err)
	}
	return nil
}

// LoadProfile finds the profile of a model on an endpoint. It is false, and
// the zero profile, where none is stored.
func LoadProfile(dir, endpoint, model string) (Profile, bool, error) {
	name := profileFile(dir, endpoint, model)
	b, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return Profile{Endpoint: endpoint, Model: model}, false, nil
	}
	if err != nil {
		return Profile{}, false, storeError("reading the profile", err)
	}
	var p Profile
	if err := strictDecode(b, &p); err != nil {
		return Profile{}, false, &pipeline.Error{
			Code: pipeline.Invalid, Unit: name, Hint: "delete the file, or run `dragoman doctor` again",
			Err: fmt.Errorf("reading the profile: %w", err),
		}
	}
	return p, true, nil
}
