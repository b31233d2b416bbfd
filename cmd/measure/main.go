// Measure holds the stages without a model against evaluation data and prints
// one table per set. The data is not part of the repository: its folder is
// named by DRAGOMAN_DATA (this program alone reads the environment itself).
//
// Exit codes: 0 tables printed, 1 a file could not be read, 2 no folder named.
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
)

// table is one printed table. Its first row is the head.
type table struct {
	title string
	rows  [][]string
}

// measure computes tables from the files of a folder.
type measure func(dir string) ([]table, error)

// measures are all of them, in the order they are printed.
var measures = []measure{
	normalizeTables,
	sentenceTables,
	translationTables,
	summaryTables,
	editTables,
	languageTables,
	injectionTables,
	halfTables,
	speedTables,
	htmlTables,
}

func main() { os.Exit(run(os.Getenv("DRAGOMAN_DATA"), os.Stdout, os.Stderr)) }

// run prints every table of the folder.
func run(dir string, stdout, stderr io.Writer) int {
	if dir == "" {
		fmt.Fprintln(stderr, "measure: set DRAGOMAN_DATA to the folder with the evaluation data")
		return 2
	}
	code := 0
	for _, m := range measures {
		tables, err := m(dir)
		for _, t := range tables {
			t.print(stdout)
		}
		if err != nil {
			fmt.Fprintf(stderr, "measure: %v\n", err)
			code = 1
		}
	}
	return code
}

// print writes the table with aligned columns.
func (t table) print(w io.Writer) {
	fmt.Fprintf(w, "%s\n", t.title)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range t.rows {
		fmt.Fprintf(tw, "  %s\n", strings.Join(row, "\t"))
	}
	tw.Flush()
	fmt.Fprintln(w)
}

// percent writes a share as "98.7 %".
func percent(part, whole int) string {
	if whole == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(part)/float64(whole))
}

// misses is where the rows that failed are listed when DRAGOMAN_MISSES names
// a folder.
func misses(name string) io.WriteCloser {
	dir := os.Getenv("DRAGOMAN_MISSES")
	if dir == "" {
		return nop{io.Discard}
	}
	f, err := os.Create(filepath.Join(dir, name))
	if err != nil {
		return nop{io.Discard}
	}
	return f
}

type nop struct{ io.Writer }

func (nop) Close() error { return nil }
