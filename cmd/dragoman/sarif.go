package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"dragoman/pipeline"
	"dragoman/pipeline/check"
)

// sarifVerdicts prints one SARIF 2.1.0 log (OASIS standard, errata 01) with one
// run. Results are written as they come: a log of any length needs the memory
// of one result.
type sarifVerdicts struct {
	w     io.Writer
	file  string
	begun bool
	count int
}

// The members of a log that are written here, by the names of the standard.
type (
	sarifText struct {
		Text string `json:"text"`
	}
	sarifTags struct {
		Tags []string `json:"tags"`
	}
	sarifRule struct {
		ID               string    `json:"id"`
		ShortDescription sarifText `json:"shortDescription"`
		Properties       sarifTags `json:"properties"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version,omitempty"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifRegion struct {
		StartLine   int  `json:"startLine"`
		StartColumn int  `json:"startColumn,omitempty"`
		EndLine     int  `json:"endLine,omitempty"`
		EndColumn   int  `json:"endColumn,omitempty"`
		ByteOffset  *int `json:"byteOffset,omitempty"`
		ByteLength  *int `json:"byteLength,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifPhysical struct {
		ArtifactLocation sarifArtifact `json:"artifactLocation"`
		Region           *sarifRegion  `json:"region,omitempty"`
	}
	sarifLocation struct {
		PhysicalLocation sarifPhysical `json:"physicalLocation"`
	}
	sarifProperties struct {
		Row      string            `json:"row,omitempty"` // the id of the row
		Severity pipeline.Severity `json:"severity"`
		Span     check.RowSpan     `json:"span"` // in bytes of the judged text
		Suggest  string            `json:"suggest,omitempty"`
	}
	sarifSuppression struct {
		Kind          string `json:"kind"`
		Justification string `json:"justification"`
	}
	sarifResult struct {
		RuleID       string             `json:"ruleId"`
		RuleIndex    int                `json:"ruleIndex"`
		Level        string             `json:"level"`
		Message      sarifText          `json:"message"`
		Locations    []sarifLocation    `json:"locations"`
		Fingerprints map[string]string  `json:"fingerprints,omitempty"`
		Suppressions []sarifSuppression `json:"suppressions,omitempty"`
		Properties   sarifProperties    `json:"properties"`
	}
)

// sarifSchema is where the standard's schema is published.
const sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

func (s *sarifVerdicts) print(v verdict) error {
	if err := s.begin(); err != nil {
		return err
	}
	for i, f := range v.result.Findings {
		text := advice(f)
		if v.row {
			text = v.result.ID + ": " + text
		}
		r := sarifResult{
			RuleID: f.Check, RuleIndex: slices.Index(check.IDs(), f.Check), Level: sarifLevel(f.Severity), Message: sarifText{text},
			Locations:  []sarifLocation{{sarifPhysical{ArtifactLocation: sarifArtifact{fileURI(s.file)}, Region: regionOf(v.places[i])}}},
			Properties: sarifProperties{Severity: f.Severity, Span: f.Span, Suggest: f.Suggest},
		}
		if v.row {
			r.Properties.Row = v.result.ID
		}
		if f.ID != "" {
			r.Fingerprints = map[string]string{"dragoman/v1": f.ID}
		}
		if f.Waived != "" {
			r.Suppressions = []sarifSuppression{{"external", f.Waived}}
		}
		before := "\n    "
		if s.count > 0 {
			before = ",\n    "
		}
		s.count++
		if err := s.write(before, r); err != nil {
			return err
		}
	}
	return nil
}

// begin writes what stands before the first result.
func (s *sarifVerdicts) begin() error {
	if s.begun {
		return nil
	}
	s.begun = true
	driver := sarifDriver{Name: "dragoman", Version: strings.Fields(version(debug.ReadBuildInfo()))[1]}
	for _, id := range check.IDs() {
		driver.Rules = append(driver.Rules, sarifRule{id, sarifText{check.Describe(id)}, sarifTags{[]string{check.Category(id)}}})
	}
	if err := s.write(fmt.Sprintf("{\"$schema\": %q,\n \"version\": \"2.1.0\",\n \"runs\": [{\n  \"tool\": ", sarifSchema), sarifTool{driver}); err != nil {
		return err
	}
	return s.write(",\n  \"columnKind\": \"unicodeCodePoints\",\n  \"results\": [", nil)
}

// close ends the log, also one without a result.
func (s *sarifVerdicts) close() error {
	if err := s.begin(); err != nil {
		return err
	}
	return s.write("\n  ]\n }]\n}\n", nil)
}

// write writes text and then a value as JSON; nil is none.
func (s *sarifVerdicts) write(text string, v any) error {
	var b bytes.Buffer
	b.WriteString(text)
	if v != nil {
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(v); err != nil {
			return err
		}
		b.Truncate(b.Len() - 1) // the line break
	}
	if _, err := s.w.Write(b.Bytes()); err != nil {
		return &outputError{fmt.Errorf("printing the log: %w", err)}
	}
	return nil
}

// regionOf is a place as SARIF has it, nil where it is not known.
func regionOf(p place) *sarifRegion {
	if p.line == 0 {
		return nil
	}
	r := &sarifRegion{StartLine: p.line, StartColumn: p.col, EndLine: p.endLine, EndColumn: p.endCol}
	if p.bytes {
		length := p.end - p.start
		r.ByteOffset, r.ByteLength = &p.start, &length
	}
	return r
}

// sarifLevel is the SARIF level of a severity.
func sarifLevel(s pipeline.Severity) string {
	if kind := annotation(s); kind != "notice" {
		return kind
	}
	return "note"
}

// slashed is a file's name with the separators that every system reads.
func slashed(name string) string { return strings.TrimPrefix(filepath.ToSlash(name), "./") }

// fileURI is a file's name as a URI reference, relative where the name is.
func fileURI(name string) string {
	u := url.URL{Path: slashed(name)}
	if filepath.IsAbs(name) {
		u.Scheme = "file"
		if !strings.HasPrefix(u.Path, "/") {
			u.Path = "/" + u.Path // C:/texts/ru.txt
		}
	}
	return u.String()
}
