package wire

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"dragoman/pipeline"
)

// quotaCodes are the providers' words for "stop, no money": under status 402,
// 429 or 403. Waiting does not help.
var quotaCodes = []string{
	"insufficient_quota", "credit_balance_exhausted", "organization_spend_limit_exceeded", "project_spend_limit_exceeded",
	"organization_usage_limit_exceeded", "billing_hard_limit_reached", "billing_not_active", "insufficient_credits",
}

// said is an error body, whatever its shape.
type said struct{ message, kind, code, param string }

// Classify makes the typed error of a reply that is no 2xx, as the guard does:
// for transports that talk to an endpoint by themselves.
func Classify(status int, h http.Header, body []byte) error { return classify(status, h, body, nil) }

// classify makes the typed error of a reply that is no 2xx.
func classify(status int, h http.Header, body []byte, readErr error) error {
	s := errorOf(body)
	if s.message == "" && readErr != nil {
		s.message = readErr.Error()
	}
	f := &Failure{
		Status: status, Type: s.kind, Code: s.code, Param: s.param, Message: oneLine(s.message, maxMessage),
		RequestID: firstOf(h, "X-Request-Id", "Request-Id", "Apim-Request-Id"),
		Wait:      wait(h), MaybePaid: status >= 500 || status == http.StatusRequestTimeout,
	}
	if f.Message == "" {
		f.Message = http.StatusText(status)
	}
	code, hint := class(status, s, f)
	switch h.Get("X-Should-Retry") {
	case "true":
		f.Retryable = code != pipeline.Auth && code != pipeline.Quota
	case "false":
		f.Retryable = false
	}
	return fail(code, hint, f)
}

// errorBody makes the typed error of an error that came under status 200, by
// the code it names, as OpenRouter does once an answer has begun.
func errorBody(body []byte) error {
	s := errorOf(body)
	f := &Failure{Type: s.kind, Code: s.code, Param: s.param, Message: oneLine(s.message, maxMessage), MaybePaid: true}
	status, err := strconv.Atoi(s.code)
	if err != nil || status < 400 || status > 599 {
		status = http.StatusInternalServerError // for all we know
	}
	code, hint := class(status, s, f)
	if f.Message == "" {
		f.Message = "an error under status 200, without a message"
	}
	return fail(code, hint, f)
}

// class decides what a caller can do about an error.
func class(status int, s said, f *Failure) (pipeline.Code, string) {
	text := strings.ToLower(s.message)
	switch {
	case status == http.StatusPaymentRequired || slices.Contains(quotaCodes, s.code) || slices.Contains(quotaCodes, s.kind):
		return pipeline.Quota, "the account at the provider has no money or allowance left"
	case status >= 300 && status < 400:
		return pipeline.Unavailable, "set the base URL to where the endpoint really is; redirects are not followed, the key would go with them"
	case status == http.StatusUnauthorized:
		return pipeline.Auth, "check the API key"
	case status == http.StatusForbidden && !filtered(s, text):
		return pipeline.Auth, "the key may not use this model or address"
	case status == http.StatusNotFound || s.code == "model_not_found":
		return pipeline.Unavailable, "check the base URL and the model; `dragoman doctor` lists the models"
	case tooLong(status, s, text):
		f.Context, f.Prompt = contextNumbers(s.message)
		return pipeline.TooLong, "the prompt and the answer do not fit the model's context"
	case filtered(s, text):
		return pipeline.Refused, "the provider's filter stopped it"
	case status == http.StatusTooManyRequests || s.code == "rate_limit_exceeded" || s.code == "slow_down":
		f.Retryable = true
		return pipeline.RateLimit, "lower --concurrency, or try later"
	case slices.Contains([]int{408, 409, 425}, status), status >= 500 && status != 501 && status != 505:
		f.Retryable = true
		return pipeline.Unavailable, "the endpoint is in trouble; try later"
	case status == 501 || status == 505:
		return pipeline.Unavailable, "the endpoint does not offer chat completions"
	}
	return pipeline.Invalid, ""
}

func filtered(s said, text string) bool {
	return s.code == "content_filter" || s.code == "content_policy_violation" || strings.Contains(text, "content management policy")
}

// longPrompt are the words by which servers say that a prompt is too long.
var longPrompt = regexp.MustCompile(`context (?:length|size|window)|maximum context|exceeds? the (?:available|maximum) context|too many tokens|prompt is too long|input is too long`)

func tooLong(status int, s said, text string) bool {
	if status == http.StatusRequestEntityTooLarge {
		return true
	}
	return status < 500 && status != http.StatusTooManyRequests &&
		(s.code == "context_length_exceeded" || s.kind == "exceed_context_size_error" || longPrompt.MatchString(text)) ||
		s.code == "context_length_exceeded"
}

// Where servers say how much the context holds, and how much the request had.
var (
	contextSaid = regexp.MustCompile(`(?i)context (?:length|size|window)(?: is| of|:)?[ (]*(?:only )?(\d[\d,]*)`)
	promptSaid  = regexp.MustCompile(`(?i)(?:resulted in|requested|request \(|prompt \(|your request has|you sent)[ (]*(?:about )?(\d[\d,]*)`)
)

// contextNumbers finds the context and the prompt, in tokens, in a message
// such as "This model's maximum context length is 8192 tokens. However, your
// messages resulted in 9001 tokens" or "request (9001 tokens) exceeds the
// available context size (8192 tokens)"; 0 where they are not given.
func contextNumbers(message string) (context, prompt int) {
	return figure(contextSaid, message), figure(promptSaid, message)
}

func figure(re *regexp.Regexp, message string) int {
	m := re.FindStringSubmatch(message)
	if m == nil {
		return 0
	}
	n, err := strconv.Atoi(strings.ReplaceAll(m[1], ",", ""))
	if err != nil || n > maxUsage {
		return 0
	}
	return n
}

// errorOf reads an error body of any of the shapes seen: {"error":{…}},
// {"error":"text"}, {"object":"error","message":…}, FastAPI's {"detail":…}, or
// no JSON at all.
func errorOf(body []byte) said {
	var top map[string]json.RawMessage
	if json.Unmarshal(body, &top) != nil {
		return said{message: string(body)}
	}
	if e, ok := top["error"]; ok && present(e) {
		var inner map[string]json.RawMessage
		if json.Unmarshal(e, &inner) == nil {
			s := members(inner)
			if s.message == "" {
				s.message = string(e)
			}
			return s
		}
		s := members(top)
		s.message = scalar(e)
		return s
	}
	s := members(top)
	if s.message == "" {
		s.message = scalar(top["detail"])
	}
	if s.message == "" {
		s.message = string(body)
	}
	return s
}

func members(m map[string]json.RawMessage) said {
	s := said{message: scalar(m["message"]), kind: scalar(m["type"]), code: scalar(m["code"]), param: scalar(m["param"])}
	var inner map[string]json.RawMessage
	if json.Unmarshal(m["innererror"], &inner) == nil {
		if c := scalar(inner["code"]); strings.Contains(strings.ToLower(c), "responsibleaipolicyviolation") {
			s.code = "content_filter"
		}
	}
	return s
}

// scalar is a JSON value as text: a string's content, a list's parts, else the
// JSON itself.
func scalar(b json.RawMessage) string {
	if !present(b) {
		return ""
	}
	var s string
	if json.Unmarshal(b, &s) == nil {
		return s
	}
	var list []string
	if json.Unmarshal(b, &list) == nil {
		return strings.Join(list, ", ")
	}
	return string(b)
}
