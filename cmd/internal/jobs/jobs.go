// Package jobs is the durable engine: articles as jobs that survive a crash of
// the program, on one machine or many. It is the only importer of the workflow
// engine (DBOS Transact).
//
// A job is small: it names a document in the store. What it costs is held by
// the ledger, not by the engine: a reply that reached us is in the ledger
// before it is judged, so a job that runs again pays only for calls that were
// in flight.
package jobs

import (
	"context"
	"errors"
	"time"
)

// Job names one article of one run.
type Job struct {
	Run        string `json:"run"`
	Collection string `json:"collection"`
	Document   string `json:"document"` // id in the store
}

// ID is the job's id: one a run and document.
func (j Job) ID() string { return j.Run + "/" + j.Document }

// Outcome is what a job ends with. It is small: the result is in the store.
type Outcome struct {
	State string `json:"state"` // of the document: a store.DocState
	Note  string `json:"note"`  // why it ended early or failed, in one line; "" where all is well
}

// Work takes on one job. It stores its result before it returns.
//
// An error says that the job cannot be finished now (a cap, an outage): the
// job is failed, keeps its note, and can be retried. So is a panic. After
// [Engine.Stop] an error is not looked at: the job stays under way and goes on
// in the next process; an outcome that comes without an error counts. So Stop
// comes before whatever else makes Work return, or Work says [ErrStopped]. When ctx
// ends because the job was cancelled, its cause is [ErrCancelled]; when another
// process has the job by now, [ErrTaken].
type Work func(ctx context.Context, job Job) (Outcome, error)

// What ends the context of a job, and how Work asks for its job to be left.
var (
	// ErrCancelled is the cause when the job was cancelled, here or by another process.
	ErrCancelled = errors.New("the job was cancelled")
	// ErrTaken is the cause when another process went on with the job, because
	// this one was thought dead. What Work returns is dropped.
	ErrTaken = errors.New("another process has the job")
	// ErrStopped, returned or wrapped by Work, leaves the job under way, for
	// the next process, whether or not [Engine.Stop] was called yet.
	ErrStopped = errors.New("the worker stops")
	// ErrUnknown says that there is no such job.
	ErrUnknown = errors.New("no such job")
)

// Status is where a job stands.
type Status string

// The statuses of a job.
const (
	Queued    Status = "queued"
	Running   Status = "running"
	Done      Status = "done"   // Work returned an outcome, whatever it says of the document
	Failed    Status = "failed" // Work returned an error
	Cancelled Status = "cancelled"

	// Orphaned is what [Engine.Left] makes of Running: the process that had
	// the job is gone, and the next one goes on with it. It is not stored.
	Orphaned Status = "left"
)

// Info is a job as it is listed.
type Info struct {
	ID       string    `json:"id"`
	Job      Job       `json:"job"`
	Status   Status    `json:"status"`
	Outcome  Outcome   `json:"outcome"`
	Executor string    `json:"executor"` // the process that has it, or had it last
	Attempts int       `json:"attempts"` // times it was begun
	Created  time.Time `json:"created"`
	Updated  time.Time `json:"updated"`
}
