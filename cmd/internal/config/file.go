package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/setting"
	"dragoman/pipeline/check"
)

// maxFile bounds what is read as a configuration file.
const maxFile = 1 << 20

// readFile reads one configuration file into c and returns every problem, each
// with file:line:col.
func (c *Config) readFile(path string) []error {
	f, err := os.Open(path)
	if err != nil {
		return []error{fmt.Errorf("reading the configuration: %w", err)}
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return []error{fmt.Errorf("reading the configuration: %w", err)}
	}
	if len(b) > maxFile {
		return []error{fmt.Errorf("%s:1:1: is larger than a configuration can be (1 MiB)", path)}
	}
	return c.parse(path, b)
}

func (c *Config) parse(path string, b []byte) []error {
	dec := yaml.NewDecoder(bytes.NewReader(b))
	var doc yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return []error{syntax(path, err)}
	}
	var more yaml.Node
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return []error{fmt.Errorf("%s:%d:1: holds a second document; put all settings into one", path, max(more.Line, 1))}
	}
	root := doc.Content[0]
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return nil
	}
	if root.Kind != yaml.MappingNode {
		return []error{fmt.Errorf("%s: must hold settings, one \"name: value\" a line", at(path, root))}
	}
	var errs []error
	seen := map[string]int{}
	for i := 0; i+1 < len(root.Content); i += 2 {
		errs = append(errs, c.setNode(path, root.Content[i], root.Content[i+1], seen))
	}
	return errs
}

// setNode gives one key of the file its value.
func (c *Config) setNode(path string, key, value *yaml.Node, seen map[string]int) error {
	where := at(path, key)
	if key.Value == schedulesKey {
		return c.setSchedules(path, key, value, seen)
	}
	f, ok := find(key.Value)
	switch {
	case !ok:
		return fmt.Errorf("%s: unknown key %q%s", where, key.Value, didYouMean(key.Value))
	case seen[f.name] != 0:
		return fmt.Errorf("%s: %s stands here a second time; the first is in line %d", where, f.inFile(), seen[f.name])
	case f.secret:
		return fmt.Errorf("%s: %s may not stand in a file that is shared; set %s, or name a file with api-key-file", where, f.name, f.env[0])
	}
	seen[f.name] = key.Line
	for value.Kind == yaml.AliasNode {
		value = value.Alias
	}
	v := value.Value
	if f.key == checksKey {
		return c.setChecks(path, where, value)
	}
	switch {
	case value.Kind == yaml.SequenceNode && f.name == "to":
		var words []string
		for _, n := range value.Content {
			words = append(words, n.Value)
		}
		v = strings.Join(words, ",")
	case value.Kind != yaml.ScalarNode:
		return fmt.Errorf("%s: %s must be one value", at(path, value), f.name)
	case value.Tag == "!!null":
		return fmt.Errorf("%s: %s has no value; give it one or take the line out", where, f.name)
	}
	if err := c.set(f, v, at(path, value), filepath.Dir(path)); err != nil {
		return err
	}
	c.origin[f.name] = where
	return nil
}

// checksKey is the key of the one setting that is a map.
const checksKey = "checks"

// schedulesKey is the key of what stands in the file alone.
const schedulesKey = "schedules"

// setSchedules reads the schedules.
func (c *Config) setSchedules(path string, key, value *yaml.Node, seen map[string]int) error {
	if seen[schedulesKey] != 0 {
		return fmt.Errorf("%s: %s stands here a second time; the first is in line %d", at(path, key), schedulesKey, seen[schedulesKey])
	}
	seen[schedulesKey] = key.Line
	if value.Kind == yaml.ScalarNode && value.Tag == "!!null" {
		return fmt.Errorf("%s: %s has no value; give it one or take the line out", at(path, key), schedulesKey)
	}
	specs, errs := schedule.Parse(path, value)
	c.Schedules, c.origin[schedulesKey] = specs, at(path, key)
	return errors.Join(errs...)
}

// setChecks reads the modes of checks, one "T18: warn" a line.
func (c *Config) setChecks(path, where string, value *yaml.Node) error {
	if value.Kind != yaml.MappingNode {
		return fmt.Errorf("%s: %s must hold one \"T18: warn\" a line", at(path, value), checksKey)
	}
	var errs []error
	seen := map[string]bool{}
	for i := 0; i+1 < len(value.Content); i += 2 {
		id, mode := value.Content[i], value.Content[i+1]
		name := strings.ToUpper(id.Value)
		if mode.Kind != yaml.ScalarNode {
			errs = append(errs, fmt.Errorf("%s: %s must be one value", at(path, mode), name))
			continue
		}
		if seen[name] {
			errs = append(errs, fmt.Errorf("%s: %s stands here a second time", at(path, id), name))
			continue
		}
		seen[name] = true
		if err := c.setCheckMode(id.Value, mode.Value); err != nil {
			place := mode
			if !slices.Contains(check.IDs(), name) {
				place = id
			}
			errs = append(errs, fmt.Errorf("%s: %s %w", at(path, place), checksKey, err))
		}
	}
	c.origin["check-mode"] = where
	return errors.Join(errs...)
}

// at is the place of a node: file:line:col.
func at(path string, n *yaml.Node) string {
	return fmt.Sprintf("%s:%d:%d", path, n.Line, n.Column)
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+)(?:, column (\d+))?: )?(.*)$`)

// syntax gives the parser's error the usual place.
func syntax(path string, err error) error {
	m := yamlLine.FindStringSubmatch(strings.SplitN(err.Error(), "\n", 2)[0])
	if m == nil {
		return fmt.Errorf("%s:1:1: %w", path, err)
	}
	for i, v := range []string{"", "1", "1"} {
		if i > 0 && m[i] == "" {
			m[i] = v
		}
	}
	return fmt.Errorf("%s:%s:%s: %s", path, m[1], m[2], m[3])
}

// inFile is the setting's key in the file.
func (f field) inFile() string { return cmp.Or(f.key, f.name) }

// find is the setting with a key.
func find(name string) (field, bool) {
	for _, f := range fields {
		if f.inFile() == name {
			return f, true
		}
	}
	return field{}, false
}

// didYouMean is a suggestion for a key that is none.
func didYouMean(key string) string {
	for _, f := range fields {
		if f.secret {
			continue
		}
		if setting.Nearest(key, []string{f.inFile(), f.name}) != "" {
			return fmt.Sprintf(" (did you mean %q?)", f.inFile())
		}
	}
	if setting.Nearest(key, []string{schedulesKey}) != "" {
		return fmt.Sprintf(" (did you mean %q?)", schedulesKey)
	}
	return ""
}
