package schedule

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
	"golang.org/x/text/language"

	"dragoman/pipeline"
)

// parse reads a text as the list of schedules of /desk/dragoman.yaml.
func parse(t testing.TB, text string) ([]Spec, []error) {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return Parse("/desk/dragoman.yaml", doc.Content[0])
}

const whole = `
- name: world-news
  cron: "0 6 * * 1-5"
  zone: Europe/Istanbul
  missed: all
  late: 30m
  overlap: queue
  to: [tr, ru]
  long: true
  model: big
  fail-on: critical
  glossary: terms.tsv
  max-cost: 2.50 EUR
  max-tokens: 1_000_000
  max-items: 40
  deliver: marked
  sources:
    - feed: https://example.org/feed.xml?kind=rss
      full-text: never
      recheck: 12h
      silent-after: 2w
      allow: [intranet.example, "10.0.0.7:8080"]
      ignore-robots: true
      max-items: 50
    - inbox: in
      move-to: in/done
      settle: 10s
    - urls:
        - https://example.org/a
        - https://example.org/b
      list: pages.txt
  sinks:
    - folder: out
    - webhook: https://cms.example/hook
      secret-file: hook.secret
      give-up: 1d12h
    - name: second
      webhook: https://cms.example/other
      secret-env: OTHER_HOOK
    - site: /srv/site
      title: Desk
      url: https://news.example/
      items: 20
  alerts:
    ping-file: ping.url
    webhook: https://chat.example/hook
    secret-env: CHAT_HOOK
  keep:
    texts: 90d
    history: 52w
`

func TestParseWhole(t *testing.T) {
	specs, errs := parse(t, whole)
	if errs != nil || len(specs) != 1 {
		t.Fatalf("got %v, %v", specs, errs)
	}
	yes := true
	want := Spec{
		Name: "world-news", Cron: "0 6 * * 1-5", Zone: "Europe/Istanbul", Missed: MissedAll, Late: 30 * time.Minute, Overlap: OverlapQueue,
		To: []language.Tag{language.Turkish, language.Russian}, Long: &yes, Model: "big", FailOn: pipeline.Critical, Glossary: "/desk/terms.tsv",
		MaxCost: &pipeline.Money{Micros: 2_500_000, Currency: "EUR"}, MaxTokens: 1_000_000, MaxItems: 40, Deliver: DeliverMarked,
		Sources: []Source{
			{
				Feed: "https://example.org/feed.xml?kind=rss", FullText: FullTextNever, Recheck: 12 * time.Hour, SilentAfter: 14 * 24 * time.Hour,
				Allow: []string{"intranet.example", "10.0.0.7:8080"}, IgnoreRobots: true, MaxItems: 50,
			},
			{Inbox: "/desk/in", MoveTo: "/desk/in/done", Settle: 10 * time.Second},
			{URLs: []string{"https://example.org/a", "https://example.org/b"}, List: "/desk/pages.txt"},
		},
		Sinks: []Sink{
			{Name: "folder", Folder: "/desk/out"},
			{Name: "webhook", Webhook: "https://cms.example/hook", SecretFile: "/desk/hook.secret", GiveUp: 36 * time.Hour},
			{Name: "second", Webhook: "https://cms.example/other", SecretEnv: "OTHER_HOOK"},
			{Name: "site", Site: "/srv/site", Title: "Desk", URL: "https://news.example/", Items: 20},
		},
		Alerts: Alerts{PingFile: "/desk/ping.url", Webhook: "https://chat.example/hook", SecretEnv: "CHAT_HOOK"},
		Keep:   Keep{Texts: 90 * 24 * time.Hour, History: 364 * 24 * time.Hour},
	}
	if !reflect.DeepEqual(specs[0], want) {
		t.Errorf("got\n%+v\nwant\n%+v", specs[0], want)
	}
	// What another process reads of it is the same.
	b, err := json.Marshal(specs[0])
	if err != nil {
		t.Fatal(err)
	}
	var back Spec
	if err := json.Unmarshal(b, &back); err != nil || !reflect.DeepEqual(back, want) {
		t.Errorf("through JSON: %+v, %v", back, err)
	}
}

