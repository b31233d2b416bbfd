package source_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"dragoman/cmd/internal/fetch"
	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/source"
)

// again has the documents of a poll met again, twice, as a process that was
// killed does, and checks what they are known by.
func (b *bench) again(t *testing.T, p *source.Poll) map[string]source.Begun {
	t.Helper()
	documents := map[string]bool{}
	for _, item := range p.Items {
		documents[item.Document] = true
	}
	var begun map[string]source.Begun
	for range 2 {
		var err error
		if begun, err = b.p.Again(t.Context(), documents); err != nil {
			t.Fatal(err)
		}
	}
	for _, item := range p.Items {
		if got, want := begun[item.Document], (source.Begun{Key: item.Key, Content: source.Content(item.Article)}); got != want {
			t.Errorf("%s began with %+v, want %+v", item.Document, got, want)
		}
	}
	if len(begun) != len(p.Items) {
		t.Errorf("begun: %v", begun)
	}
	return begun
}

func TestFeedEntriesAreMetAgain(t *testing.T) {
	b := newBench()
	src := schedule.Source{Feed: feedURL}
	whole := post{link: "https://e.org/b", title: "Storm", text: story("the storm")}
	b.pages[feedURL] = &fetch.Page{Body: []byte(rss(teaser("a", "The council met."), whole)), ETag: "f1"}
	b.pages["https://e.org/a"] = &fetch.Page{Body: []byte(page("Bridge a", story("one"))), ETag: "a1", ContentType: "text/html"}
	p := b.poll(t, src)
	if what(p) != "new b, new a" && what(p) != "new a, new b" {
		t.Fatal(what(p))
	}
	ids := []string{p.Items[0].Document, p.Items[1].Document}
	b.now = b.now.Add(time.Minute)
	if p := b.poll(t, src); !p.NotChanged {
		t.Fatal(what(p))
	}
	b.again(t, p)
	p = b.poll(t, src)
	if len(p.Items) != 2 || p.Items[0].Document != ids[0] || p.Items[1].Document != ids[1] || p.Items[0].Why != source.Changed {
		t.Errorf("again: %s", what(p))
	}
	if p = b.poll(t, src); what(p) != "2 known" {
		t.Errorf("after that: %s", what(p))
	}
}

func TestPagesOfAListAreMetAgain(t *testing.T) {
	b := newBench()
	src := schedule.Source{URLs: []string{"https://e.org/a"}}
	b.pages["https://e.org/a"] = &fetch.Page{Body: []byte(page("Bridge a", story("one"))), ETag: "a1", ContentType: "text/html"}
	begun := b.again(t, b.poll(t, src))
	p := b.poll(t, src)
	if what(p) != "changed a" {
		t.Errorf("again: %s", what(p))
	}
	key := begun[p.Items[0].Document].Key
	b.again(t, p)
	delete(b.pages, "https://e.org/a")
	if p = b.poll(t, src); p.Lacks(key) || !p.Lacks("https://e.org/other") {
		t.Errorf("a page that is not to be had just now is given up: %s", what(p))
	}
	if p = b.poll(t, schedule.Source{URLs: []string{"https://e.org/other"}}); !p.Lacks(key) {
		t.Errorf("a page that is not in the list is waited for: %s", what(p))
	}
}

func TestFilesStayAndAreMetAgain(t *testing.T) {
	b := newBox(t)
	b.src.MoveTo = filepath.Join(b.dir, "../done")
	if err := os.Mkdir(b.src.MoveTo, 0o700); err != nil {
		t.Fatal(err)
	}
	b.write(t, "a.txt", "Bridge.")
	b.write(t, "a.md", "Storm.")
	b.write(t, "copy.txt", "Bridge.")
	poll := func(stay ...string) *source.Poll {
		t.Helper()
		p := b.look(t, b.src)
		documents := map[string]bool{}
		for _, id := range stay {
			documents[id] = true
		}
		p.Stay(documents)
		if err := b.p.Commit(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		return p
	}
	p := b.look(t, b.src)
	if len(p.Items) != 2 || p.Known != 1 {
		t.Fatal(what(p))
	}
	first, second := p.Items[0].Document, p.Items[1].Document
	poll(first, second)
	if p := poll(first, second); what(p) != "3 known" || len(files(t, b.src.MoveTo)) > 0 {
		t.Errorf("%s, moved %s", what(p), files(t, b.src.MoveTo))
	}
	b.again(t, p)
	p = poll(first)
	if len(p.Items) != 2 || p.Known != 1 || p.Items[0].Document != first || p.Items[1].Document != second {
		t.Errorf("again: %s", what(p))
	}
	if got := files(t, b.src.MoveTo); got != "a.txt=Bridge." && got != "a.md=Storm." && got != "a.txt=Bridge. copy.txt=Bridge." {
		t.Errorf("moved: %s", got)
	}
	poll()
	if got := files(t, b.src.MoveTo); got != "a.md=Storm. a.txt=Bridge. copy.txt=Bridge." {
		t.Errorf("moved in the end: %s", got)
	}
}
