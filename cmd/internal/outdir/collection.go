package outdir

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// collectionName is the file in an output folder that says which collection of
// a state its articles belong to. It is made with the first batch, and goes
// with the folder wherever that is moved: two folders never share a
// collection, on whatever machine they have the same name.
const collectionName = ".dragoman-collection"

var collectionPattern = regexp.MustCompile(`^c-[0-9a-f]{24}$`)

// Collection is the id of the folder's collection, made where it has none:
// "c-" and 24 hexadecimal digits.
func (d *Dir) Collection() (string, error) {
	id, err := Collection(d.Path)
	if err != nil || id != "" {
		return id, err
	}
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails
	id = "c-" + hex.EncodeToString(b[:])
	err = d.WriteFile("", File{Name: collectionName, Write: func(w io.Writer) error {
		_, err := io.WriteString(w, id+"\n")
		return err
	}})
	if err != nil {
		return "", fmt.Errorf("naming the collection: %w", err)
	}
	return id, nil
}

// Collection is the id of a folder's collection, "" where it has none.
func Collection(dir string) (string, error) {
	b, err := os.ReadFile(filepath.Join(dir, collectionName))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("reading the name of the collection: %w", err)
	}
	id := strings.TrimSpace(string(b))
	if !collectionPattern.MatchString(id) {
		return "", fmt.Errorf("reading the name of the collection: %s holds none; remove it to begin anew", filepath.Join(dir, collectionName))
	}
	return id, nil
}
