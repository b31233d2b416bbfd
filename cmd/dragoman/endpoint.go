package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"crypto/sha256"

	"dragoman/cmd/internal/config"
	"dragoman/pipeline"
	"dragoman/pipeline/llm"
)

// listTimeout bounds the free questions to an endpoint: which models it has.
const listTimeout = 10 * time.Second

// maxList bounds the answer; OpenRouter's list of some 400 models has 0.5 MB.
const maxList = 8 << 20

// onlyModel is the one model of an endpoint that has one; where it has more,
// the error lists them.
func onlyModel(ctx context.Context, cfg *config.Config) (string, error) {
	models, err := listModels(ctx, cfg.BaseURL, cfg.APIKey, listTimeout)
	if err != nil {
		return "", err
	}
	switch len(models) {
	case 1:
		return models[0], nil
	case 0:
		return "", badUsage("name one with --model", "the endpoint %s lists no model", cfg.BaseURL)
	}
	const shown = 12
	text := strings.Join(models[:min(len(models), shown)], ", ")
	if len(models) > shown {
		text += fmt.Sprintf(" and %d more", len(models)-shown)
	}
	return "", badUsage("name one with --model, DRAGOMAN_MODEL or model: in dragoman.yaml", "the endpoint has %d models: %s", len(models), text)
}

// listModels asks an endpoint which models it has, in the order of their names.
func listModels(ctx context.Context, baseURL string, key llm.Secret, timeout time.Duration) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(baseURL, "/")+"/models", nil)
	if err != nil {
		return nil, unreachable(baseURL, err)
	}
	if key.Set() {
		req.Header.Set("Authorization", "Bearer "+key.Reveal())
	}
	// A redirect could carry the key elsewhere.
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		if sig := stopped(ctx); sig != nil {
			return nil, sig
		}
		return nil, unreachable(baseURL, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxList))
	if err != nil {
		return nil, unreachable(baseURL, err)
	}
	switch {
	case resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusForbidden:
		return nil, &pipeline.Error{Code: pipeline.Auth, Hint: "check OPENAI_API_KEY, and that it belongs to this endpoint", Err: fmt.Errorf("%s refuses the key (status %d)", baseURL, resp.StatusCode)}
	case resp.StatusCode != http.StatusOK:
		return nil, &pipeline.Error{Code: pipeline.Unavailable, Hint: "check OPENAI_BASE_URL (it ends with /v1 for most servers), or name the model with --model", Err: fmt.Errorf("%s does not list its models (status %d)", baseURL, resp.StatusCode)}
	}
	var list struct {
		Data []struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, &pipeline.Error{Code: pipeline.Unavailable, Hint: "check OPENAI_BASE_URL, or name the model with --model", Err: fmt.Errorf("%s answers with no list of models", baseURL)}
	}
	var names []string
	for _, m := range list.Data {
		if m.ID != "" {
			names = append(names, m.ID)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// unreachable is the error of an endpoint that does not answer. The cause is
// shown without the address, which may hold what the user would not show.
func unreachable(baseURL string, err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	return &pipeline.Error{
		Code: pipeline.Unavailable, Hint: "check OPENAI_BASE_URL, and that the server runs; \"dragoman doctor\" looks for one on this machine",
		Err: fmt.Errorf("asking %s for its models: %w", baseURL, err),
	}
}

// isLocal reports whether an endpoint is on this machine.
func isLocal(baseURL string) bool {
	u, err := url.Parse(baseURL)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// profileFile is where the profile of one model on one endpoint is kept.
func profileFile(cfg *config.Config, model string) string {
	sum := sha256.Sum256([]byte(fmt.Sprintf("%d:%s%d:%s", len(cfg.BaseURL), cfg.BaseURL, len(model), model)))
	return filepath.Join(cfg.State, profilesFolder, hex.EncodeToString(sum[:8])+".json")
}

// loadProfile reads what doctor stored; no profile is the usual case.
func loadProfile(cfg *config.Config, model string) (llm.Profile, error) {
	p := llm.Profile{Endpoint: cfg.BaseURL, Model: model}
	b, err := os.ReadFile(profileFile(cfg, model))
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &p)
	}
	if err != nil {
		return p, stateError(fmt.Errorf("reading the endpoint's profile: %w", err))
	}
	return p, nil
}

// storeProfile keeps a profile for the runs to come.
func storeProfile(cfg *config.Config, p llm.Profile) (string, error) {
	name := profileFile(cfg, p.Model)
	b, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return "", stateError(err)
	}
	tmp := name + ".tmp"
	if err := os.WriteFile(tmp, append(b, '\n'), 0o600); err != nil {
		return "", stateError(err)
	}
	if err := os.Rename(tmp, name); err != nil {
		return "", stateError(err)
	}
	return name, nil
}
