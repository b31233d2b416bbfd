package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"dragoman/cmd/internal/batch"
	"dragoman/cmd/internal/config"
	"dragoman/cmd/internal/jobs"
	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/store"
	"dragoman/pipeline"
	"dragoman/pipeline/llm/wire"
	"dragoman/pipeline/news"
)

// articleWorker turns jobs into documents: it has a pipeline for each run that it works
// for. A batch has one, a worker as many as there are.
type articleWorker struct {
	env     *environment
	cfg     *config.Config // the endpoint and its key; the rest comes from a run's plan
	st      *store.Store
	patient *patience
	network http.RoundTripper // nil: the real one
	out     string            // the output folder, whose disk must have room; "" in a worker
	health  *wire.Breakers    // of the endpoints, over the runs; nil: each run has its own
	batches *batches          // nil until a run asks through the Batch API
	events  func(run string, e pipeline.Event)
	kick    chan struct{} // of a worker: makes it look for new runs at once

	// deliver, if set, puts a finished document's files in their place, and
	// says whether that is done: a worker leaves it to the batch.
	deliver func(row *store.Document, doc *pipeline.Document) (done bool, err error)
	// ended, if set, is told that a run cannot go on: a cap, an outage.
	ended func(run string, err error)

	mu     sync.Mutex
	halted bool
	runs   map[string]*runPipelines
	own    map[string]bool // runs that schedules of this process began
}

// runPipelines are the pipelines of one run.
type runPipelines struct {
	run  store.Run
	plan *batch.Plan

	pipe, afresh *news.Pipeline // afresh asks again for what ended failed

	stop  chan struct{} // closed where the run cannot go on
	once  sync.Once
	err   error // why
	now   func() time.Time
	ended time.Time // when; read once stop is closed
}

// end keeps the run from going on; what is in flight is heard out.
func (p *runPipelines) end(err error) {
	p.once.Do(func() {
		p.err, p.ended = err, p.now()
		close(p.stop)
	})
}

// over is why the run cannot go on, or nil.
func (p *runPipelines) over() error {
	select {
	case <-p.stop:
		return p.err
	default:
		return nil
	}
}

// restTime is how long a run that could not go on is left alone: a cap is not
// raised, and an outage not over, between two jobs.
const restTime = 30 * time.Second

// errReplaced ends the pipelines of a plan that has changed.
var errReplaced = errors.New("the run has another plan now")

// pipelinesOf finds the pipeline of a run, and makes it when it is first needed.
func (p *articleWorker) pipelinesOf(ctx context.Context, id string) (*runPipelines, error) {
	found, err := p.st.Runs.List(ctx, store.RunFilter{ID: id})
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(found) == 0 {
		return nil, &pipeline.Error{Code: pipeline.Invalid, Unit: id, Err: errors.New("there is no such run")}
	}
	have, ok := p.runs[id]
	if ok && bytes.Equal(have.run.Plan, found[0].Plan) && (have.over() == nil || p.env.now().Sub(have.ended) < restTime) {
		return have, nil
	}
	if found[0].State != store.RunOpen {
		return nil, &pipeline.Error{Code: pipeline.Invalid, Unit: id, Err: errors.New("the run is over: another has taken its place")}
	}
	made, err := p.prepare(ctx, found[0])
	if err != nil {
		return nil, err
	}
	if ok {
		have.end(errReplaced)
	}
	if p.runs == nil {
		p.runs = map[string]*runPipelines{}
	}
	p.runs[id] = made
	return made, nil
}

// work takes on one article: see jobs.Work. Where texts are not stored, what
// the engine keeps of it has no words.
func (p *articleWorker) work(ctx context.Context, job jobs.Job) (jobs.Outcome, error) {
	out, err := p.take(ctx, job)
	if !p.cfg.NoStoreText {
		return out, err
	}
	out.Note = ""
	if err != nil && !errors.Is(err, jobs.ErrStopped) {
		err = fmt.Errorf("ended early (%s); why is not stored", cmp.Or(string(pipeline.CodeOf(err)), "error"))
	}
	return out, err
}

