package postgres

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"dragoman/cmd/internal/store/storetest"
)

// A database of the first release keeps its rows, and is as good as a new one.
func olderVersion(t *testing.T, dsn string) {
	sqlExec(t, dsn, "CREATE SCHEMA today")
	s := openAt(t, dsn+"&search_path=today")
	storetest.Fill(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	tables, err := os.ReadFile(filepath.Join("..", "sqldb", "migrations", "001.sql"))
	if err != nil {
		t.Fatal(err)
	}
	sqlExec(t, dsn, "CREATE SCHEMA "+Schema)
	old := dsn + "&search_path=" + Schema
	for _, statement := range strings.Split(strings.NewReplacer("{text}", `TEXT COLLATE "C"`, "{bytes}", "BYTEA").Replace(string(tables)), ";\n") {
		sqlExec(t, old, statement)
	}
	sqlExec(t, old, "CREATE TABLE schema_version (version BIGINT NOT NULL)")
	sqlExec(t, old, "INSERT INTO schema_version (version) VALUES (1)")
	sqlExec(t, old, storetest.InsertRun())
	later := "" // rows that refer to others
	for table, columns := range storetest.Version1() {
		copied := "INSERT INTO " + table + " (" + columns + ") SELECT " + columns + " FROM today." + table
		if table == "document_texts" {
			later = copied
			continue
		}
		sqlExec(t, old, copied)
	}
	sqlExec(t, old, later)
	for range 2 {
		s := openAt(t, dsn)
		storetest.Filled(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	ctx := context.Background()
	c, err := pgx.Connect(ctx, old)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	var version, stored int64
	if err := c.QueryRow(ctx, "SELECT version, stored FROM schema_version, settled").Scan(&version, &stored); err != nil || version != 2 || stored == 0 {
		t.Errorf("version %d, a settled answer stored at %d, %v", version, stored, err)
	}
}
