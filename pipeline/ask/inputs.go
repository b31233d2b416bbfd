package ask

import (
	"slices"

	"dragoman/prompts"
)

// Neighbours sets Earlier, Before and After of each item to the texts beside it.
func Neighbours(items []Item) []Item {
	for i := range items {
		if i > 1 {
			items[i].Earlier = items[i-2].Text
		}
		if i > 0 {
			items[i].Before = items[i-1].Text
		}
		if i+1 < len(items) {
			items[i].After = items[i+1].Text
		}
	}
	return items
}

// Before is the context of a request: the two source sentences that stand
// before its first item, enough for a pronoun to find its noun. They are never
// replies, so that requests do not depend on one another.
func Before(items []Item) []string {
	if len(items) == 0 {
		return nil
	}
	return slices.DeleteFunc([]string{items[0].Earlier, items[0].Before}, func(s string) bool { return s == "" })
}

// Sentences are the items' texts under their keys.
func Sentences(items []Item, keys []string) prompts.Object {
	o := make(prompts.Object, len(items))
	for i, it := range items {
		o[i] = prompts.Member{Key: keys[i], Value: it.Text}
	}
	return o
}
