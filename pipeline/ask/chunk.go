package ask

// chunks cuts a list of items into parts that fit the model's context, none
// longer than MaxChunk, all of about the same size. Nothing is left out, and
// an item too large for any part stands alone.
func (k *keyed[T]) chunks(items []Item, system int) [][]Item {
	room := k.Room() - system - 200
	size := func(it Item) int { return Tokens(it.Text) + 8 + k.q.Tokens(it) }
	total, largest := 0, 0
	for _, it := range items {
		total += size(it)
		largest = max(largest, size(it))
	}
	n := max((len(items)+MaxChunk-1)/MaxChunk, 1)
	if room > 0 {
		n = max(n, (total+room-1)/room)
	}
	limit := min(total/n+largest, max(room, 1))
	most := (len(items) + n - 1) / n
	var parts [][]Item
	used := 0
	for _, it := range items {
		last := len(parts) - 1
		if last < 0 || len(parts[last]) >= most || used+size(it) > limit {
			parts = append(parts, nil)
			last, used = last+1, 0
		}
		parts[last] = append(parts[last], it)
		used += size(it)
	}
	return parts
}

// pieces cuts a list into pieces of at most n.
func pieces(items []Item, n int) [][]Item {
	var parts [][]Item
	for len(items) > 0 {
		m := min(n, len(items))
		parts, items = append(parts, items[:m]), items[m:]
	}
	return parts
}
