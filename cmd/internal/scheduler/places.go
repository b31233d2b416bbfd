package scheduler

import (
	"encoding/json"

	"dragoman/cmd/internal/schedule"
	"dragoman/cmd/internal/store"
)

// PlacesOf are the places to which a schedule brings articles.
func PlacesOf(spec schedule.Spec) []store.Place {
	var places []store.Place
	add := func(kind store.PlaceKind, name, path string, of any) {
		text, err := json.Marshal(of)
		if err == nil { // plain data: always
			places = append(places, store.Place{Kind: kind, Name: name, Path: path, Spec: text})
		}
	}
	for _, s := range spec.Sinks {
		switch {
		case s.Folder != "":
			add(store.PlaceFolder, s.Name, s.Folder, s)
		case s.Site != "":
			add(store.PlaceSite, s.Name, s.Site, s)
		default:
			add(store.PlaceWebhook, s.Name, "", schedule.Sink{Name: s.Name})
		}
	}
	for _, s := range spec.Sources {
		if s.MoveTo != "" {
			add(store.PlaceMoved, s.Inbox, s.MoveTo, schedule.Source{Inbox: s.Inbox, MoveTo: s.MoveTo})
		}
	}
	return places
}
