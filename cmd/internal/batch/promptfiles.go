package batch

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"

	"dragoman/prompts"
)

// maxPrompt bounds one file of a prompt folder, in bytes; a released prompt has
// a few thousand.
const maxPrompt = 1 << 20

// PromptFiles reads a user's prompt folder for Plan.Prompts: the prompts, the
// notes on languages, and the schemas.
func PromptFiles(fsys fs.FS) (map[string]string, error) {
	out := map[string]string{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if ext := path.Ext(name); err != nil || d.IsDir() || ext != ".md" && ext != ".json" {
			return err
		}
		b, err := fs.ReadFile(fsys, name)
		if err == nil && len(b) > maxPrompt {
			err = fmt.Errorf("%s is larger than a prompt can be (1 MiB)", name)
		}
		out[name] = string(b)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the prompt folder: %w", err)
	}
	return out, nil
}

// PromptSet is the built-in prompts with the plan's own over them.
func (p *Plan) PromptSet() (*prompts.Set, error) {
	set, err := prompts.Builtin()
	if err != nil || len(p.Prompts) == 0 {
		return set, err
	}
	fsys, err := folderOf(p.Prompts)
	if err != nil {
		return nil, fmt.Errorf("reading the plan's prompts: %w", err)
	}
	own, err := prompts.Load(fsys, "the plan")
	if err != nil {
		return nil, err
	}
	return set.Over(own), nil
}

// folderOf is a folder in memory that holds these files: an archive, since the
// standard library has no other for use outside tests.
func folderOf(files map[string]string) (fs.FS, error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f, err := w.Create(name)
		if err != nil {
			return nil, err
		}
		if _, err := f.Write([]byte(files[name])); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
}
