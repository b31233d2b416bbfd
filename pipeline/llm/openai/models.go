package openai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"dragoman/pipeline"
	"dragoman/pipeline/llm/wire"
)

// Model is one entry of an endpoint's list of models.
type Model struct {
	ID      string // as a request names it
	Owner   string // owned_by: "llamacpp", "vllm", "library" (Ollama), …
	Context int    // tokens its context holds, where the list says so; else 0
}

// Models lists the endpoint's models. cfg.HTTP is the network, or nil. Errors
// are of class Auth, or Unavailable where no list can be had.
func Models(ctx context.Context, cfg Config) ([]Model, error) {
	if cfg.BaseURL == "" {
		cfg.BaseURL = DefaultBaseURL
	}
	if err := checkURL(cfg.BaseURL); err != nil {
		return nil, err
	}
	var list struct {
		Data []struct {
			ID     string `json:"id"`
			Owner  string `json:"owned_by"`
			MaxLen int    `json:"max_model_len"` // vLLM
			Length int    `json:"context_length"`
			Loaded int    `json:"loaded_context_length"` // LM Studio
			Meta   struct {
				Context int `json:"n_ctx"`
			} `json:"meta"`
		} `json:"data"`
	}
	status, err := get(ctx, cfg, strings.TrimRight(cfg.BaseURL, "/")+"/models", &list)
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return nil, &pipeline.Error{Code: pipeline.Auth, Hint: "check the API key", Err: fmt.Errorf("listing the models: status %d", status)}
	case status == http.StatusNotFound && withVersion(cfg) != "":
		return nil, &pipeline.Error{Code: pipeline.Unavailable, Hint: "the base URL has no /v1: try OPENAI_BASE_URL=" + withVersion(cfg), Err: fmt.Errorf("listing the models: %w", err)}
	case err != nil:
		return nil, &pipeline.Error{Code: pipeline.Unavailable, Hint: "is the server running, and the base URL right?", Err: fmt.Errorf("listing the models: %w", err)}
	case list.Data == nil:
		return nil, &pipeline.Error{Code: pipeline.Unavailable, Hint: "check the base URL", Err: errors.New("listing the models: the reply is no list of models")}
	}
	var out []Model
	for _, m := range list.Data {
		size := 0
		for _, n := range []int{m.Loaded, m.Meta.Context, m.MaxLen, m.Length} {
			if size == 0 && n > 0 {
				size = n
			}
		}
		out = append(out, Model{m.ID, m.Owner, size})
	}
	return out, nil
}

// maxNamed is how many models an error names.
const maxNamed = 20

// ChooseModel is the model to use where none is given: the endpoint's only
// one. Otherwise the error is of class Invalid and lists what there is.
func ChooseModel(models []Model) (string, error) {
	if len(models) == 1 {
		return models[0].ID, nil
	}
	if len(models) == 0 {
		return "", &pipeline.Error{Code: pipeline.Invalid, Hint: "load a model in the server", Err: errors.New("the endpoint offers no model")}
	}
	var names []string
	for _, m := range models {
		names = append(names, m.ID)
	}
	slices.Sort(names)
	more := ""
	if len(names) > maxNamed {
		more = fmt.Sprintf(" and %d more", len(names)-maxNamed)
		names = names[:maxNamed]
	}
	return "", &pipeline.Error{
		Code: pipeline.Invalid, Hint: "choose one with --model",
		Err: fmt.Errorf("the endpoint offers several models: %s%s", strings.Join(names, ", "), more),
	}
}

// get reads a small JSON document. The status is 0 where no reply came.
func get(ctx context.Context, cfg Config, address string, into any) (status int, err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, err
	}
	rt := cfg.HTTP
	if rt == nil {
		rt = wire.Network()
	}
	s := &sender{rt: rt, key: cfg.APIKey, azure: cfg.AzureVersion != ""}
	resp, err := s.Do(req)
	if err != nil {
		return 0, errors.New(cfg.APIKey.Redact(err.Error()))
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	if err != nil {
		return resp.StatusCode, err
	}
	if resp.StatusCode != http.StatusOK {
		return resp.StatusCode, fmt.Errorf("status %d", resp.StatusCode)
	}
	if err := json.Unmarshal(b, into); err != nil {
		return resp.StatusCode, fmt.Errorf("the reply is no JSON")
	}
	return resp.StatusCode, nil
}

// Local is a model server found on this machine.
type Local struct {
	Server  string // what usually listens there, or what it says it is
	BaseURL string // for --base-url or OPENAI_BASE_URL
	Models  []Model
}

// usualPorts are where the well-known servers listen unless told otherwise.
var usualPorts = []struct {
	server string
	port   int
}{{"Ollama", 11434}, {"llama.cpp", 8080}, {"LM Studio", 1234}, {"vLLM", 8000}}

// FindLocal looks for model servers at the usual ports of this machine: Ollama
// 11434, llama.cpp 8080, LM Studio 1234, vLLM 8000. It sends nothing but
// GET /v1/models, without a key, and waits a second at most.
func FindLocal(ctx context.Context) []Local {
	return findLocal(ctx, wire.Network())
}

func findLocal(ctx context.Context, rt http.RoundTripper) []Local {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	found := make([]*Local, len(usualPorts))
	var wg sync.WaitGroup
	for i, p := range usualPorts {
		wg.Go(func() {
			base := fmt.Sprintf("http://127.0.0.1:%d/v1", p.port)
			models, err := Models(ctx, Config{BaseURL: base, HTTP: rt})
			if err == nil {
				found[i] = &Local{p.server, base, models}
				if s := serverOf(models); s != "" {
					found[i].Server = s
				}
			}
		})
	}
	wg.Wait()
	var out []Local
	for _, l := range found {
		if l != nil {
			out = append(out, *l)
		}
	}
	return out
}

// serverOf is the server by the owner it gives its models, or "".
func serverOf(models []Model) string {
	for _, m := range models {
		switch m.Owner {
		case "llamacpp":
			return "llama.cpp"
		case "vllm":
			return "vLLM"
		case "library":
			return "Ollama"
		case "organization_owner":
			return "LM Studio"
		}
	}
	return ""
}

// root is the address of the server itself, without the API's path.
func root(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return base
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host}).String()
}