// take works on one article.
func (p *articleWorker) take(ctx context.Context, job jobs.Job) (jobs.Outcome, error) {
	row, err := p.row(ctx, job)
	if err != nil || row == nil {
		return jobs.Outcome{State: string(store.DocFailed), Note: "the article is not in the state any more"}, err
	}
	if row.Run == job.Run && row.State.Final() { // its end was stored, and the job's was not
		return jobs.Outcome{State: string(row.State)}, p.redeliver(context.WithoutCancel(ctx), row)
	}
	run, err := p.pipelinesOf(ctx, job.Run)
	if err != nil {
		return jobs.Outcome{}, err
	}
	if err := run.over(); err != nil {
		return jobs.Outcome{State: string(store.DocStopped)}, err
	}
	if row.Settings != run.plan.Settings() || row.Run != job.Run {
		return jobs.Outcome{State: string(store.DocStopped)}, errReplaced // the row is another run's, or of another plan
	}
	if len(row.Article) == 0 && schedule.NameOf(row.Collection) != "" {
		return p.textless(context.WithoutCancel(ctx), row)
	}
	if len(row.Article) == 0 {
		return jobs.Outcome{State: string(store.DocStopped), Note: "the text of the article is not in the state any more: run the batch again"}, nil
	}
	art, err := batch.DecodeArticle(row.Article)
	if err != nil {
		return jobs.Outcome{}, err
	}
	calls, cancel := context.WithCancelCause(p.patient.calls)
	defer cancel(nil)
	defer context.AfterFunc(ctx, func() {
		if cause := context.Cause(ctx); errors.Is(cause, jobs.ErrCancelled) || errors.Is(cause, jobs.ErrTaken) {
			cancel(cause)
		}
	})()
	pipe := run.pipe
	if row.Afresh {
		pipe = run.afresh
	}
	doc, err := pipe.Run(calls, art)
	if err != nil && p.stopping() {
		return jobs.Outcome{}, jobs.ErrStopped
	}
	if cause := context.Cause(calls); cause != nil {
		return jobs.Outcome{}, cause
	}
	return p.finish(context.WithoutCancel(ctx), run, row, doc, err)
}

// textless ends an article of a schedule whose text went with a process that
// stored none. Its source offers it once more, as it was not at its end.
func (p *articleWorker) textless(ctx context.Context, row *store.Document) (jobs.Outcome, error) {
	why := errors.New("its text went with the process that took it in, as no text is stored")
	if _, err := batch.Finish(row, store.DocFailed, nil, &pipeline.Error{Code: pipeline.Invalid, Hint: "it comes again while its source offers it", Err: why}); err != nil {
		return jobs.Outcome{}, err
	}
	row.Updated = p.env.now()
	return jobs.Outcome{State: string(row.State)}, p.st.Documents.Put(ctx, row)
}

// live is the network, until the command is told to stop.
func (p *articleWorker) live() http.RoundTripper {
	if p.network == nil {
		p.network = wire.Network()
	}
	return p.patient.network(p.network)
}

// halt keeps every run from going on.
func (p *articleWorker) halt() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.halted = true
	for _, run := range p.runs {
		run.end(jobs.ErrStopped)
	}
}

// stopping reports whether what is not at its end is left for another process.
func (p *articleWorker) stopping() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.halted || p.patient.stopping()
}

// row is the document of a job, nil where there is none.
func (p *articleWorker) row(ctx context.Context, job jobs.Job) (*store.Document, error) {
	rows, err := p.st.Documents.Get(ctx, job.Collection, []string{job.Document}, true)
	if err != nil {
		return nil, err
	}
	return rows[job.Document], nil
}

