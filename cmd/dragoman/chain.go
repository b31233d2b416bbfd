package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"dragoman/cmd/internal/config"
	"dragoman/cmd/internal/outdir"
	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/fallback"
	"dragoman/pipeline/llm/openai"
	"dragoman/pipeline/llm/wire"
)

// chain is the way to the model: the client on top, beneath it the wire
// (shape, lookup, retry, gate, budget, guard, record), at its end the network.
func chain(env *environment, cfg *config.Config, opts runOptions, from *answers) (llm.Client, error) {
	prices, err := priceList(cfg, from)
	if err != nil {
		return nil, err
	}
	if err := affordable(cfg, prices, from.model); err != nil {
		return nil, err
	}
	below := wire.Config{
		Network: from.network, Ledger: from.ledger, Fresh: opts.Fresh || opts.Record != "", Profile: from.profile, Prices: prices,
		Secret: cfg.APIKey, MaxCost: cfg.MaxCost, MaxTokens: cfg.MaxTokens, Concurrency: cfg.Concurrency, Timeout: cfg.Timeout,
		RPM: cfg.RPM, TPM: cfg.TPM, Instant: from.offline, Now: env.now, Patient: from.patient,
	}
	if from.patient {
		from.profile.NoStream = true // an answer comes whole
		below.Profile = from.profile
	}
	from.share(cfg, &below)
	if opts.Record != "" {
		tape, err := llm.NewRecordings(opts.Record, llm.RecordingsInfo{Model: from.model, Provenance: provenance(from.baseURL), Profile: from.profile, Date: env.now()})
		if err != nil {
			return nil, err
		}
		below.Tape = tape
	}
	client := at(cfg)
	client.BaseURL, client.Model, client.Profile = from.baseURL, from.model, from.profile
	below.Breaker, below.Impatient = from.breaker(client), cfg.FallbackModel != ""
	client.HTTP = wire.New(below)
	first, err := openai.New(client)
	if err != nil || cfg.FallbackModel == "" || from.offline {
		return first, err
	}
	second, err := second(cfg, from, below)
	if err != nil {
		return nil, err
	}
	return fallback.New(fallback.Config{
		Choices: []fallback.Choice{{Client: first, Model: from.model}, {Client: second, Model: cfg.FallbackModel}}, On: cfg.FallbackOn,
	})
}

// second is the client of the fallback model, on a chain of its own with the
// same caps, accounts and ledger: what is asked there is another request, since
// the model is part of it.
func second(cfg *config.Config, from *answers, like wire.Config) (llm.Client, error) {
	client := at(cfg)
	client.Model = cfg.FallbackModel
	if cfg.FallbackURL != "" && strings.TrimRight(cfg.FallbackURL, "/") != strings.TrimRight(cfg.BaseURL, "/") {
		client.BaseURL, client.APIKey, client.AzureVersion = cfg.FallbackURL, llm.Secret{}, "" // the first endpoint's key is not shown to another
	}
	if cfg.FallbackKey != "" {
		key, err := config.ReadKey(cfg.FallbackKey)
		if err != nil {
			return nil, &usageError{err: fmt.Errorf("fallback-api-key-file: %w", err)}
		}
		client.APIKey = key
	}
	like.Profile, like.Bucket, like.Secret = llm.Profile{}, "", client.APIKey
	like.Breaker, like.Impatient = from.breaker(client), false
	client.HTTP = wire.New(like)
	return openai.New(client)
}

// breaker is the breaker of a client's endpoint; nil where none is shared.
func (a *answers) breaker(client openai.Config) *wire.Breaker {
	if a.health == nil {
		return nil
	}
	return a.health.Of(strings.TrimRight(client.BaseURL, "/"), client.Model)
}

