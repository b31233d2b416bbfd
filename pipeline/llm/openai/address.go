package openai

import (
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"dragoman/pipeline"
	"dragoman/pipeline/llm/wire"
)

// versioned is a path with the version of an API in it: /v1, /api/v4,
// /v1beta/openai.
var versioned = regexp.MustCompile(`/v\d`)

// withVersion is the base URL that was probably meant: most servers have their
// API below /v1. It is "" where the path names a version, and for Azure, whose
// addresses have none.
func withVersion(cfg Config) string {
	u, err := url.Parse(cfg.BaseURL)
	if err != nil || cfg.AzureVersion != "" || versioned.MatchString(u.Path) {
		return ""
	}
	return strings.TrimRight(cfg.BaseURL, "/") + "/v1"
}

// missed gives the error of an address that nothing was found at a remedy: the base
// URL that was probably meant. Any other error stays as it is.
func missed(err error, meant string) error {
	e, ok := errors.AsType[*pipeline.Error](err)
	f, failed := errors.AsType[*wire.Failure](err)
	if !ok || !failed || meant == "" || f.Status != http.StatusNotFound || f.Code == "model_not_found" {
		return err
	}
	out := *e
	out.Hint = "the base URL has no /v1: try OPENAI_BASE_URL=" + meant + "; or " + e.Hint
	return &out
}
