package main

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"dragoman/cmd/internal/config"
	"dragoman/cmd/internal/store"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/openai"
	"dragoman/pipeline/llm/wire"
)

// propsTimeout bounds the free question to a server on this machine.
const propsTimeout = 2 * time.Second

// at is how the client reaches the configured endpoint.
func at(cfg *config.Config) openai.Config {
	return openai.Config{BaseURL: cfg.BaseURL, APIKey: cfg.APIKey, AzureVersion: cfg.APIVersion, Model: cfg.Model}
}

// modelOf is the configured model, else the endpoint's only one; where it has
// more, the error lists them.
func modelOf(ctx context.Context, cfg *config.Config) (string, error) {
	if cfg.Model != "" {
		return cfg.Model, nil
	}
	models, err := openai.Models(ctx, at(cfg))
	if err != nil {
		if sig := stopped(ctx); sig != nil {
			return "", sig
		}
		return "", err
	}
	return openai.ChooseModel(models)
}

// profileOf is what doctor found out about a model. Where it was not asked, a
// server on this machine tells its slots and its context for free: llama.cpp's
// context is often small.
func profileOf(ctx context.Context, cfg *config.Config, profiles store.Profiles, model string) (llm.Profile, error) {
	p, stored, err := profiles.Load(ctx, strings.TrimRight(cfg.BaseURL, "/"), model)
	if err == nil && !stored {
		p.Slots, p.Context = props(ctx, cfg.BaseURL)
	}
	return p, err
}

// props is what llama.cpp says of itself: 0 where it is another server, or not
// on this machine.
func props(ctx context.Context, baseURL string) (slots, contextTokens int) {
	u, err := url.Parse(baseURL)
	if err != nil || !isLocal(baseURL) {
		return 0, 0
	}
	ctx, cancel := context.WithTimeout(ctx, propsTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/props"}).String(), nil)
	if err != nil {
		return 0, 0
	}
	resp, err := wire.Network().RoundTrip(req)
	if err != nil {
		return 0, 0
	}
	defer resp.Body.Close()
	var said struct {
		Slots    int `json:"total_slots"`
		Settings struct {
			Context int `json:"n_ctx"` // of one slot
		} `json:"default_generation_settings"`
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil || resp.StatusCode != http.StatusOK || json.Unmarshal(b, &said) != nil {
		return 0, 0
	}
	return max(said.Slots, 0), max(said.Settings.Context, 0)
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
