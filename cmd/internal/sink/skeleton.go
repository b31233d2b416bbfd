package sink

import (
	"context"

	"dragoman/cmd/internal/schedule"
)

type folder struct{ path string }

func (f *folder) Deliver(ctx context.Context, e Edition) error { return nil }
func (f *folder) Remove(ctx context.Context, article string) ([]string, error) {
	return nil, nil
}
func openHook(spec schedule.Sink, o Options) (Sink, error) { return &folder{}, nil }
func openSite(spec schedule.Sink) Sink                     { return &folder{} }
