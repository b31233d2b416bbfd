package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// goesOn waits until something is so, and fails after a minute.
func (n *newsroom) goesOn(what string, is func() bool) {
	n.t.Helper()
	for end := time.Now().Add(time.Minute); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			n.t.Fatalf("%s never came\n%s", what, n.log())
		}
	}
}

// A webhook without its secret: the other sinks get the editions, and the
// webhook gets them when the secret is there again.
func TestSecretThatIsAway(t *testing.T) {
	n := newNewsroom(t, "", "every: 1h", "")
	secret := filepath.Join(n.dir, "secret")
	config := filepath.Join(n.dir, "dragoman.yaml")
	b, err := os.ReadFile(config)
	if err == nil {
		err = os.WriteFile(config, []byte(strings.Replace(string(b), "/cms\n", "/cms\n        secret-file: secret\n", 1)), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	n.feed.offer(0, 2)
	n.said(2, "schedule", "trigger", "news")
	if docs, err := filepath.Glob(filepath.Join(n.dir, "out", "*", "document.json")); err != nil || len(docs) != 2 {
		t.Errorf("the folder has %d articles, want 2 (%v)", len(docs), err)
	}
	if err := os.WriteFile(secret, []byte("whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	worker := n.start("worker", "-q")
	n.goesOn("the delivery to the webhook", func() bool { return n.delivered() == 2 })
	n.ended(worker)
	n.taken(2)
}

// Without stored texts a worker runs schedules all the same, and what a process
// took in that was killed is taken in again.
func TestScheduleWithoutTexts(t *testing.T) {
	n := newNewsroom(t, "", "every: 1s", "")
	n.feed.offer(0, 2)
	worker := n.start("worker", "-q", "--no-store-text")
	n.goesOn("the delivery", func() bool { return n.delivered() == 2 })
	n.feed.offer(2, 6)
	n.goesOn("the next article", func() bool { return n.calls() > 2*4+1 })
	if err := worker.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = worker.Wait()
	worker = n.start("worker", "-q", "--no-store-text")
	n.goesOn("the delivery after the kill", func() bool { return n.delivered() == 6 })
	n.ended(worker)
}
