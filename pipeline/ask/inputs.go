package ask

import "dragoman/prompts"

// Neighbours sets Before and After of each item to the texts beside it.
func Neighbours(items []Item) []Item {
	for i := range items {
		if i > 0 {
			items[i].Before = items[i-1].Text
		}
		if i+1 < len(items) {
			items[i].After = items[i+1].Text
		}
	}
	return items
}

// Before is the context of a request: the source sentence that stands before
// its first item. It is never a reply, so that requests do not depend on one
// another.
func Before(items []Item) []string {
	if len(items) == 0 || items[0].Before == "" {
		return nil
	}
	return []string{items[0].Before}
}

// Sentences are the items' texts under their keys.
func Sentences(items []Item, keys []string) prompts.Object {
	o := make(prompts.Object, len(items))
	for i, it := range items {
		o[i] = prompts.Member{Key: keys[i], Value: it.Text}
	}
	return o
}