// share lets a chain pay from the accounts and keep to the rates that all
// processes on one state share. What one run may spend is counted by its own
// chain, unless the run has an account of its own.
func (a *answers) share(cfg *config.Config, below *wire.Config) {
	if a.purse != nil {
		perDay := amount(cfg.MaxCostPerDay, 0)
		below.Purse = a.purse
		below.Accounts = func(now time.Time) []wire.Account {
			accounts := []wire.Account{{
				Name: dayAccount(now), Label: "the day", Cap: perDay,
				Hint: "raise --max-cost-per-day, or run again tomorrow (UTC): what is answered is kept",
			}}
			if a.account != "" {
				accounts = append(accounts, wire.Account{
					Name: a.account, Label: "this run", Cap: amount(cfg.MaxCost, cfg.MaxTokens),
					Hint: "raise --max-cost or --max-tokens and run again: what is answered is kept",
				})
			}
			return accounts
		}
	}
	if a.account != "" {
		below.MaxCost, below.MaxTokens = nil, 0
	}
	if a.many {
		below.Start = max(startAtOnce, cfg.Concurrency/2) // who names a number is half believed
		if below.Concurrency == 0 && a.profile.Slots == 0 && !isLocal(a.baseURL) {
			below.Concurrency = mostAtOnce
		}
	}
	if a.rates != nil && (a.many || cfg.RPM > 0 || cfg.TPM > 0) {
		below.Rates = a.rates
	}
	if len(a.disks) > 0 {
		below.Ready = func(context.Context) error {
			for _, dir := range a.disks {
				if err := outdir.Room(dir, outdir.MinFree); err != nil {
					return err
				}
			}
			return nil
		}
	}
}

// startAtOnce is how many calls a batch makes at once at first; it makes more
// while the endpoint keeps up.
const startAtOnce = 8

// mostAtOnce is how many calls a batch makes at once at most where nothing says
// how many: what an account of the lowest tier is let do, and a server on this
// machine is asked for its slots.
const mostAtOnce = 32

// amount is a cap of the configuration.
func amount(money *pipeline.Money, tokens int) wire.Amount {
	a := wire.Amount{Tokens: int64(tokens)}
	if money != nil {
		a.Money = *money
	}
	return a
}

// priceList is the user's prices over the built-in ones. A replay uses the
// built-in ones alone, so that it is the same on every machine.
func priceList(cfg *config.Config, from *answers) (llm.Prices, error) {
	if cfg.Prices == "" || from.offline {
		prices, _, err := llm.BuiltinPrices()
		return prices, err
	}
	prices, _, err := llm.LoadPrices(cfg.Prices)
	if err != nil {
		return nil, &usageError{err: err, hint: hintOf(err)}
	}
	return prices, nil
}

// affordable refuses a cap in money that cannot be held, before anything is
// asked.
func affordable(cfg *config.Config, prices llm.Prices, model string) error {
	if cfg.FallbackModel != "" && cfg.FallbackModel != model {
		if err := affordable(&config.Config{MaxCost: cfg.MaxCost, MaxCostPerDay: cfg.MaxCostPerDay}, prices, cfg.FallbackModel); err != nil {
			return err
		}
	}
	for name, most := range map[string]*pipeline.Money{"max-cost": cfg.MaxCost, "max-cost-per-day": cfg.MaxCostPerDay} {
		if most == nil {
			continue
		}
		price, known := prices.Of(model)
		switch {
		case !known:
			return badUsage("cap the run with --max-tokens, or give the model a price in a file named by the setting prices",
				"%s cannot be held, because the price of %q is unknown", name, model)
		case price.Currency != most.Currency:
			return badUsage("write the cap in that currency", "%s is in %s, but the price of %q is in %s", name, most.Currency, model, price.Currency)
		case cfg.Transport == config.Batch && !price.HasBatch:
			return badUsage("cap the run with --max-tokens, or give the price file \"batch\", the part of a price that the Batch API asks",
				"%s cannot be held, because the price of %q through the Batch API is unknown", name, model)
		}
	}
	return nil
}