func TestParseDefaults(t *testing.T) {
	specs, errs := parse(t, "- {name: a, every: 15m, sources: [{feed: \"https://example.org/f\"}]}\n- &b {name: b, cron: \"@daily\", sources: [{list: pages.txt}], to: ru}\n")
	if errs != nil {
		t.Fatal(errs)
	}
	want := []Spec{
		{Name: "a", Every: 15 * time.Minute, Zone: "UTC", Missed: MissedOne, Overlap: OverlapSkip, Deliver: DeliverClean, Sources: []Source{{Feed: "https://example.org/f", FullText: FullTextAuto}}},
		{Name: "b", Cron: "@daily", Zone: "UTC", Missed: MissedOne, Overlap: OverlapSkip, Deliver: DeliverClean, To: []language.Tag{language.Russian}, Sources: []Source{{List: "/desk/pages.txt"}}},
	}
	if !reflect.DeepEqual(specs, want) {
		t.Errorf("got %+v", specs)
	}
}

func TestPathsAreAbsoluteForARelativeFile(t *testing.T) {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte("- {name: a, every: 1h, sources: [{inbox: in}]}"), &doc); err != nil {
		t.Fatal(err)
	}
	specs, errs := Parse("dragoman.yaml", doc.Content[0])
	if errs != nil || !filepath.IsAbs(specs[0].Sources[0].Inbox) {
		t.Errorf("got %+v, %v", specs, errs)
	}
}

