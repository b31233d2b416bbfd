package check

// tally counts hashes. It is a table with open addressing, for the rows of
// words of a text are counted for every text judged.
type tally struct {
	slots []tallySlot // a power of two of them, at least half of them free
}

type tallySlot struct {
	key   uint64 // 0 is free
	value int32
}

// newTally has room for n different hashes.
func newTally(n int) *tally {
	size := 8
	for size < 2*n {
		size *= 2
	}
	return &tally{slots: make([]tallySlot, size)}
}

// slot is where a hash stands, or where it would.
func (t *tally) slot(key uint64) *tallySlot {
	key = max(key, 1)
	mask := uint64(len(t.slots) - 1)
	for i := key ^ key>>32; ; i++ {
		if s := &t.slots[i&mask]; s.key == key || s.key == 0 {
			return s
		}
	}
}

// has reports whether a hash was put in.
func (t *tally) has(key uint64) bool { return t.slot(key).key != 0 }

// at is the value of a hash, which is put in as 0 where it is new.
func (t *tally) at(key uint64) *int32 {
	s := t.slot(key)
	s.key = max(key, 1)
	return &s.value
}