// finish stores what became of an article. Where a cap or an outage ended it
// early, it ends the run.
func (p *articleWorker) finish(ctx context.Context, run *runPipelines, row *store.Document, doc *pipeline.Document, runErr error) (jobs.Outcome, error) {
	fatal := runFatal(runErr)
	if fatal == nil && runErr != nil { // what is not asked once the run ends is no failure of the article
		fatal = run.over()
	}
	state := stateOf(doc, runErr, run.plan.FailOn)
	if fatal != nil {
		state = store.DocStopped
		p.cannot(run, fatal)
		runErr = fatal // the account names the cause, not what it brought about
	}
	written, err := batch.Finish(row, state, doc, runErr)
	if err != nil {
		return jobs.Outcome{}, err
	}
	if same, err := p.standing(ctx, row); err != nil || !same {
		return jobs.Outcome{State: string(store.DocStopped)}, errors.Join(err, errReplaced)
	}
	row.Article, row.Updated, row.Written = nil, p.env.now(), ""
	if state == store.DocStopped {
		row.Result = nil // an edition that is not at its end is none
	} else if p.deliver != nil && doc != nil {
		delivered, err := p.deliver(row, doc)
		if err != nil { // nor will the next article's be
			p.cannot(run, err)
			return jobs.Outcome{}, err
		}
		if delivered {
			row.Written = written
		}
	} else if schedule.NameOf(row.Collection) != "" && doc != nil {
		row.Written = written // the version that its deliveries are of
	}
	if err := p.put(ctx, row, doc); err != nil {
		return jobs.Outcome{}, err
	}
	out := jobs.Outcome{State: string(state)}
	if runErr != nil {
		out.Note = oneLine(runErr)
	}
	if fatal != nil {
		return out, fatal
	}
	return out, nil
}

// standing reports whether the row is still as it was taken on: nobody has put
// another article, plan or run in its place.
func (p *articleWorker) standing(ctx context.Context, row *store.Document) (bool, error) {
	now, err := p.st.Documents.Get(ctx, row.Collection, []string{row.ID}, false)
	if err != nil {
		return false, err
	}
	is := now[row.ID]
	return is != nil && is.Run == row.Run && is.Input == row.Input && is.Settings == row.Settings, nil
}

// cannot ends a run that cannot go on, and tells of it once.
func (p *articleWorker) cannot(run *runPipelines, why error) {
	if run.over() != nil {
		return
	}
	if p.ended != nil { // first, so that nothing that it brings about is taken for the cause
		p.ended(run.run.ID, why)
	}
	run.end(why)
}

// redeliver puts the files of an article in their place whose worker died after
// it had stored the edition.
func (p *articleWorker) redeliver(ctx context.Context, row *store.Document) error {
	if p.deliver == nil || row.Written != "" || row.State == store.DocFailed {
		return nil
	}
	doc, written, err := batch.Stored(row)
	if err != nil {
		return err
	}
	delivered, err := p.deliver(row, doc)
	if err != nil || !delivered {
		return err
	}
	row.Written, row.Result, row.Article = written, nil, nil
	return p.st.Documents.Put(ctx, row)
}

// stateOf is what became of an article.
func stateOf(doc *pipeline.Document, err error, failOn pipeline.Severity) store.DocState {
	switch code := exitCode([]*pipeline.Document{doc}, []error{err}, failOn); code {
	case 0:
		return store.DocDone
	case 1:
		return store.DocFlagged
	case 3:
		return store.DocFailed
	default:
		return store.DocStopped
	}
}

// dayAccount is the account of a day's spending. Days are UTC's, as providers
// bill them.
func dayAccount(now time.Time) string { return "day:" + now.UTC().Format(time.DateOnly) }

// runAccount is the account of a batch run's spending.
func runAccount(id string) string { return "run:" + id }

// oneLine is an error for a list.
func oneLine(err error) string { return fmt.Sprint(leaves(err)[0]) }
