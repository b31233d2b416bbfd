package jobs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// server is a PostgreSQL of our own, started by the first test that needs it.
type server struct {
	once sync.Once
	dir  string
	dsn  string // of the database "postgres"
	err  error
	n    int
}

// theServer is it. Tests ask for databases one after the other.
var theServer server

// database gives the URL of a new database.
func database(t *testing.T) string {
	t.Helper()
	theServer.once.Do(func() { theServer.err = theServer.start() })
	if theServer.err != nil {
		if os.Getenv("DRAGOMAN_REQUIRE_SERVICES") == "1" {
			t.Fatal(theServer.err)
		}
		t.Skip("needs PostgreSQL: ", theServer.err)
	}
	conn, err := pgx.Connect(t.Context(), fmt.Sprintf(theServer.dsn, "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	theServer.n++
	name := fmt.Sprintf("jobs%d", theServer.n)
	if _, err := conn.Exec(t.Context(), "create database "+name); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(theServer.dsn, name)
}

// start makes a cluster in a folder of its own.
func (s *server) start() error {
	bin, err := exec.LookPath("initdb")
	if err != nil {
		return err
	}
	if bin, err = filepath.EvalSymlinks(bin); err != nil {
		return err
	}
	if s.dir, err = os.MkdirTemp("", "jobs-pg"); err != nil {
		return err
	}
	if os.Getuid() == 0 { // initdb refuses root
		if out, err := exec.Command("chown", "postgres:", s.dir).CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	port := l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		return err
	}
	s.dsn = fmt.Sprintf("postgres://dragoman@127.0.0.1:%d/%%s?sslmode=disable", port)
	bin = filepath.Dir(bin)
	return errors.Join(
		s.as(filepath.Join(bin, "initdb"), "-D", s.dir+"/db", "-U", "dragoman", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"),
		s.as(filepath.Join(bin, "pg_ctl"), "-D", s.dir+"/db", "-l", s.dir+"/log", "-w", "-o",
			fmt.Sprintf("-p %d -k %s -c listen_addresses=127.0.0.1 -c fsync=off", port, s.dir), "start"))
}

// as runs a program of PostgreSQL as a user it accepts.
func (s *server) as(args ...string) error {
	if os.Getuid() == 0 {
		args = append([]string{"setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "env", "HOME=/"}, args...)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = s.dir
	var out bytes.Buffer
	if args[len(args)-1] != "start" { // the server keeps these open
		cmd.Stdout, cmd.Stderr = &out, &out
	}
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", args[len(args)-1], err, out.String())
	}
	return nil
}

// stopServer stops it and removes its folder.
func stopServer() {
	if theServer.dir == "" {
		return
	}
	if bin, err := exec.LookPath("initdb"); err == nil {
		bin, _ = filepath.EvalSymlinks(bin)
		_ = theServer.as(filepath.Join(filepath.Dir(bin), "pg_ctl"), "-D", theServer.dir+"/db", "-m", "immediate", "-w", "stop")
	}
	_ = os.RemoveAll(theServer.dir)
}
