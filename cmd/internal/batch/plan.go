package batch

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strings"

	"golang.org/x/text/language"

	"dragoman/pipeline"
	"dragoman/pipeline/check"
	"dragoman/pipeline/locale"
	"dragoman/prompts"
)

// Version counts up whenever editions come out differently from the same
// answers: another check, another format of the files. Articles that are done
// are then derived again, from stored replies and at no cost.
const Version = 1

// Transport says how requests travel to the endpoint.
type Transport string

// The transports.
const (
	Live     Transport = "live"  // one call at a time, answered at once
	BatchAPI Transport = "batch" // files of requests, answered within a day at a lower price
)

// Plan is the settings of a run, whole: what another process needs to take on
// its articles in the same way. It holds no secret.
type Plan struct {
	Build   Build             `json:"build"`   // of the program that made it
	BaseURL string            `json:"baseUrl"` // of the endpoint, without user or query
	Model   string            `json:"model"`   // as the endpoint names it
	To      []language.Tag    `json:"to"`      // editions, in the order wanted
	Long    bool              `json:"long"`    // a long summary too
	FailOn  pipeline.Severity `json:"failOn"`  // findings from here on make an article flagged
	Checks  check.Modes       `json:"checks"`  // off, shadow, warn or block, by check
	Context int               `json:"context"` // tokens the model holds; 0 lets the profile say

	Prompts   map[string]string `json:"prompts"`   // the user's prompt files, by their name in the folder
	Glossary  []check.Term      `json:"glossary"`  // of every target language
	Names     []pipeline.Name   `json:"names"`     // forms the desk has settled
	Decisions string            `json:"decisions"` // digest of what an editor decided; the decisions are in the store

	Caps      Caps      `json:"caps"`
	Fresh     bool      `json:"fresh"` // stored replies of earlier runs are not looked at
	Transport Transport `json:"transport"`
	Fallback  Fallback  `json:"fallback"`

	NoStoreText bool `json:"noStoreText"` // its texts are in no store: only the process that began it can work on it
}

// Caps bound what a run may use and how fast. No edition depends on them.
type Caps struct {
	MaxCost     *pipeline.Money `json:"maxCost"`     // of the run; null is no cap
	MaxCostDay  *pipeline.Money `json:"maxCostDay"`  // of a day, all runs together; null is no cap
	MaxTokens   int64           `json:"maxTokens"`   // of the run, input and output together; 0 is no cap
	Concurrency int             `json:"concurrency"` // calls at once; 0 lets the endpoint say
	RPM         int             `json:"rpm"`         // requests a minute; 0 is no limit
	TPM         int             `json:"tpm"`         // tokens a minute; 0 is no limit
	FailFast    bool            `json:"failFast"`    // the first failed article ends the run
}

// Fallback is who answers where the endpoint does not. An answer names the
// model that really gave it, so no edition depends on what stands here.
type Fallback struct {
	BaseURL string `json:"baseUrl"`
	Model   string `json:"model"` // "" is no fallback
}

// Build is what of the program an edition depends on.
type Build struct {
	Version int    `json:"version"` // Version
	Prompts string `json:"prompts"` // digest of the built-in prompts
	Program string `json:"program"` // release or revision; "" where the build does not say
}

// ThisBuild is the build of this program. A revision with changes that are not
// committed counts as that revision: while our own code changes, --only or a
// raised Version is what derives editions again.
func ThisBuild() (Build, error) {
	set, err := prompts.Builtin()
	if err != nil {
		return Build{}, fmt.Errorf("reading the built-in prompts: %w", err)
	}
	info, ok := debug.ReadBuildInfo()
	return Build{Version: Version, Prompts: promptsDigest(set), Program: program(info, ok)}, nil
}

// program is the release or the revision of a build, or "".
func program(info *debug.BuildInfo, ok bool) string {
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	if v := info.Main.Version; v != "(devel)" {
		return v
	}
	return ""
}

// promptsDigest is over the names, versions and digests of a set's prompts, and
// over the notes on languages.
func promptsDigest(set *prompts.Set) string {
	var parts []string
	for _, p := range set.All() {
		parts = append(parts, p.Name(), p.Digest)
	}
	for _, tag := range languages() {
		parts = append(parts, tag, set.Note(tag))
	}
	return Digest(parts)
}

// settings is everything of a plan that an edition depends on. A field that is
// added to Plan is either here or named in the test as one that does not matter.
type settings struct {
	Build     Build             `json:"build"`
	Model     string            `json:"model"`
	To        []language.Tag    `json:"to"`
	Long      bool              `json:"long"`
	FailOn    pipeline.Severity `json:"failOn"`
	Checks    check.Modes       `json:"checks"`
	Context   int               `json:"context"`
	Prompts   [][2]string       `json:"prompts"`
	Glossary  []check.Term      `json:"glossary"`
	Names     []pipeline.Name   `json:"names"`
	Decisions string            `json:"decisions"`
}

// Settings is the digest of everything that an edition depends on beside the
// article. The endpoint's address, caps, transport, fallback and --fresh are
// not in it: they change what is paid and when, not what is asked.
func (p *Plan) Settings() string {
	s := settings{
		Build: p.Build, Model: p.Model, To: p.To, Long: p.Long, FailOn: p.FailOn, Checks: p.Checks, Context: p.Context,
		Glossary: slices.Clone(p.Glossary), Names: slices.Clone(p.Names), Decisions: p.Decisions,
	}
	if len(s.Checks) == 0 {
		s.Checks = nil
	}
	for _, name := range slices.Sorted(maps.Keys(p.Prompts)) {
		s.Prompts = append(s.Prompts, [2]string{name, p.Prompts[name]})
	}
	slices.SortFunc(s.Glossary, byText[check.Term])
	slices.SortFunc(s.Names, byText[pipeline.Name])
	return Digest(s)
}

// byText orders values by their JSON, so that the order of a file's rows makes
// no difference.
func byText[T any](a, b T) int { return strings.Compare(string(canonical(a)), string(canonical(b))) }

// Digest is the SHA-256 of a value's JSON, "sha256:" and 64 hexadecimal digits.
// It is for our own structs: maps are written in the order of their keys.
func Digest(v any) string {
	sum := sha256.Sum256(canonical(v))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// canonical is a value's JSON, the same for the same value always.
func canonical(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil { // a value of ours that JSON has no form for: it is as different as its Go form
		return fmt.Appendf(nil, "%#v", v)
	}
	return b
}

// JSON is the plan as it is stored with the run.
func (p *Plan) JSON() (json.RawMessage, error) {
	b, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("writing the plan: %w", err)
	}
	return b, nil
}

// ReadPlan reads a stored plan. One of another Version of the program is an
// error: its editions would not be those that were planned.
func ReadPlan(b json.RawMessage) (*Plan, error) {
	var p Plan
	if err := json.Unmarshal(b, &p); err != nil {
		return nil, fmt.Errorf("reading the plan: %w", err)
	}
	if p.Build.Version != Version {
		return nil, &pipeline.Error{
			Code: pipeline.Invalid, Hint: "use the program that began the run, or begin the run again with this one",
			Err: fmt.Errorf("the run was planned by version %d of batches, and this program has version %d", p.Build.Version, Version),
		}
	}
	return &p, nil
}

// languages are the tags of every language that there are notes on.
func languages() []string {
	var tags []string
	for _, l := range locale.All() {
		tags = append(tags, l.Tag.String())
	}
	return tags
}