// Each text has one problem, which its line says.
func TestWrongSchedules(t *testing.T) {
	const rest = ", sources: [{feed: \"https://example.org/f\"}]"
	source := func(s string) string { return "- name: a\n  every: 1h\n  sources:\n  - " + s + "\n" }
	sink := func(s string) string {
		return "- name: a\n  every: 1h\n  sources: [{inbox: in}]\n  sinks:\n  - " + s + "\n"
	}
	alert := func(s string) string {
		return "- name: a\n  every: 1h\n  sources: [{inbox: in}]\n  alerts: " + s + "\n"
	}
	for text, want := range map[string]string{
		"a: b":                      `:1:1: schedules must be a list of schedules, each after a "-"`,
		"[]":                        ":1:1: schedules is empty",
		"- a":                       `:1:3: a schedule must be a map`,
		"- {every: 1h" + rest + "}": ":1:3: the schedule has no name",
		"- {name: a" + rest + "}":   ":1:3: the schedule says neither cron nor every",
		"- {name: a, every: 1h, cron: \"@daily\"" + rest + "}":                   ":1:13: the schedule has both cron and every",
		"- {name: a, every: 1h}":                                                 ":1:3: the schedule has no sources",
		"- {name: a, every: 1h, sources: []}":                                    ":1:33: sources is empty",
		"- {name: a, every: 1h, sources: {feed: x}}":                             ":1:33: sources must be a list",
		"- {name: a, name: b, every: 1h" + rest + "}":                            ":1:13: name stands here a second time; the first is in line 1",
		"- {name: a, every: 1h, mised: one" + rest + "}":                         `:1:24: unknown key "mised" in a schedule (did you mean "missed"?)`,
		"- {name: a, every: 1h, max_items: 4" + rest + "}":                       `(did you mean "max-items"?)`,
		"- {name: a, every: 1h, colour: red" + rest + "}":                        `:1:24: unknown key "colour" in a schedule`,
		"- {name: a, every: 1h, model: " + rest + "}":                            ":1:24: model has no value",
		"- {name: a, every: 1h, model: \" \"" + rest + "}":                       ":1:31: model is empty",
		"- {name: a, every: 1h, model: [b]" + rest + "}":                         ":1:31: model must be one value",
		"- {name: a b, every: 1h" + rest + "}":                                   ":1:10: name must be letters",
		"- {name: -a, every: 1h" + rest + "}":                                    ":1:10: name must be letters",
		"- {name: a, every: 1h" + rest + "}\n- {name: A, every: 2h" + rest + "}": `:2:4: there is a schedule "A" already, in line 1`,
		"- {name: a, every: 90" + rest + "}":                                     ":1:20: every must be a length of time",
		"- {name: a, cron: 0 25 * * *" + rest + "}":                              `:1:19: cron has the hour "25"`,
		"- {name: a, cron: 0 0 30 2 *" + rest + "}":                              ":1:19: cron names no day that there is",
		"- {name: a, cron: 0 6 * *" + rest + "}":                                 ":1:19: cron must have five fields",
		"- {name: a, every: 1h, zone: Local" + rest + "}":                        ":1:30: zone must be the name of a time zone",
		"- {name: a, every: 1h, zone: Mars/Base" + rest + "}":                    `:1:30: zone must be the name of a time zone such as Europe/Istanbul or UTC; there is no "Mars/Base"`,
		"- {name: a, every: 1h, missed: some" + rest + "}":                       `:1:32: missed must be one, all or none, not "some"`,
		"- {name: a, every: 1h, overlap: run" + rest + "}":                       `:1:33: overlap must be skip or queue, not "run"`,
		"- {name: a, every: 1h, late: soon" + rest + "}":                         ":1:30: late must be a length of time",
		"- {name: a, every: 1h, to: de" + rest + "}":                             ":1:28: to must name languages that dragoman writes (ru, tr); de is not one",
		"- {name: a, every: 1h, to: [ru, ru]" + rest + "}":                       ":1:28: to names ru twice",
		"- {name: a, every: 1h, to: []" + rest + "}":                             ":1:28: to is empty",
		"- {name: a, every: 1h, long: maybe" + rest + "}":                        ":1:30: long must be true or false",
		"- {name: a, every: 1h, fail-on: loud" + rest + "}":                      ":1:33: fail-on must be neutral",
		"- {name: a, every: 1h, max-cost: free" + rest + "}":                     ":1:34: max-cost must be an amount",
		"- {name: a, every: 1h, max-items: 0" + rest + "}":                       ":1:35: max-items must be a whole number from 1",
		"- {name: a, every: 1h, deliver: all" + rest + "}":                       ":1:33: deliver must be clean or marked",
		"- {name: a, every: 1h, keep: {text: 3d}" + rest + "}":                   `:1:31: unknown key "text" in keep (did you mean "texts"?)`,
		"- {name: a, every: 1h, keep: 3d" + rest + "}":                           ":1:30: keep must be a map",
		source("{feed: \"https://example.org\", inbox: in}"):                     ":4:35: a source is one of feed, inbox and urls; make two of it",
		source("{list: a.txt, inbox: in}"):                                       ":4:19: a source is one of feed, inbox and urls",
		source("{recheck: 1h}"):                                                  ":4:5: the source is none of feed, inbox and urls",
		source("{feed: \"ftp://example.org/f\"}"):                                ":4:12: feed must be an address that begins with https:// or http://, not ftp://",
		source("{feed: \"file:///etc/passwd\"}"):                                 ":4:12: feed must be a whole address",
		source("{feed: example.org/f}"):                                          ":4:12: feed must be a whole address",
		source("{feed: \"https://desk:canary@example.org/f\"}"):                  ":4:12: feed may not hold a user or password",
		source("{feed: \"https://can%zzary@example.org/f\"}"):                    ":4:12: feed must be a whole address",
		source("{urls: [\"https://example.org/a\", \"https://example.org/a\"]}"): ":4:38: urls names https://example.org/a twice",
		source("{urls: []}"):                                                     ":4:12: urls is empty",
		source("{inbox: \"https://example.org/f\"}"):                             ":4:13: inbox must be a path, not an address",
		source("{feed: \"https://example.org\", move-to: done}"):                 ":4:35: move-to goes with inbox, not with feed; take it out",
		source("{inbox: in, full-text: never}"):                                  ":4:17: full-text goes with feed, not with inbox",
		source("{inbox: in, allow: [a.example]}"):                                ":4:17: allow goes with feed and urls, not with inbox",
		source("{inbox: in, move-to: ./in/}"):                                    ":4:5: move-to is the inbox /desk/in, where",
		source("{inbox: in}\n  - {inbox: ./in}"):                                 ":5:5: the inbox stands in this schedule twice; take one of them out",
		source("{inbox: in}\n  - {inbox: in/desk}"):                              ":5:5: the inbox is in the inbox /desk/in of schedule a, and a file in both",
		source("{inbox: in/desk}\n  - {inbox: in}"):                              ":5:5: the inbox holds the inbox /desk/in/desk of schedule a",
		source("{inbox: in/desk}\n  - {inbox: b, move-to: in}"):                  ":5:5: move-to holds the inbox /desk/in/desk, where",
		sink("{folder: out}\n  - {site: out/site}"):                              ":6:5: the folder is in the folder /desk/out of a sink of schedule a",
		sink("{folder: \".\"}"):                                                  ":5:5: the sink holds the inbox /desk/in of schedule a",
		source("{inbox: in}\n  - {inbox: b, move-to: in/done}"):                  ":5:5: move-to is in the inbox /desk/in",
		source("{feed: \"https://example.org\", full-text: yes}"):                ":4:46: full-text must be auto, always or never",
		source("{feed: \"https://example.org\", allow: \"http://a.example\"}"):   ":4:42: allow must be HOST or HOST:PORT",
		sink("{folder: out, webhook: \"https://a.example\"}"):                    ":5:19: a sink is one of folder, webhook and site; make two of it",
		sink("{name: b}"):                                                       ":5:5: the sink is none of folder, webhook and site",
		sink("{folder: in}"):                                                    ":5:5: the sink is in the inbox /desk/in of schedule a",
		sink("{site: in/site}"):                                                 ":5:5: the sink is in the inbox /desk/in of schedule a",
		sink("{folder: out}\n  - {folder: other}"):                              `:6:5: the sink in line 5 has the name "folder" too`,
		sink("{folder: out}\n  - {name: b, folder: ./out}"):                     ":6:5: the sink in line 5 goes to the same place",
		sink("{folder: out, title: T}"):                                         ":5:19: title goes with site, not with folder",
		sink("{webhook: \"https://a.example\", secret: canary}"):                ":5:36: a secret may not stand in a file that is shared; put it into a file that secret-file names",
		sink("{webhook: \"https://a.example\", secret-file: whsec_canary}"):     ":5:49: secret-file is a secret itself",
		sink("{webhook: \"https://a.example\", secret-env: whsec_canary}"):      ":5:48: secret-env must be the name of a variable",
		sink("{webhook: \"https://a.example\", secret-env: DRAGOMAN_HOOK}"):     ":5:48: secret-env may not begin with DRAGOMAN_",
		sink("{webhook: \"https://a.example\", secret-env: A, secret-file: b}"): ":5:36: there are both secret-file and secret-env",
		sink("{webhook: \"https://a:canary@a.example\"}"):                       ":5:15: webhook may not hold a user or password",
		alert("{ping: \"https://a.example\", ping-file: p}"):                    "there are both ping and ping-file",
		alert("{secret-env: A}"):                                                ":4:12: secret-env signs what goes to a webhook, and there is none",
		alert("{pnig: x}"):                                                      `unknown key "pnig" in alerts (did you mean "ping"?)`,
	} {
		specs, errs := parse(t, text)
		if len(errs) != 1 || !strings.Contains(errs[0].Error(), want) || !strings.HasPrefix(errs[0].Error(), "/desk/dragoman.yaml:") || specs != nil {
			t.Errorf("%s:\ngot  %v\nwant %s", text, errs, want)
		}
		for _, err := range errs {
			if strings.Contains(err.Error(), "canary") {
				t.Errorf("%s: the error shows the secret: %v", text, err)
			}
		}
	}
}

