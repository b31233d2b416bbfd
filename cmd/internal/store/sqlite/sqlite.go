// Package sqlite keeps the state in one SQLite file.
package sqlite

import _ "modernc.org/sqlite" // the driver, without cgo
