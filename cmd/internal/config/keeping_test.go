package config

import (
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestKeepingAndLogging(t *testing.T) {
	plain, err := Load(Sources{Env: environ(nil)})
	if err != nil || plain.KeepReplies != 0 || plain.KeepRepliesSize != 0 || plain.NoStoreText || plain.LogFormat != LogText || plain.LogLevel != slog.LevelInfo {
		t.Errorf("defaults: got %+v, %v", plain, err)
	}
	dir := file(t, "keep-replies: 90d\nkeep-replies-size: 2GB\nno-store-text: true\ncontact: desk@news.example\n")
	cfg, err := Load(Sources{
		Dir:   dir,
		Env:   environ(map[string]string{"DRAGOMAN_LOG_FORMAT": "JSON"}),
		Flags: map[string]string{"log-level": "debug", "no-store-text": "false"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if cfg.KeepReplies != 90*24*time.Hour || cfg.KeepRepliesSize != 2_000_000_000 || cfg.NoStoreText || cfg.Contact != "desk@news.example" || cfg.LogFormat != LogJSON || cfg.LogLevel != slog.LevelDebug {
		t.Errorf("got %+v", cfg)
	}
}

func TestSizes(t *testing.T) {
	for in, want := range map[string]int64{
		"1": 1, "512B": 512, "1k": 1000, "1kb": 1000, "1KiB": 1024, "500MB": 500_000_000, "1.5 GB": 1_500_000_000, "2GiB": 2 << 30, "2Gi": 2 << 30, "3TB": 3_000_000_000_000,
	} {
		c := &Config{}
		if err := setKeepRepliesSize(c, in); err != nil || c.KeepRepliesSize != want {
			t.Errorf("%s: got %d, %v, want %d", in, c.KeepRepliesSize, err, want)
		}
	}
	for _, in := range []string{"", "0", "-1", "GB", "2PB", "1.5", "2 G B", "9999999999TB", "1e9", "0GB", "2iB"} {
		if err := setKeepRepliesSize(&Config{}, in); err == nil || !strings.Contains(err.Error(), "500MB") {
			t.Errorf("%q: got %v", in, err)
		}
	}
}

func TestWrongKeepingAndLogging(t *testing.T) {
	for name, values := range map[string][]string{
		"keep-replies": {"90", "for ever", "-1d"}, "keep-replies-size": {"much"}, "no-store-text": {"maybe"}, "contact": {"desk", "a@b) evil (c", "https://x\ny", "ftp://a.example", "@", "a b@c"}, "log-format": {"xml"}, "log-level": {"loud", "info+2"},
	} {
		for _, v := range values {
			if _, err := Load(Sources{Env: environ(nil), Flags: map[string]string{name: v}}); err == nil || !strings.HasPrefix(err.Error(), "--"+name+": "+name+" must be ") {
				t.Errorf("%s %s: got %v", name, v, err)
			}
		}
	}
}