func TestEveryProblemIsReported(t *testing.T) {
	_, errs := parse(t, "- name: a b\n  cron: 0 25 * * *\n  zone: Local\n  sinks: [{}]\n  sources: [{feed: x}, {}]\n- every: 0s\n")
	var lines []string
	for _, err := range errs {
		lines = append(lines, strings.Join(strings.Split(err.Error(), ":")[1:3], ":"))
	}
	if got, want := strings.Join(lines, " "), "1:9 2:9 3:9 4:11 5:20 5:24 6:3 6:3 6:10"; got != want {
		t.Errorf("got %s, want %s:\n%v", got, want, errs)
	}
}

// What is processed may be moved into one folder, and a webhook be told by many.
func TestWhatMayBeShared(t *testing.T) {
	_, errs := parse(t, "- {name: a, every: 1h, sources: [{inbox: in, move-to: in/done}], sinks: [{webhook: \"https://a.example\"}, {folder: out/a}]}\n- {name: b, every: 1h, sources: [{inbox: in2, move-to: done}], sinks: [{webhook: \"https://a.example\"}, {folder: out/b}]}\n- {name: c, every: 1h, sources: [{inbox: in3, move-to: done}]}\n")
	if errs != nil {
		t.Error(errs)
	}
}

// Two schedules that meet one article would write over each other's editions.
func TestFoldersOfTwoSchedules(t *testing.T) {
	for _, sinks := range [][2]string{{"folder: out", "folder: ./out"}, {"site: out", "site: out"}, {"folder: out", "site: out/"}} {
		_, errs := parse(t, fmt.Sprintf("- {name: a, every: 1h, sources: [{inbox: in}], sinks: [{%s}]}\n- {name: b, every: 1h, sources: [{inbox: in2}], sinks: [{%s}]}\n", sinks[0], sinks[1]))
		if len(errs) != 1 || !strings.Contains(errs[0].Error(), ":2:57: the folder is schedule a's too; give each its own") {
			t.Errorf("%v: %v", sinks, errs)
		}
	}
}

