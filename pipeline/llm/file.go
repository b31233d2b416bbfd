package llm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
	"unicode/utf8"
)

// exchangeFile is the JSON form of an exchange in a folder ledger.
type exchangeFile struct {
	Stage        string            `json:"stage"`
	Lang         string            `json:"lang,omitempty"`
	Prompt       string            `json:"prompt,omitempty"`
	PromptDigest string            `json:"promptDigest,omitempty"`
	Model        string            `json:"model"`
	Units        []string          `json:"units,omitempty"`
	Temperature  float64           `json:"temperature"`
	MaxTokens    int               `json:"maxTokens"`
	Messages     []Message         `json:"messages"`
	SchemaName   string            `json:"schemaName,omitempty"`
	Schema       json.RawMessage   `json:"schema,omitempty"`
	Rung         Rung              `json:"rung"`
	Params       json.RawMessage   `json:"params,omitempty"`
	Shape        string            `json:"shape,omitempty"`
	Endpoint     string            `json:"endpoint,omitempty"`
	Sent         time.Time         `json:"sent"`
	DurationMS   int64             `json:"durationMs"`
	Status       int               `json:"status"`
	Header       map[string]string `json:"header,omitempty"`
	Broken       string            `json:"broken,omitempty"`
	Body         string            `json:"body,omitempty"`
	Bytes        []byte            `json:"bytes,omitempty"` // in place of body where it is not UTF-8
	NoText       bool              `json:"noText,omitempty"`
}

func newExchangeFile(x *Exchange) exchangeFile {
	r := x.Request
	f := exchangeFile{
		Stage: r.Stage, Lang: r.Lang, Prompt: r.Prompt, PromptDigest: r.PromptDigest, Model: r.Model, Units: r.Units,
		Temperature: r.Temperature, MaxTokens: r.MaxTokens, Messages: r.Messages, SchemaName: r.SchemaName, Schema: r.Schema,
		Rung: x.Rung, Params: x.Params, Shape: x.Shape, Endpoint: x.Endpoint,
		Sent: x.Sent, DurationMS: x.Duration.Milliseconds(),
		Status: x.Reply.Status, Header: x.Reply.Header, Broken: x.Reply.Broken,
		NoText: x.NoText,
	}
	if utf8.Valid(x.Reply.Body) {
		f.Body = string(x.Reply.Body)
	} else {
		f.Bytes = x.Reply.Body
	}
	return f
}

func (f exchangeFile) exchange() *Exchange {
	x := &Exchange{
		Request: Request{
			Stage: f.Stage, Lang: f.Lang, Prompt: f.Prompt, PromptDigest: f.PromptDigest, Model: f.Model, Units: f.Units,
			Temperature: f.Temperature, MaxTokens: f.MaxTokens, Messages: f.Messages, SchemaName: f.SchemaName, Schema: compact(f.Schema),
		},
		Rung: f.Rung, Params: compact(f.Params), Shape: f.Shape, Endpoint: f.Endpoint,
		Sent: f.Sent, Duration: time.Duration(f.DurationMS) * time.Millisecond,
		Reply:  Reply{Status: f.Status, Header: f.Header, Body: f.Bytes, Broken: f.Broken},
		NoText: f.NoText,
	}
	if f.Bytes == nil {
		x.Reply.Body = []byte(f.Body)
	}
	return x
}

// EncodeExchange is the JSON form of an exchange without its key and number:
// what a folder has as a file, on one line. Any body goes, also one that is no
// UTF-8.
func EncodeExchange(x *Exchange) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(newExchangeFile(x)); err != nil {
		return nil, fmt.Errorf("writing an exchange: %w", err)
	}
	return b.Bytes(), nil
}

// DecodeExchange reads what EncodeExchange wrote, or the file of a folder. It
// must be of the request of this key.
func DecodeExchange(b []byte, key string, sequence int) (*Exchange, error) {
	var file exchangeFile
	if err := json.Unmarshal(b, &file); err != nil {
		return nil, fmt.Errorf("reading an exchange: %w", err)
	}
	x := file.exchange()
	if !x.NoText && Key(&x.Request) != key {
		return nil, errors.New("reading an exchange: it is of another request")
	}
	x.Key, x.Sequence = key, sequence
	return x, nil
}

// writeFile puts a file in its place whole: a temporary file beside it,
// synced, renamed, and the folder synced.
func writeFile(name string, b []byte, mode os.FileMode) (err error) {
	dir := filepath.Dir(name)
	tmp, err := os.CreateTemp(dir, ".tmp-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tmp.Close()
			os.Remove(tmp.Name())
		}
	}()
	if err := tmp.Chmod(mode); err != nil {
		return err
	}
	if _, err := tmp.Write(b); err != nil {
		return err
	}
	if err := tmp.Sync(); err != nil {
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), name); err != nil {
		return err
	}
	return syncDir(dir)
}

// syncDir makes a rename durable. File systems that cannot sync a folder say
// so; that is tolerated, as there is nothing else to be done.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // it keeps its own log of renames, and has no such call
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}
