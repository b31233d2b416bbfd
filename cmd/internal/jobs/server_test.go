package jobs

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// startServer starts a PostgreSQL in a folder of its own until the test ends,
// and gives its URL.
func startServer(t *testing.T) string {
	t.Helper()
	bin, err := exec.LookPath("initdb")
	if err == nil {
		bin, err = filepath.EvalSymlinks(bin)
	}
	if err != nil {
		if os.Getenv("DRAGOMAN_REQUIRE_SERVICES") == "1" {
			t.Fatal(err)
		}
		t.Skip("needs PostgreSQL: ", err)
	}
	dir, err := os.MkdirTemp("", "jobs")
	if err != nil {
		t.Fatal(err)
	}
	run := func(program string, args ...string) {
		t.Helper()
		args = append([]string{filepath.Join(filepath.Dir(bin), program), "-D", dir + "/db"}, args...)
		if os.Getuid() == 0 { // initdb refuses root
			args = append([]string{"setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "env", "HOME=/"}, args...)
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, args[0], args[1:]...)
		cmd.Dir = dir
		var out bytes.Buffer
		if args[len(args)-1] != "start" { // the server would keep them open
			cmd.Stdout, cmd.Stderr = &out, &out
		}
		if err := cmd.Run(); err != nil {
			t.Fatalf("%s: %v: %s", program, err, out.String())
		}
	}
	t.Cleanup(func() {
		run("pg_ctl", "-m", "immediate", "-w", "stop")
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if os.Getuid() == 0 {
		if out, err := exec.Command("chown", "postgres:", dir).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	run("initdb", "-U", "dragoman", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	run("pg_ctl", "-l", dir+"/log", "-w", "-o", fmt.Sprintf("-p %d -k %s -c listen_addresses=127.0.0.1 -c fsync=off", port, dir), "start")
	return fmt.Sprintf("postgres://dragoman@127.0.0.1:%d/postgres?sslmode=disable", port)
}