// A folder in the folder of another schedule is as much the other's as the same
// one, and a link to it too.
func TestFoldersInFolders(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{"real/sub", "o"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for name, to := range map[string]string{"lnk": "real", "far": filepath.Join(dir, "o")} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Skip(err)
		}
	}
	inboxes := func(a, b string) []Spec {
		return []Spec{{Name: "a", Sources: []Source{{Inbox: filepath.Join(dir, a)}}}, {Name: "b", Sources: []Source{{Inbox: filepath.Join(dir, b)}}}}
	}
	sinks := func(a, b string) []Spec {
		return []Spec{{Name: "a", Sinks: []Sink{{Folder: filepath.Join(dir, a)}}}, {Name: "b", Sinks: []Sink{{Site: filepath.Join(dir, b)}}}}
	}
	for _, c := range []struct {
		specs []Spec
		want  string // "" is none
	}{
		{inboxes("i", "i/desk"), "the inbox is in the inbox"},
		{inboxes("i/desk", "i"), "the inbox holds the inbox"},
		{inboxes("i", "i2"), ""},
		{inboxes("i", "..i"), ""},
		{inboxes("real", "lnk"), "the inbox is schedule a's too"},
		{inboxes("lnk/sub", "real"), "the inbox holds the inbox"},
		{inboxes("real", "lnk/later/more"), "the inbox is in the inbox"},
		{sinks("oa", "oa/x"), "the folder is in the folder"},
		{sinks("oa/x/y", "oa"), "the folder holds the folder"},
		{sinks("o", "far/x"), "the folder is in the folder"},
		{sinks("oa", "ob"), ""},
	} {
		got := Clashes(c.specs)
		switch {
		case c.want == "" && got != nil:
			t.Errorf("%+v: %+v", c.specs, got)
		case c.want != "" && (len(got) != 1 || got[0].Spec != 1 || got[0].Other != 0 || !strings.HasPrefix(got[0].Message, c.want)):
			t.Errorf("%+v: %+v, want %s", c.specs, got, c.want)
		}
	}
	if got := Clashes(inboxes("real", "lnk")); len(got) != 1 || !strings.Contains(got[0].Message, "(by links they are "+filepath.Join(dir, "real")) {
		t.Errorf("%+v does not say where the link leads", got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(whole)
	f.Add("- &a {name: *a}")
	f.Add("- {name: a, sources: [*x], sinks: [[]]}")
	f.Fuzz(func(t *testing.T, text string) {
		var doc yaml.Node
		if yaml.Unmarshal([]byte(text), &doc) != nil || len(doc.Content) == 0 {
			t.Skip()
		}
		specs, errs := Parse("/desk/dragoman.yaml", doc.Content[0])
		for _, s := range specs {
			if err := s.Validate(); err != nil {
				t.Errorf("%+v is taken: %v", s, err)
			}
		}
		if len(specs) > 0 == (len(errs) > 0) {
			t.Errorf("%d schedules, problems %v", len(specs), errs)
		}
	})
}
