package batch

import (
	"bufio"
	"bytes"
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
	is := func(id string) bool { _, ok := listed[id]; return ok }
	_, err = WriteReport(dir, head, func(states ...store.DocState) iter.Seq2[*store.Document, error] {
		return func(yield func(*store.Document, error) bool) {
			for row, err := range rows(states...) {
				if err == nil && !is(row.ID) {
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

// noHeadline is what an account without one has.
var noHeadline = []byte(`"headline":""`)

// headlined gives rows their headlines where the store keeps no text: those of
// the reports that are there, of articles whose files stand.
func headlined(dir *outdir.Dir, rows Rows) Rows {
	var listed map[string]string
	return func(states ...store.DocState) iter.Seq2[*store.Document, error] {
		return func(yield func(*store.Document, error) bool) {
			for row, err := range rows(states...) {
				if err == nil && row.Written != "" && bytes.Contains(row.Report, noHeadline) {
					if listed == nil { // a report that cannot be read has no headlines
						listed, _ = listedIn(filepath.Join(dir.Path, resultsFile))
					}
					if r := resultOf(row); r.Headline == "" && listed[row.ID] != "" {
						r.Headline = listed[row.ID]
						row.Report = r.JSON()
					}
				}
				if !yield(row, err) || err != nil {
					return
				}
			}
		}
	}
}

// listedIn are the headlines in a results.jsonl by id.
func listedIn(name string) (map[string]string, error) {
	listed := map[string]string{}
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
			ID       string `json:"id"`
			Headline string `json:"headline"`
		}
		if err := dec.Decode(&line); err != nil {
			return listed, fmt.Errorf("reading %s: %w", resultsFile, err)
		}
		listed[line.ID] = line.Headline
	}
	return listed, nil
}
