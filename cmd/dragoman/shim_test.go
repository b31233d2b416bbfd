package main

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

func testEnv() *environment {
	return &environment{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard, env: func(string) (string, bool) { return "", false }}
}

func TestArrange(t *testing.T) {
	for line, want := range map[string]string{
		"run a.txt --model X":            "run --model=X -- a.txt",
		"run --model X a.txt":            "run --model=X -- a.txt",
		"run a.txt --model=X --json":     "run --model=X --json -- a.txt",
		"run a.txt -o out b.txt":         "run --out=out -- a.txt b.txt",
		"run -o=out a.txt":               "run --out=out -- a.txt",
		"run -":                          "run -- -",
		"run a.txt -- --json":            "run -- a.txt --json",
		"run --json -- -strange.txt":     "run --json -- -strange.txt",
		"run --json=false a.txt":         "run --json=false -- a.txt",
		"run --max-cost -1 a.txt":        "run --max-cost=-1 -- a.txt",
		"run help":                       "run -- help",
		"run json":                       "run -- json",
		"run -q a.txt":                   "run --quiet -- a.txt",
		"run a.txt --help":               "run --help",
		"run -h":                         "run --help",
		"help run":                       "run --help",
		"help":                           "--help",
		"help nonsense":                  "--help",
		"--help":                         "--help",
		"prompts show translate/article": "prompts show -- translate/article",
		"prompts show translate/article --prompts d": "prompts show --prompts=d -- translate/article",
		"prompts --help":     "prompts --help",
		"run -model X a.txt": "run --model=X -- a.txt",
	} {
		got, err := arrange(newApp(testEnv()), append([]string{"dragoman"}, strings.Fields(line)...))
		if err != nil || strings.Join(got[1:], " ") != want {
			t.Errorf("%s:\n got %q, %v\nwant %q", line, strings.Join(got[min(1, len(got)):], " "), err, want)
		}
	}
}

func TestArrangeRefuses(t *testing.T) {
	for line, want := range map[string][2]string{
		"rnu a.txt":                {`no such command: "rnu"`, `did you mean "run"?`},
		"prompts lsit":             {`dragoman prompts: no such command: "lsit"`, `did you mean "list"?`},
		"xyzzy":                    {`no such command: "xyzzy"`, ""},
		"run a.txt --modle X":      {"dragoman run: no such flag: --modle", `did you mean "--model"?`},
		"run a.txt --max X":        {"no such flag: --max", `did you mean "--max-cost"?`},
		"run a.txt --secret=sk-12": {"no such flag: --secret", ""},
		"run a.txt --model":        {"--model needs a value", ""},
		"run --out --json a.txt":   {"--out needs a value", ""},
		"--quiet run a.txt":        {"--quiet stands before the command", "write it after the command"},
		"--nonsense":               {"no such flag: --nonsense", ""},
		"":                         {"dragoman needs a command: run,", ""},
		"prompts":                  {"dragoman prompts needs a command: list,", ""},
	} {
		_, err := arrange(newApp(testEnv()), append([]string{"dragoman"}, strings.Fields(line)...))
		if err == nil || !strings.Contains(err.Error(), want[0]) || !strings.Contains(hintOf(err), want[1]) || (want[1] == "" && hintOf(err) != "") {
			t.Errorf("%s: got %v, hint %q", line, err, hintOf(err))
			continue
		}
		if strings.Contains(err.Error(), "sk-12") {
			t.Errorf("%s: the error shows a value", line)
		}
		if code := (&outcome{errs: []error{err}}).code(); code != 2 {
			t.Errorf("%s: exit %d", line, code)
		}
	}
}

func TestComplete(t *testing.T) {
	for _, test := range []struct {
		words []string
		want  string // the words offered, or what they begin with and "…"
	}{
		{[]string{"ru"}, "run"},
		{[]string{""}, "run normalize correct …"},
		{nil, "run normalize correct …"},
		{[]string{"prompts", ""}, "list show lint diff render"},
		{[]string{"prompts", "l"}, "list lint"},
		{[]string{"run", "--mo"}, "--model"},
		{[]string{"run", "a.txt", "--max"}, "--max-cost --max-cost-per-day --max-tokens"},
		{[]string{"run", "-"}, "--config --model …"},
		{[]string{"run", "--fail-on", "m"}, "minor major"},
		{[]string{"run", "--to", ""}, "ru tr ru,tr"},
		{[]string{"run", "--model", ""}, ""},
		{[]string{"run", "--model", "--mo"}, ""},
		{[]string{"run", "a"}, ""},
		{[]string{"run", "--", "--mo"}, ""},
		{[]string{"nonsense", ""}, ""},
		{[]string{"completion", "f"}, "fish"},
		{[]string{"run", "--nonsense", "x", "--js"}, "--json"},
	} {
		var b bytes.Buffer
		complete(newApp(testEnv()), test.words, &b)
		var got []string
		for line := range strings.Lines(b.String()) {
			word, _, _ := strings.Cut(line, "\t")
			got = append(got, word)
		}
		text := strings.Join(got, " ")
		if begin, cut := strings.CutSuffix(test.want, "…"); cut && strings.HasPrefix(text, begin) {
			continue
		}
		if text != test.want {
			t.Errorf("%q: got %q, want %q", test.words, text, test.want)
		}
	}
}

// FuzzArrange holds the shim to its promise: no panic, and no word of the
// command line is lost or made up.
func FuzzArrange(f *testing.F) {
	for _, s := range []string{"run a --model x", "prompts show -- -x", "run --mo", "-", "--", "run -=", "run --="} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		words := append([]string{"dragoman"}, strings.Fields(line)...)
		app := newApp(testEnv())
		complete(app, words[1:], io.Discard)
		got, err := arrange(app, words)
		if err != nil {
			return
		}
		help := got[len(got)-1] == "--help"
		for i, w := range got {
			if w == "--" {
				for _, file := range got[i+1:] {
					if !strings.Contains(line, file) {
						t.Fatalf("%q became a file of %q", file, line)
					}
				}
				return
			}
		}
		if len(got) > len(words)+1 && !help {
			t.Fatalf("%q became %q", words, got)
		}
	})
}

func TestSuggest(t *testing.T) {
	names := []string{"run", "normalize", "translate", "version"}
	for word, want := range map[string]string{"rnu": "run", "tranlsate": "translate", "ver": "version", "norm": "normalize", "x": "", "qqqqqq": ""} {
		got := suggest(word, names)
		if want == "" && got != "" || want != "" && !strings.Contains(got, `"`+want+`"`) {
			t.Errorf("%s: got %q", word, got)
		}
	}
}
