// SPDX-License-Identifier: MIT

// A context that ends takes the whole tree of processes with it; a gentle one asks first.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"libctr/ctr"
)

func run(name string, prepare func(*ctr.Cmd)) {
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	cmd := ctr.CommandContext(ctx, "sh", "-c", "trap 'echo tidying up; exit 3' TERM; setsid sleep 1000 & wait")
	cmd.Stdout = os.Stdout
	prepare(cmd)
	err := cmd.Run()
	var problem *ctr.Error
	if errors.As(err, &problem) {
		fmt.Fprintf(os.Stderr, "%v\n%s\n", problem, problem.Hint)
		os.Exit(125)
	}
	fmt.Printf("%s: %v; the command: %v\n", name, err, cmd.Result)
}

func main() {
	run("killed", func(*ctr.Cmd) {})
	run("asked", func(cmd *ctr.Cmd) {
		cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
		cmd.WaitDelay = 5 * time.Second
	})
}
