package reader

import (
	"errors"
	"io"

	"dragoman/pipeline"
)

// HTML reads a web page.
func HTML(r io.Reader, name string) ([]*pipeline.Article, error) {
	return nil, invalid(name, errors.New("HTML is not read yet"), "")
}
