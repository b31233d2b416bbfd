package scheduler

import (
	"fmt"
	"strings"
	"testing"

	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/store"
)

// Every place is named, and of a webhook nothing but its name.
func TestPlacesOf(t *testing.T) {
	places := PlacesOf(schedule.Spec{
		Sinks: []schedule.Sink{
			{Name: "f", Folder: "/out"},
			{Name: "s", Site: "/www", Title: "Wire", URL: "https://h"},
			{Name: "w", Webhook: "https://h/canary", SecretEnv: "CANARY", SecretFile: "/canary"},
		},
		Sources: []schedule.Source{{Feed: "https://h/feed"}, {Inbox: "/in"}, {Inbox: "/in2", MoveTo: "/done"}},
	})
	var told []string
	for _, p := range places {
		told = append(told, fmt.Sprintf("%s %s %s %s", p.Kind, p.Name, p.Path, p.Spec))
	}
	want := []string{
		`folder f /out {"name":"f","folder":"/out"}`, `site s /www {"name":"s","site":"/www","title":"Wire","url":"https://h"}`,
		`webhook w  {"name":"w"}`, `moved /in2 /done {"inbox":"/in2","moveTo":"/done"}`,
	}
	if got := strings.Join(told, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s", got)
	}
	if places[2].Kind != store.PlaceWebhook || strings.Contains(strings.ToLower(string(places[2].Spec)), "canary") {
		t.Errorf("of the webhook: %s", places[2].Spec)
	}
}
