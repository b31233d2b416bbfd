package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/urfave/cli/v2"
)

func versionCommand(env *environment) *cli.Command {
	return &cli.Command{
		Name:  "version",
		Usage: "what is running: version, revision, Go, system",
		Action: func(c *cli.Context) error {
			if err := wants(c, 0, 0, "no arguments"); err != nil {
				return err
			}
			_, err := fmt.Fprintln(env.stdout, version(debug.ReadBuildInfo()))
			return err
		},
	}
}

// version is one line about a build: "dragoman 1.2.0 (4f5a6b7) go1.26.8 linux/amd64".
func version(info *debug.BuildInfo, ok bool) string {
	name, revision := "unversioned", ""
	if ok {
		if v := info.Main.Version; v != "" && v != "(devel)" {
			name = v
		}
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision" && len(s.Value) >= 7:
				revision = " (" + s.Value[:7]
			case s.Key == "vcs.modified" && s.Value == "true" && revision != "":
				revision += ", changed"
			}
		}
	}
	if revision != "" {
		revision += ")"
	}
	return fmt.Sprintf("dragoman %s%s %s %s/%s", name, revision, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// buildVersion is the release that this program was built as, "unversioned" for
// none: what others see of it.
func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "unversioned"
	}
	return info.Main.Version
}
