package writer

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the report's template and style
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"
	"sync"

	"dragoman/pipeline"
)

var (
	//go:embed report.gohtml
	reportTemplate string
	//go:embed report.css
	reportStyle string
)

// HTML writes the report: one self-contained page with the account, the
// summary with links to its evidence, the source with its tracked changes
// beside every edition sentence by sentence, the findings, the names sheet, and
// what it took. It holds no script, asks for nothing from any network, and its
// content policy forbids both.
func HTML(w io.Writer, doc *pipeline.Document) error {
	page, err := compiledReport()
	if err != nil {
		return fmt.Errorf("reading report template: %w", err)
	}
	var b bytes.Buffer
	if err := page.Execute(&b, newReport(doc)); err != nil {
		return fmt.Errorf("writing report: %w", err)
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("writing report: %w", err)
	}
	return nil
}

// compiledReport is the template with the style in it. The style is a part of
// the template's text and not a value, so that no value is ever trusted; its
// remarks are taken out first, as the template would, so that the hash in the
// content policy is that of the bytes sent.
var compiledReport = sync.OnceValues(func() (*template.Template, error) {
	style := squeezeStyle(reportStyle)
	sum := sha256.Sum256([]byte(style))
	text := strings.NewReplacer(
		"@STYLEHASH@", "sha256-"+base64.StdEncoding.EncodeToString(sum[:]),
		"@STYLE@", style,
	).Replace(reportTemplate)
	return template.New("report").Option("missingkey=error").Parse(text)
})

// squeezeStyle takes remarks, indents and empty lines out of a style sheet.
func squeezeStyle(css string) string {
	for {
		before, rest, found := strings.Cut(css, "/*")
		if !found {
			break
		}
		_, after, _ := strings.Cut(rest, "*/")
		css = before + after
	}
	var out []string
	for line := range strings.Lines(css) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}
