package batch

import (
	"strings"
	"testing"
	"testing/fstest"

	"dragoman/prompts"
)

// A desk's own prompts travel with the plan: another machine has them from it.
func TestPromptsTravel(t *testing.T) {
	builtin, err := prompts.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	ours, err := builtin.Get("translate/article")
	if err != nil {
		t.Fatal(err)
	}
	edited := strings.Replace(string(ours.Raw), "# system\n", "# system\nWrite plainly.\n", 1)
	files, err := PromptFiles(fstest.MapFS{
		"translate/article.md": {Data: []byte(edited)}, "locale/ru.md": {Data: []byte("A note.")}, "notes.txt": {Data: []byte("x")},
	})
	if err != nil || len(files) != 2 {
		t.Fatalf("got %v, %v", files, err)
	}
	p := fullPlan()
	p.Prompts = files
	b, err := p.JSON()
	if err != nil {
		t.Fatal(err)
	}
	back, err := ReadPlan(b)
	if err != nil {
		t.Fatal(err)
	}
	set, err := back.PromptSet()
	if err != nil {
		t.Fatal(err)
	}
	got, err := set.Get("translate/article")
	if err != nil || string(got.Raw) != edited || got.Digest == ours.Digest || set.Note("ru") != "A note." {
		t.Errorf("got %v, %v", got, err)
	}
	if len(set.All()) != len(builtin.All()) {
		t.Errorf("%d prompts", len(set.All()))
	}

	none := Plan{}
	if set, err := none.PromptSet(); err != nil || len(set.All()) != len(builtin.All()) {
		t.Errorf("got %v", err)
	}
	bad := Plan{Prompts: map[string]string{"translate/article.md": "---\nunknown: 1\n---\n"}}
	if _, err := bad.PromptSet(); err == nil {
		t.Error("a bad prompt is no error")
	}
	if _, err := PromptFiles(fstest.MapFS{"x.md": {Data: make([]byte, maxPrompt+1)}}); err == nil {
		t.Error("a huge prompt is no error")
	}
}
