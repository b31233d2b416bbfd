// Package llmtest has models to test with that cost nothing and are always
// the same: doubles of [llm.Client] ([Echo], [Script], [Fault]) for unit
// tests, and the pseudo model, an OpenAI-compatible server that answers every
// prompt of dragoman.
//
// # The pseudo model
//
// [NewServer] makes a handler that answers as a server would: plain and
// streamed chat completions, /v1/models, /health, and /props as llama.cpp
// gives it. It takes any key and any model name. [Server.Start] puts it on a
// loopback socket, [Server.Transport] uses it without one.
//
// What it writes is no translation. [Translate] spells each English word with
// the letters of the target language and puts real function words, numbers,
// negations and hedges between, so that the text passes the checks that a
// translation must pass; nobody could mistake it for one. The answer for a
// sentence depends on its text and language alone, whatever the request
// around it, and the summary depends on the sentences alone.
//
// # Its journal
//
// [Server.Requests] are the calls it saw, an independent count of what a client
// would have paid for. [Server.Tally], which GET /journal gives other
// processes, is the same in figures: with [Options].Quiet a hundred thousand
// calls fit into some megabytes.
//
// # The Batch API
//
// [Options.Batch] and the endpoints /v1/files and /v1/batches are the Batch
// API: lines are answered as calls are, and stand in the journal with their
// batch.
//
// # Faults
//
// [Server.Inject] spoils the answers that a test chooses: on the wire (a
// refused key, a cut stream), and in the text (a sentence lost, a digit
// changed).
package llmtest
