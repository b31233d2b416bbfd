// Package pgtest starts PostgreSQL servers for tests: each in a folder of its
// own, on a port of this machine alone, gone when the test ends.
package pgtest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
)

// Server is a running server.
type Server struct {
	DSN string // postgres://…, of an empty database

	bin  string
	dir  string
	port int
	as   *account // who runs it; nil is this user
	opts string
}

// account is a user of this machine.
type account struct{ uid, gid int }

// Start starts a server that forgets everything when the machine crashes, which
// makes it fast, and gives its URL. Where PostgreSQL is not installed the test
// is skipped, or fails if DRAGOMAN_REQUIRE_SERVICES=1 asks for everything.
func Start(tb testing.TB) (dsn string) {
	tb.Helper()
	return start(tb, " -c fsync=off -c synchronous_commit=off -c full_page_writes=off").DSN
}

// StartDurable starts a server that syncs as it does by default, for tests
// that crash it.
func StartDurable(tb testing.TB) *Server {
	tb.Helper()
	return start(tb, "")
}

func start(tb testing.TB, opts string) *Server {
	tb.Helper()
	bin := binaries(tb)
	s := &Server{bin: bin, opts: opts}
	var err error
	if s.as, err = unprivileged(); err != nil {
		missing(tb, err.Error())
	}
	if s.dir, err = os.MkdirTemp("", "pgtest-"); err != nil { // tb.TempDir is closed to another user
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := os.RemoveAll(s.dir); err != nil {
			tb.Errorf("removing the server's folder: %v", err)
		}
	})
	if s.as != nil {
		err = os.Chown(s.dir, s.as.uid, s.as.gid)
	}
	if err != nil {
		tb.Fatal(err)
	}
	s.run(tb, "initdb", "-D", s.data(), "-U", "dragoman", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	if s.port, err = freePort(); err != nil {
		tb.Fatal(err)
	}
	s.DSN = fmt.Sprintf("postgres://dragoman@127.0.0.1:%d/postgres?sslmode=disable", s.port)
	s.Start(tb)
	tb.Cleanup(func() { s.stop() }) //nolint:errcheck // it may be stopped already
	return s
}

// Start starts the server again, on the same port.
func (s *Server) Start(tb testing.TB) {
	tb.Helper()
	opts := fmt.Sprintf("-p %d -k %s -c listen_addresses=127.0.0.1%s", s.port, s.dir, s.opts)
	s.run(tb, "pg_ctl", "-D", s.data(), "-l", filepath.Join(s.dir, "log"), "-w", "-o", opts, "start")
}

// Crash stops the server at once, as a crash would: nothing is written back.
func (s *Server) Crash(tb testing.TB) {
	tb.Helper()
	if err := s.stop(); err != nil {
		tb.Fatal(err)
	}
}

func (s *Server) stop() error {
	return s.command("pg_ctl", "-D", s.data(), "-m", "immediate", "-w", "stop").Run()
}

func (s *Server) data() string { return filepath.Join(s.dir, "db") }

func (s *Server) command(name string, args ...string) *exec.Cmd {
	c := exec.Command(filepath.Join(s.bin, name), args...)
	c.Dir = s.dir
	c.Env = []string{"HOME=/", "LC_ALL=C", "PATH=/usr/bin:/bin"}
	if s.as != nil {
		runAs(c, s.as)
	}
	return c
}

// run runs a program of the server. Its output goes to a file: the server
// keeps what it inherits open.
func (s *Server) run(tb testing.TB, name string, args ...string) {
	tb.Helper()
	out, err := os.Create(filepath.Join(s.dir, name+".out"))
	if err != nil {
		tb.Fatal(err)
	}
	defer out.Close()
	c := s.command(name, args...)
	c.Stdout, c.Stderr = out, out
	if err := c.Run(); err != nil {
		said, _ := os.ReadFile(out.Name())
		log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
		tb.Fatalf("%s: %v\n%s%s", name, err, said, log)
	}
}

// binaries is the folder of the newest PostgreSQL of this machine.
func binaries(tb testing.TB) string {
	tb.Helper()
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path)
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		missing(tb, "no PostgreSQL on this machine (initdb)")
	}
	newest := slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })
	return filepath.Dir(newest)
}

// version is the number in /usr/lib/postgresql/15/bin/initdb.
func version(path string) int {
	n, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
	if err != nil {
		return 0
	}
	return n
}

// unprivileged is the user postgres where this one is root, whom PostgreSQL
// refuses to serve; nil where this one will do.
func unprivileged() (*account, error) {
	if os.Getuid() != 0 { // nor is anybody on Windows
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL does not run as root, and there is no user postgres: %w", err)
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return nil, err
	}
	return &account{uid: uid, gid: gid}, nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// missing skips a test for want of a service, or fails it.
func missing(tb testing.TB, what string) {
	tb.Helper()
	if os.Getenv("DRAGOMAN_REQUIRE_SERVICES") == "1" {
		tb.Fatalf("%s, and DRAGOMAN_REQUIRE_SERVICES=1", what)
	}
	tb.Skipf("%s: nothing is tested with it", what)
}
