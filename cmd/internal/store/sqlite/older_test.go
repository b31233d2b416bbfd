package sqlite

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dragoman/cmd/internal/store/storetest"
)

// version1 makes a database as the first release left it, with rows.
func version1(t *testing.T) (file string) {
	t.Helper()
	dir := t.TempDir()
	today := filepath.Join(dir, "today.db")
	s := openAt(t, today)
	storetest.Fill(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	tables, err := os.ReadFile(filepath.Join("..", "sqldb", "migrations", "001.sql"))
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(dir, "dragoman.db")
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(file)+"?_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	exec1(t, db, strings.NewReplacer("{text}", "TEXT", "{bytes}", "BLOB").Replace(string(tables)))
	exec1(t, db, "CREATE TABLE schema_version (version BIGINT NOT NULL)")
	exec1(t, db, "INSERT INTO schema_version (version) VALUES (1)")
	exec1(t, db, storetest.InsertRun())
	exec1(t, db, "ATTACH DATABASE ? AS today", today)
	exec1(t, db, "PRAGMA foreign_keys = 0")
	for table, columns := range storetest.Version1() {
		exec1(t, db, "INSERT INTO "+table+" ("+columns+") SELECT "+columns+" FROM today."+table)
	}
	return file
}

// A database of the first release keeps its rows, and is as good as a new one.
func TestOlderVersion(t *testing.T) {
	file := version1(t)
	for range 2 {
		s := openAt(t, file)
		storetest.Filled(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	whole(t, file)
	var n, stored int64
	db := raw(t, file)
	if err := db.QueryRow("SELECT version FROM schema_version").Scan(&n); err != nil || n != 2 {
		t.Errorf("version %d, %v", n, err)
	}
	if err := db.QueryRow("SELECT stored FROM settled").Scan(&stored); err != nil || stored == 0 {
		t.Errorf("a settled answer of the first release was stored at %d, %v", stored, err)
	}
}
