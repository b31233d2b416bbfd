package wire

import (
	"fmt"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
)

// A prompt of at least promptRunes runes whose reply counts fewer than one
// token per promptFactor of our lowest estimate was cut on its way.
const (
	promptRunes  = 2000
	promptFactor = 0.7
)

// promptHeld reports whether the endpoint counted about as many prompt tokens
// as were sent. Ollama cuts a prompt that is over its context without an
// error: the model then answers about the half it saw.
func promptHeld(req *llm.Request, u pipeline.Usage) error {
	if !u.Known {
		return nil
	}
	runes, least := 0, 0.0
	for _, m := range req.Messages {
		last := rune(-1)
		for _, r := range m.Content {
			runes++
			if r != last { // vocabularies hold runs of one sign as one token
				least += tokensPerRune(r)
			}
			last = r
		}
	}
	got := max(u.InputTokens, u.CachedTokens)
	if runes < promptRunes || float64(got) >= least*promptFactor {
		return nil
	}
	return fail(pipeline.TooLong, "give the server a larger context (Ollama: OLLAMA_CONTEXT_LENGTH), or use a model with one", &Failure{
		Status: 200, MaybePaid: true, Context: got,
		Message: fmt.Sprintf("the endpoint read about %d tokens of a prompt of at least %d: it cut the prompt", got, int(least)),
	})
}

// tokensPerRune is a low estimate: English runs to about 4.7 runes a token in
// o200k, Russian 4.2, Turkish 3.6; smaller vocabularies need more tokens.
func tokensPerRune(r rune) float64 {
	if r < 0x80 {
		return 1 / 5.5
	}
	if r >= 0x2E80 { // CJK and beyond
		return 1 / 2.5
	}
	return 1 / 5.0
}
