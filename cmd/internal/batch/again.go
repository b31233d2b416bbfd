package batch

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"

	"dragoman/cmd/internal/outdir"
	"dragoman/cmd/internal/store"
)

// ReportAgain writes the reports of an output folder once more without one
// article: about the others that stand in them, as rows has them now. A folder
// without reports is left as it is; written says whether there were any.
func ReportAgain(dir *outdir.Dir, without string, rows Rows) (written bool, err error) {
	b, err := os.ReadFile(filepath.Join(dir.Path, reportJSON))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	var head Head
	if err == nil {
		err = json.Unmarshal(b, &head)
	}
	if err != nil {
		return false, fmt.Errorf("reading %s: %w", reportJSON, err)
	}
	listed, err := listedIn(filepath.Join(dir.Path, resultsFile))
	if err != nil {
		return false, err
	}
	delete(listed, without)
	_, err = WriteReport(dir, head, func(states ...store.DocState) iter.Seq2[*store.Document, error] {
		return func(yield func(*store.Document, error) bool) {
			for row, err := range rows(states...) {
				if err == nil && !listed[row.ID] {
					continue
				}
				if !yield(row, err) || err != nil {
					return
				}
			}
		}
	})
	return err == nil, err
}

// listedIn are the ids in a results.jsonl.
func listedIn(name string) (map[string]bool, error) {
	listed := map[string]bool{}
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return listed, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", resultsFile, err)
	}
	defer f.Close()
	for dec := json.NewDecoder(bufio.NewReader(f)); dec.More(); {
		var line struct {
			ID string `json:"id"`
		}
		if err := dec.Decode(&line); err != nil {
			return nil, fmt.Errorf("reading %s: %w", resultsFile, err)
		}
		listed[line.ID] = true
	}
	return listed, nil
}
