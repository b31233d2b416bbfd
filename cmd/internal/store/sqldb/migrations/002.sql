-- It was stored and read by nobody.
ALTER TABLE runs DROP COLUMN paused;

-- Settled answers: the key of the exchange that one came from, '' where it is
-- not known, and when it was stored. Those of before count from now.
ALTER TABLE settled ADD COLUMN exchange {text} NOT NULL DEFAULT '';
ALTER TABLE settled ADD COLUMN stored BIGINT NOT NULL DEFAULT {now};
CREATE INDEX settled_exchange ON settled (exchange);
CREATE INDEX exchanges_sent ON exchanges (sent);

-- Schedules as they were applied; what became of each of their times. claim is
-- whose row it is, should an answer be lost.
CREATE TABLE schedules (
	name {text} NOT NULL PRIMARY KEY,
	spec {bytes} NOT NULL,
	paused BIGINT NOT NULL,
	since BIGINT NOT NULL,
	applied BIGINT NOT NULL
);
-- Where each schedule ever brought articles.
CREATE TABLE places (
	schedule {text} NOT NULL,
	kind {text} NOT NULL,
	name {text} NOT NULL,
	path {text} NOT NULL,
	spec {bytes} NOT NULL,
	PRIMARY KEY (schedule, kind, name, path)
);
CREATE TABLE firings (
	schedule {text} NOT NULL,
	due BIGINT NOT NULL,
	claim {text} NOT NULL,
	cause {text} NOT NULL,
	state {text} NOT NULL,
	reason {text} NOT NULL,
	run {text} NOT NULL,
	started BIGINT NOT NULL,
	ended BIGINT NOT NULL,
	retry BIGINT NOT NULL,
	attempts BIGINT NOT NULL,
	report {bytes} NOT NULL,
	PRIMARY KEY (schedule, due)
);
CREATE INDEX firings_state ON firings (state);

-- The memory of sources: what each offered, and where it stands itself.
CREATE TABLE entries (
	collection {text} NOT NULL,
	key {text} NOT NULL,
	content {text} NOT NULL,
	offered {text} NOT NULL,
	document {text} NOT NULL,
	tag {text} NOT NULL,
	modified {text} NOT NULL,
	first_met BIGINT NOT NULL,
	looked BIGINT NOT NULL,
	PRIMARY KEY (collection, key)
);
CREATE INDEX entries_content ON entries (collection, content);
CREATE TABLE sources (
	collection {text} NOT NULL,
	name {text} NOT NULL,
	tag {text} NOT NULL,
	modified {text} NOT NULL,
	digest {text} NOT NULL,
	looked BIGINT NOT NULL,
	fresh BIGINT NOT NULL,
	failing BIGINT NOT NULL,
	failure {text} NOT NULL,
	not_before BIGINT NOT NULL,
	extra {bytes} NOT NULL,
	PRIMARY KEY (collection, name)
);

-- Versions of articles on their way to sinks.
CREATE TABLE deliveries (
	id {text} NOT NULL PRIMARY KEY,
	collection {text} NOT NULL,
	document {text} NOT NULL,
	version {text} NOT NULL,
	sink {text} NOT NULL,
	state {text} NOT NULL,
	reason {text} NOT NULL,
	headline {text} NOT NULL,
	attempts BIGINT NOT NULL,
	next BIGINT NOT NULL,
	made BIGINT NOT NULL,
	ended BIGINT NOT NULL
);
CREATE INDEX deliveries_state ON deliveries (state, next);
CREATE INDEX deliveries_document ON deliveries (collection, document, sink);

-- Which articles used which exchanges.
CREATE TABLE uses (
	article {text} NOT NULL,
	key {text} NOT NULL,
	PRIMARY KEY (article, key)
);
CREATE INDEX uses_key ON uses (key);
