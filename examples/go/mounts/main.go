// SPDX-License-Identifier: MIT

// What is in the box: a directory of the host read-only, a scratch file system, a file from memory, a deadline.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"libctr/ctr"
)

func main() {
	source, err := os.MkdirTemp("", "example")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(source)
	if err := os.WriteFile(filepath.Join(source, "input"), []byte("3\n1\n2\n"), 0o644); err != nil {
		panic(err)
	}

	box := ctr.New()
	defer box.Close()
	box.AddBind(source, "/src", ctr.ReadOnly)
	box.AddTmpfs("/scratch", "size=16m")
	box.AddContent("/scratch/note", []byte("from memory\n"), 0o444)
	box.SetHostname("workshop")
	box.SetTimeout(10 * time.Second)

	cmd := box.Command("sh", "-c", `
		uname -n
		sort /src/input > /scratch/sorted && echo $(cat /scratch/sorted)
		cat /scratch/note
		if ! touch /src/new 2>/dev/null; then echo "the source is read-only"; fi`)
	cmd.Stdout = os.Stdout
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		var problem *ctr.Error
		if errors.As(err, &problem) {
			fmt.Fprintln(os.Stderr, problem.Hint)
		}
		os.RemoveAll(source)
		os.Exit(125)
	}
}
