// Package postgres keeps the state in PostgreSQL, for several machines.
package postgres

import _ "github.com/jackc/pgx/v5/stdlib" // the driver
