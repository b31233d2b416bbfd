package outdir

import (
	"fmt"
	"io"

	"dragoman/pipeline"
)

// MinFree is the room on the disk below which no paid call is begun, in bytes:
// an article's files take about 100 KB, and the calls that are in flight when
// the floor is met still have to be stored.
const MinFree = 64 << 20

// Probe checks that the folder takes files and has room, so that a run fails
// before its first paid call and not after it. The error is a *pipeline.Error
// of class Unavailable with a hint.
func (d *Dir) Probe() error {
	probe := File{Name: "probe", Write: func(w io.Writer) error {
		_, err := w.Write(make([]byte, 4096))
		return err
	}}
	err := d.stage("", probe)
	if err == nil {
		err = d.root.Remove(Temporary + probe.Name)
	}
	if err != nil {
		return &pipeline.Error{
			Code: pipeline.Unavailable, Unit: d.Path, Hint: "choose another --out folder, or make this one writable",
			Err: fmt.Errorf("writing to the output folder: %w", err),
		}
	}
	return Room(d.Path, MinFree)
}

// Room checks that the disk of a folder has the bytes wanted. Where the system
// does not tell, there is room.
func Room(dir string, want uint64) error {
	free, known := free(dir)
	if !known || free >= want {
		return nil
	}
	return &pipeline.Error{
		Code: pipeline.Unavailable, Unit: dir, Hint: "make room and run again: what is answered is kept",
		Err: fmt.Errorf("the disk has %d MiB left, and no call is begun below %d MiB", free>>20, want>>20),
	}
}
