package ops

import (
	"bufio"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// The text format of Prometheus, version 0.0.4, is written here, in these lines,
// and not by a library. prometheus/client_golang costs every start of the
// program 1.9 ms (9.2 ms to 11.1 ms for `dragoman version`, beyond its 10 ms:
// the tables of protobuf are made at start), 2.5 MB and 8 modules.
// VictoriaMetrics/metrics costs 0.1 MB, but cannot write help texts, which
// promlint asks for, and leaves the quoting of labels to us. A test holds what
// is written here against promlint, and reads it back.

// contentType is what /metrics is served as.
const contentType = "text/plain; version=0.0.4; charset=utf-8"

// kind is the type of a family.
type kind string

const (
	counter   kind = "counter"
	gauge     kind = "gauge"
	histogram kind = "histogram"
)

// family is one metric with all its labels.
type family struct {
	name, help string
	kind       kind
	labels     []string
	bounds     []float64 // of a histogram's buckets, rising; +Inf is not among them
	series     map[string]*series
}

// series is one metric with one set of labels.
type series struct {
	values  []string
	value   float64
	buckets []uint64 // not cumulative; the last is beyond every bound
	count   uint64
}

// maxSeries bounds the series of one family. Names of schedules, sources and
// sinks come from the configuration; beyond the bound they are counted as other.
const maxSeries = 1000

// other stands for every label of what is beyond the bound.
const other = "other"

// of finds or makes the series of these label values.
func (f *family) of(values ...string) *series {
	shown := make([]string, len(values))
	for i, v := range values {
		shown[i] = escape(cut(v, maxLabel))
	}
	values = shown
	key := strings.Join(values, "\xff") // no part of UTF-8
	s := f.series[key]
	if s != nil {
		return s
	}
	if len(f.series) >= maxSeries {
		values = slices.Repeat([]string{other}, len(values))
		key = strings.Join(values, "\xff")
		if s = f.series[key]; s != nil {
			return s
		}
	}
	s = &series{values: values, buckets: make([]uint64, len(f.bounds)+1)}
	if f.series == nil {
		f.series = map[string]*series{}
	}
	f.series[key] = s
	return s
}

// observe adds a value to a histogram.
func (f *family) observe(v float64, values ...string) {
	s := f.of(values...)
	s.buckets[slices.IndexFunc(append(slices.Clone(f.bounds), math.Inf(1)), func(b float64) bool { return v <= b })]++
	s.count++
	s.value += v
}

// forget takes away the series whose label has this value.
func (f *family) forget(label, value string) {
	i := slices.Index(f.labels, label)
	if i < 0 {
		return
	}
	maps.DeleteFunc(f.series, func(_ string, s *series) bool { return s.values[i] == value })
}

// write writes a family; one without series is left out.
func (f *family) write(w *bufio.Writer) {
	if len(f.series) == 0 {
		return
	}
	_, _ = w.WriteString("# HELP " + f.name + " " + strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace(f.help) + "\n")
	_, _ = w.WriteString("# TYPE " + f.name + " " + string(f.kind) + "\n")
	for _, key := range slices.Sorted(maps.Keys(f.series)) {
		s := f.series[key]
		if f.kind != histogram {
			f.line(w, "", s, "", s.value)
			continue
		}
		n := uint64(0)
		for i, in := range s.buckets {
			n += in
			bound := "+Inf"
			if i < len(f.bounds) {
				bound = number(f.bounds[i])
			}
			f.line(w, "_bucket", s, bound, float64(n))
		}
		f.line(w, "_sum", s, "", s.value)
		f.line(w, "_count", s, "", float64(s.count))
	}
}

// line writes one sample; bound is the label le of a bucket. Errors of a
// bufio.Writer come with its Flush.
func (f *family) line(w *bufio.Writer, suffix string, s *series, bound string, value float64) {
	var pairs []string
	for i, name := range f.labels {
		pairs = append(pairs, name+`="`+quoted(s.values[i])+`"`)
	}
	if bound != "" {
		pairs = append(pairs, `le="`+bound+`"`)
	}
	_, _ = w.WriteString(f.name + suffix)
	if len(pairs) > 0 {
		_, _ = w.WriteString("{" + strings.Join(pairs, ",") + "}")
	}
	_, _ = w.WriteString(" " + number(value) + "\n")
}

// maxLabel is how many bytes of a label's value are shown.
const maxLabel = 200

// quoted is a label's value as it stands between quotes; it has no newline.
func quoted(v string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v)
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// writeFamilies writes them in the order given.
func writeFamilies(w io.Writer, families []*family) error {
	b := bufio.NewWriter(w)
	for _, f := range families {
		f.write(b)
	}
	return b.Flush()
}
