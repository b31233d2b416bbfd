package wire

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
)

// chunk is one event of a stream or one whole completion: the fields that
// matter, each as lenient as servers are.
type chunk struct {
	ID      string          `json:"id"`
	Model   string          `json:"model"`
	Choices []choice        `json:"choices"`
	Usage   json.RawMessage `json:"usage"`
	Error   json.RawMessage `json:"error"`
	Object  string          `json:"object"`
	Detail  json.RawMessage `json:"detail"`
}

type choice struct {
	Index   int      `json:"index"`
	Delta   *message `json:"delta"`
	Message *message `json:"message"`
	Finish  *string  `json:"finish_reason"`
}

type message struct {
	Content   content `json:"content"`
	Refusal   *string `json:"refusal"`
	Reasoning string  `json:"reasoning_content"`
	Thinking  string  `json:"reasoning"`
}

// content is a string, null, or an array of parts whose texts are joined.
type content string

func (c *content) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '[' {
		var parts []struct {
			Text string `json:"text"`
		}
		if err := json.Unmarshal(b, &parts); err != nil {
			return err
		}
		for _, p := range parts {
			*c += content(p.Text)
		}
		return nil
	}
	var s *string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	if s != nil {
		*c = content(*s)
	}
	return nil
}

// failed reports whether a chunk is an error in disguise.
func (c *chunk) failed() bool {
	return present(c.Error) || c.Object == "error" || c.Choices == nil && present(c.Detail)
}

func present(b json.RawMessage) bool {
	b = bytes.TrimSpace(b)
	return len(b) > 0 && string(b) != "null"
}

// reply puts the answer together from its chunks: choice 0 only.
type reply struct {
	text      strings.Builder
	refusal   strings.Builder
	reasoning int // bytes of reasoning seen
	pieces    int // chunks that carried text or reasoning
	finish    string
	model     string
	usage     pipeline.Usage
	done      bool // [DONE] was seen
	chosen    bool // a choice with index 0 was seen
}

func (r *reply) add(c *chunk) {
	if c.Model != "" {
		r.model = c.Model
	}
	if u, ok := usage(c.Usage); ok {
		r.usage = u
	}
	for _, ch := range c.Choices {
		if ch.Index != 0 {
			continue
		}
		r.chosen = true
		m := ch.Delta
		if m == nil {
			m = ch.Message
		}
		if m != nil && r.finish == "" { // what comes after the reason is no answer
			r.text.WriteString(string(m.Content))
			if m.Refusal != nil {
				r.refusal.WriteString(*m.Refusal)
			}
			r.reasoning += len(m.Reasoning) + len(m.Thinking)
			if m.Content != "" || m.Reasoning != "" || m.Thinking != "" {
				r.pieces++
			}
		}
		if ch.Finish != nil && *ch.Finish != "" && r.finish == "" {
			r.finish = *ch.Finish
		}
	}
}

// finishes maps the words of many servers to the four reasons of ours.
var finishes = map[string]llm.Finish{
	"stop": llm.Stop, "eos": llm.Stop, "eos_token": llm.Stop, "end_turn": llm.Stop, "stop_sequence": llm.Stop,
	"length": llm.Length, "max_tokens": llm.Length, "model_length": llm.Length,
	"content_filter": llm.ContentFilter, "sensitive": llm.ContentFilter, "safety": llm.ContentFilter, "refusal": llm.ContentFilter,
	"loop": llm.Loop,
}

// answer is what the chunks amount to.
func (r *reply) answer() *llm.Answer {
	return &llm.Answer{
		Text: r.text.String(), Refusal: r.refusal.String(), Finish: finishes[r.finish], Model: r.model, Usage: r.usage,
	}
}

// maxUsage is the largest figure believed; servers have sent absurd ones.
const maxUsage = 1 << 30

// usage reads token counts that may be numbers, floats or strings. It is not
// ok where either count is missing, negative or absurd, or the prompt's is 0.
func usage(b json.RawMessage) (pipeline.Usage, bool) {
	var u struct {
		Prompt     json.RawMessage `json:"prompt_tokens"`
		Completion json.RawMessage `json:"completion_tokens"`
		Details    struct {
			Cached json.RawMessage `json:"cached_tokens"`
		} `json:"prompt_tokens_details"`
		Hit  json.RawMessage `json:"prompt_cache_hit_tokens"` // DeepSeek
		Read json.RawMessage `json:"cache_read_input_tokens"` // Anthropic, through gateways
	}
	if !present(b) || json.Unmarshal(b, &u) != nil {
		return pipeline.Usage{}, false
	}
	in, ok1 := count(u.Prompt)
	out, ok2 := count(u.Completion)
	if !ok1 || !ok2 || in == 0 { // no prompt has no tokens
		return pipeline.Usage{}, false
	}
	cached := 0
	for _, said := range []json.RawMessage{u.Details.Cached, u.Hit, u.Read} {
		n, _ := count(said)
		cached = max(cached, n)
	}
	return pipeline.Usage{InputTokens: in, OutputTokens: out, CachedTokens: cached, Known: true}, true
}

func count(b json.RawMessage) (int, bool) {
	s := strings.Trim(string(b), `"`)
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f < 0 || f > maxUsage || f != math.Trunc(f) {
		return 0, false
	}
	return int(f), true
}

// encodeAnswer is the one whole chat.completion that is handed up.
func encodeAnswer(a *llm.Answer) []byte {
	type msg struct {
		Role    string `json:"role"`
		Content string `json:"content"`
		Refusal string `json:"refusal,omitempty"`
	}
	type one struct {
		Index   int        `json:"index"`
		Message msg        `json:"message"`
		Finish  llm.Finish `json:"finish_reason"`
	}
	type details struct {
		Cached int `json:"cached_tokens"`
	}
	type tokens struct {
		Prompt     int      `json:"prompt_tokens"`
		Completion int      `json:"completion_tokens"`
		Total      int      `json:"total_tokens"`
		Details    *details `json:"prompt_tokens_details,omitempty"`
	}
	u := tokens{Prompt: a.Usage.InputTokens, Completion: a.Usage.OutputTokens, Total: a.Usage.InputTokens + a.Usage.OutputTokens}
	if a.Usage.CachedTokens > 0 {
		u.Details = &details{a.Usage.CachedTokens}
	}
	counts := &u
	if !a.Usage.Known {
		counts = nil
	}
	return encode(struct {
		Object  string  `json:"object"`
		Model   string  `json:"model"`
		Choices []one   `json:"choices"`
		Usage   *tokens `json:"usage,omitempty"`
	}{"chat.completion", a.Model, []one{{0, msg{"assistant", a.Text, a.Refusal}, a.Finish}}, counts})
}
