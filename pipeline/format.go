package pipeline

import "io"

// Reader turns bytes into articles, one block a raw part, not yet normalized.
// The name is the file's, for the id and for messages.
type Reader func(r io.Reader, name string) ([]*Article, error)

// Writer writes a document in one format.
type Writer func(w io.Writer, doc *Document) error
