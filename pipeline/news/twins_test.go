package news

import (
	"reflect"
	"testing"

	"dragoman/pipeline"
)

// Which of two equal requests at one moment was sent is chance; the trace must
// not tell.
func TestTwinsAreToldInOneWay(t *testing.T) {
	sent := pipeline.Step{Key: "k", Units: []string{"sum.l"}, Sent: 1, DurationMS: 7, Usage: pipeline.Usage{InputTokens: 3, Known: true}}
	stored := pipeline.Step{Key: "k", Units: []string{"sum.s1"}, Stored: true, DurationMS: 7}
	other := pipeline.Step{Key: "x", Stored: true}
	one := []pipeline.Step{sent, other, stored}
	swappedSent, swappedStored := sent, stored
	swappedSent.Units, swappedStored.Units = stored.Units, sent.Units
	two := []pipeline.Step{swappedStored, other, swappedSent}
	twins(one)
	twins(two)
	if !reflect.DeepEqual(one, two) || one[0].Stored || !one[2].Stored || !one[1].Stored {
		t.Errorf("\n%+v\n%+v", one, two)
	}
}
