module dragoman

go 1.26.0

require (
	code.dny.dev/ssrf v0.3.0 // the networks that no page is fetched from, by IANA's registries; only cmd/internal/fetch
	codeberg.org/readeck/go-readability/v2 v2.1.3 // the article in a web page; only pipeline/reader
	github.com/chromedp/cdproto v0.159.0 // tests only: what the browser reports while it shows a page
	github.com/chromedp/chromedp v0.23.0 // tests only: pages looked at in Chromium
	github.com/dbos-inc/dbos-transact-golang v1.8.0 // durable jobs: queues, claims, recovery, schedules; only cmd/internal/jobs
	github.com/gofrs/flock v0.13.1 // locks that die with their process, on every system: output folders, jobs, schedules; only cmd
	github.com/gogs/chardet v0.0.0-20211120154057-b7413eaefb8f // encodings nothing declares; linked by go-readability anyway
	github.com/jackc/pgx/v5 v5.10.0 // PostgreSQL: the state of a fleet; only cmd/internal/store/postgres and cmd/internal/jobs
	github.com/mmcdole/gofeed v1.4.2 // RSS, Atom and JSON feeds, as they are found; only pipeline/reader, and tests of cmd/internal/site
	github.com/netresearch/go-cron v0.9.1 // the fields of a cron rule; only cmd/internal/schedule
	github.com/prometheus/client_golang v1.25.0 // tests only: promlint, on what a worker shows as metrics
	github.com/rogpeppe/go-internal v1.16.0 // tests only: scripts through the real binary, and the cases of the checks
	github.com/santhosh-tekuri/jsonschema/v6 v6.0.3 // tests only in the writer: documents held against the published schema
	github.com/sashabaranov/go-openai v1.43.0 // request and reply types of chat completions; only llm/openai
	github.com/standard-webhooks/standard-webhooks/libraries v0.0.1 // tests only: messages verified as a receiver would
	github.com/urfave/cli/v2 v2.27.7 // the command line; only cmd/dragoman
	github.com/yuin/goldmark v1.8.7 // Markdown articles in the reader; what Markdown makes of an export in the writer's tests
	go.yaml.in/yaml/v3 v3.0.6 // dragoman.yaml and front matter, with line and column
	golang.org/x/net v0.62.0 // html: pages in the reader, and tests parse every report; idna: names of hosts that are fetched from; netutil: connections to a worker are bounded
	golang.org/x/sync v0.24.0 // errgroup: stages and pieces side by side
	golang.org/x/term v0.47.0 // is it a terminal, and how wide; only cmd/internal/term
	golang.org/x/text v0.43.0 // language tags, Unicode forms, charsets; the only module that package pipeline imports
	modernc.org/sqlite v1.56.0 // SQLite without cgo: the state of one machine; only cmd/internal/store/sqlite and cmd/internal/jobs
	pgregory.net/rapid v1.3.0 // tests only: promises held against random articles
)

require (
	github.com/andybalholm/cascadia v1.3.3 // indirect
	github.com/cpuguy83/go-md2man/v2 v2.0.7 // indirect
	github.com/dustin/go-humanize v1.0.1 // indirect
	github.com/go-json-experiment/json v0.0.0-20260213210345-44df1a37e875 // indirect
	github.com/go-shiori/dom v0.0.0-20230515143342-73569d674e1c // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/itlightning/dateparse v0.2.1 // indirect
	github.com/jackc/pgerrcode v0.0.0-20250907135507-afb5586c32a6 // indirect
	github.com/jackc/pgpassfile v1.0.0 // indirect
	github.com/jackc/pgservicefile v0.0.0-20240606120523-5a60cdf6a761 // indirect
	github.com/jackc/puddle/v2 v2.2.2 // indirect
	github.com/mattn/go-isatty v0.0.24 // indirect
	github.com/mmcdole/goxpp/v2 v2.0.0 // indirect
	github.com/munnerz/goautoneg v0.0.0-20191010083416-a7dc8b61c822 // indirect
	github.com/ncruces/go-strftime v1.0.0 // indirect
	github.com/prometheus/client_model v0.6.3 // indirect
	github.com/prometheus/common v0.72.0 // indirect
	github.com/remyoudompheng/bigfft v0.0.0-20230129092748-24d4a6f8daec // indirect
	github.com/robfig/cron/v3 v3.0.1 // indirect
	github.com/russross/blackfriday/v2 v2.1.0 // indirect
	github.com/xrash/smetrics v0.0.0-20240521201337-686a1a2994c1 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/tools v0.51.0 // indirect
	google.golang.org/protobuf v1.36.12 // indirect
	modernc.org/libc v1.74.4 // indirect
	modernc.org/mathutil v1.7.1 // indirect
	modernc.org/memory v1.11.0 // indirect
)
