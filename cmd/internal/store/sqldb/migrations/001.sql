-- What was paid for: every exchange, sealed; the other columns are for queries.
CREATE TABLE exchanges (
	key {text} NOT NULL,
	sequence BIGINT NOT NULL,
	stage {text} NOT NULL,
	lang {text} NOT NULL,
	model {text} NOT NULL,
	prompt {text} NOT NULL,
	sent BIGINT NOT NULL,
	duration_ms BIGINT NOT NULL,
	status BIGINT NOT NULL,
	body {bytes} NOT NULL,
	PRIMARY KEY (key, sequence)
);

-- Settled answers by sentence; rank orders the ones of a key by age.
CREATE TABLE settled (
	stage {text} NOT NULL,
	lang {text} NOT NULL,
	key {text} NOT NULL,
	sentence_before {text} NOT NULL,
	sentence_after {text} NOT NULL,
	rank BIGINT NOT NULL,
	body {bytes} NOT NULL,
	PRIMARY KEY (stage, lang, key, sentence_before, sentence_after)
);

-- What an editor decided; kind is edit or finding.
CREATE TABLE decisions (
	kind {text} NOT NULL,
	id {text} NOT NULL,
	state {text} NOT NULL,
	reason {text} NOT NULL,
	PRIMARY KEY (kind, id)
);

-- What doctor found out.
CREATE TABLE profiles (
	endpoint {text} NOT NULL,
	model {text} NOT NULL,
	body {bytes} NOT NULL,
	PRIMARY KEY (endpoint, model)
);

-- Batch runs; a collection has at most one that is open.
CREATE TABLE runs (
	id {text} NOT NULL PRIMARY KEY,
	collection {text} NOT NULL,
	out {text} NOT NULL,
	plan {bytes} NOT NULL,
	state {text} NOT NULL,
	paused BIGINT NOT NULL,
	started BIGINT NOT NULL,
	ended BIGINT NOT NULL
);
CREATE UNIQUE INDEX runs_open ON runs (collection) WHERE state = 'open';

-- The articles of collections. Their texts stand apart, so that lists read
-- no more than they show.
CREATE TABLE documents (
	collection {text} NOT NULL,
	id {text} NOT NULL,
	folder {text} NOT NULL,
	origin {text} NOT NULL,
	input {text} NOT NULL,
	settings {text} NOT NULL,
	run {text} NOT NULL,
	state {text} NOT NULL,
	afresh BIGINT NOT NULL,
	written {text} NOT NULL,
	updated BIGINT NOT NULL,
	report {bytes},
	PRIMARY KEY (collection, id)
);
CREATE TABLE document_texts (
	collection {text} NOT NULL,
	id {text} NOT NULL,
	kind {text} NOT NULL,
	body {bytes} NOT NULL,
	PRIMARY KEY (collection, id, kind),
	FOREIGN KEY (collection, id) REFERENCES documents (collection, id) ON DELETE CASCADE
);

-- Money and tokens: what was spent from an account, what is set aside in it,
-- and by which reservation.
CREATE TABLE accounts (
	name {text} NOT NULL PRIMARY KEY,
	currency {text} NOT NULL,
	spent_micros BIGINT NOT NULL,
	spent_tokens BIGINT NOT NULL,
	held_micros BIGINT NOT NULL,
	held_tokens BIGINT NOT NULL
);
CREATE TABLE holds (
	id {text} NOT NULL,
	account {text} NOT NULL,
	owner {text} NOT NULL,
	made BIGINT NOT NULL,
	micros BIGINT NOT NULL,
	tokens BIGINT NOT NULL,
	PRIMARY KEY (id, account)
);
CREATE INDEX holds_account ON holds (account, made);

-- Rates of providers: when the next claim is due, and until when all pause.
CREATE TABLE rates (
	bucket {text} NOT NULL PRIMARY KEY,
	due BIGINT NOT NULL,
	paused_until BIGINT NOT NULL
);
