package openai

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/strict"
)

// Repairs that are made, and recorded in Response.Repairs.
const (
	RepairReasoning = "reasoning" // a block of reasoning before the answer was taken off
	RepairFence     = "fence"     // one Markdown code fence around the answer was taken off
	RepairPreamble  = "preamble"  // words before or after the JSON object were taken off
)

// reasoningOpen are the tags that models put around reasoning they should have
// kept to themselves.
var reasoningOpen = regexp.MustCompile(`^<(think|thinking|thought|reasoning|reflection)>`)

// unwrap takes off what stands around the answer, outermost first. An opened
// and unclosed block of reasoning leaves nothing: the answer never began.
func unwrap(text string, wantJSON bool) (string, []string) {
	var repairs []string
	text = strings.TrimSpace(strings.TrimPrefix(text, "\ufeff"))
	for {
		rest, ok := withoutReasoning(text)
		if !ok {
			break
		}
		text, repairs = rest, append(repairs, RepairReasoning)
	}
	if rest, ok := withoutFence(text); ok {
		text, repairs = rest, append(repairs, RepairFence)
	}
	if !wantJSON || strings.HasPrefix(text, "{") && json.Valid([]byte(text)) {
		return text, repairs
	}
	if rest, fenced, ok := onlyObject(text); ok {
		if fenced {
			repairs = append(repairs, RepairFence)
		}
		return rest, append(repairs, RepairPreamble)
	}
	return text, repairs
}

// withoutReasoning takes off one block of reasoning at the start. Blocks of
// the same tag nest. A closing tag without an opening one (templates that open
// it in the prompt) ends a block that began with the text.
func withoutReasoning(text string) (string, bool) {
	m := reasoningOpen.FindStringSubmatch(text)
	if m == nil {
		if at := strings.Index(text, "</think>"); at >= 0 && !strings.HasPrefix(text, "{") && !strings.Contains(text[:at], "<think>") {
			return strings.TrimSpace(text[at+len("</think>"):]), true
		}
		return text, false
	}
	begin, end := "<"+m[1]+">", "</"+m[1]+">"
	depth, i := 0, 0
	for i < len(text) {
		switch {
		case strings.HasPrefix(text[i:], begin):
			depth++
			i += len(begin)
		case strings.HasPrefix(text[i:], end):
			depth--
			i += len(end)
			if depth == 0 {
				return strings.TrimSpace(text[i:]), true
			}
		default:
			i++
		}
	}
	return "", true
}

// withoutFence takes off a code fence that opens with the text and closes with
// it.
func withoutFence(text string) (string, bool) {
	if !strings.HasPrefix(text, "```") || !strings.HasSuffix(text, "```") || strings.Count(text, "```") != 2 {
		return text, false
	}
	_, rest, ok := strings.Cut(text, "\n")
	if !ok {
		return text, false
	}
	return strings.TrimSpace(strings.TrimSuffix(rest, "```")), true
}

// onlyObject finds the one JSON object in a text of words: it begins a line,
// is whole, and no other brace stands outside of it. Anything less clear is
// left alone.
func onlyObject(text string) (object string, fenced, ok bool) {
	at := strings.Index(text, "{")
	if at <= 0 && !strings.HasPrefix(text, "{") {
		return "", false, false
	}
	if at > 0 && !strings.HasSuffix(strings.TrimRight(text[:at], " \t"), "\n") {
		return "", false, false
	}
	d := json.NewDecoder(strings.NewReader(text[at:]))
	var raw json.RawMessage
	if d.Decode(&raw) != nil {
		return "", false, false
	}
	before, after := text[:at], text[at+int(d.InputOffset()):]
	if strings.ContainsAny(before+after, "{}") || utf8.RuneCountInString(before+after) > maxPreamble {
		return "", false, false
	}
	return string(raw), strings.Contains(before, "```"), true
}

// maxPreamble is the most runes of words around an object that are taken for
// politeness and not for an answer of their own.
const maxPreamble = 600

// judge decides what an answer is: good (nil), cut, refused, or unusable.
func judge(resp *llm.Response, refusal string, schema *strict.Schema) error {
	switch resp.Finish {
	case llm.ContentFilter:
		return bad(pipeline.Refused, "the provider's filter stopped the answer", "")
	case llm.Length:
		return bad(pipeline.Truncated, "the answer was cut at its token limit", "")
	case llm.Loop:
		return bad(pipeline.Truncated, "the answer was stopped: it repeated itself without end", "")
	}
	if refusal != "" {
		return bad(pipeline.Refused, "the model refuses: "+excerpt(refusal), "")
	}
	if resp.Text == "" {
		return bad(pipeline.BadOutput, "the answer is empty but for reasoning", "")
	}
	if !strings.HasPrefix(resp.Text, "{") && Refusal(resp.Text) {
		return bad(pipeline.Refused, "the model refuses: "+excerpt(resp.Text), "")
	}
	if schema == nil {
		return nil
	}
	violations := schema.Validate([]byte(resp.Text))
	if len(violations) == 0 {
		return nil
	}
	var list []string
	for _, v := range violations[:min(len(violations), 5)] {
		list = append(list, v.String())
	}
	if more := len(violations) - len(list); more > 0 {
		list = append(list, fmt.Sprintf("and %d more", more))
	}
	return bad(pipeline.BadOutput, "the answer breaks its schema: "+strings.Join(list, "; "), "")
}

func bad(code pipeline.Code, message, hint string) error {
	return &pipeline.Error{Code: code, Hint: hint, Err: errors.New(message)}
}

// excerpt is the beginning of an answer for a message, in one line.
func excerpt(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 100 {
		return string(r[:99]) + "…"
	}
	return s
}
