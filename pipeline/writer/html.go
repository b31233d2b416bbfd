package writer

import (
	"errors"
	"io"

	"dragoman/pipeline"
)

// HTML writes the report.
func HTML(io.Writer, *pipeline.Document) error { return errors.New("not built yet") }
