package sqlite

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"dragoman/cmd/internal/store/storetest"
	"dragoman/pipeline/llm/ledgertest"
)

// A process that is killed while it writes loses nothing that was
// acknowledged, and leaves a whole database.
func TestKilled(t *testing.T) {
	if file := os.Getenv("STORE_KILL_FILE"); file != "" {
		writeForEver(t, file, os.Getenv("STORE_KILL_ROUND"))
		return
	}
	file := filepath.Join(t.TempDir(), "dragoman.db")
	ctx := context.Background()
	kept := map[string]bool{}
	for round := range 6 {
		said := killed(t, file, round)
		account := fmt.Sprint("run:", round)
		held, settled := int64(0), int64(0)
		for _, line := range said {
			word, what, _ := strings.Cut(line, " ")
			switch word {
			case "kept":
				kept[what] = true
			case "held":
				held++
			case "settled":
				settled++
			}
		}
		s := openAt(t, file)
		found := map[string]bool{}
		for x, err := range s.Ledger.All(ctx) {
			if err != nil {
				t.Fatal(err)
			}
			found[string(x.Reply.Body)] = true
		}
		for what := range kept {
			if !found[what] {
				t.Errorf("round %d: %s was acknowledged, and is lost", round, what)
			}
		}
		if len(found) > len(kept)+(round+1)*killWorkers {
			t.Errorf("round %d: %d found, %d acknowledged", round, len(found), len(kept))
		}
		got, err := s.Purse.Spent(ctx, account)
		least, most := killHeld*held-(killHeld-killUsed)*(settled+killWorkers), killHeld*(held+killWorkers)-(killHeld-killUsed)*settled
		if err != nil || got.Money.Micros < least || got.Money.Micros > most {
			t.Errorf("round %d: spent %+v, %v; %d reserved, %d settled", round, got, err, held, settled)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		whole(t, file)
	}
	if len(kept) == 0 {
		t.Error("nothing was acknowledged")
	}
}

// How the child works: so many goroutines, so much reserved and used a turn.
const (
	killWorkers = 8
	killHeld    = 5
	killUsed    = 3
)

// killed runs a child for a while and gives what it said before it was killed.
func killed(t *testing.T, file string, round int) (said []string) {
	t.Helper()
	c := exec.Command(os.Args[0], "-test.run=^TestKilled$")
	c.Env = append(os.Environ(), "STORE_KILL_FILE="+file, fmt.Sprint("STORE_KILL_ROUND=", round))
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for len(said) < 20+57*round && lines.Scan() {
		said = append(said, lines.Text())
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() { // what it managed to say before it died
		said = append(said, lines.Text())
	}
	c.Wait() //nolint:errcheck // it was killed
	return said
}

func writeForEver(t *testing.T, file, round string) {
	s, ctx := openAt(t, file), context.Background()
	for w := range killWorkers {
		go func() {
			for i := 0; ; i++ {
				x := ledgertest.Exchange(w)
				name := fmt.Sprintf("%s-%d-%d", round, w, i)
				x.Reply.Body = []byte(name)
				if err := s.Ledger.Append(ctx, x); err != nil {
					fmt.Println("failed", err)
					return
				}
				fmt.Println("kept", name)
				h, err := s.Purse.Reserve(ctx, storetest.Account("run:"+round, 1<<40), storetest.Amount(killHeld))
				if err != nil {
					fmt.Println("failed", err)
					return
				}
				fmt.Println("held", h)
				if err := s.Purse.Settle(ctx, h, storetest.Amount(killUsed)); err != nil {
					fmt.Println("failed", err)
					return
				}
				fmt.Println("settled", h)
			}
		}()
	}
	select {}
}
