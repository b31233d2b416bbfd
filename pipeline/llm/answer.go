package llm

import "dragoman/pipeline"

// Answer is one whole answer as the endpoint gave it, before anything is taken
// off it.
type Answer struct {
	Text    string         // the content, reasoning fields left out
	Refusal string         // the refusal field, or ""
	Finish  Finish         // why the model stopped
	Model   string         // that answered, or ""
	Usage   pipeline.Usage // Known is false where the endpoint did not say
}

// Tape takes every exchange a second time, for recordings. The answer is nil
// where the reply holds no whole one.
type Tape interface {
	Record(x *Exchange, a *Answer) error
}
