// SPDX-License-Identifier: MIT

package ctr_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"libctr/ctr"
)

func ExampleCommand() {
	output, err := ctr.Command("echo", "hello from a container").Output()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(string(output))
	// Output: hello from a container
}

func ExampleNew() {
	box := ctr.New()
	defer box.Close()
	box.SetHostname("workshop")
	box.AddTmpfs("/scratch", "size=16m")
	box.SetTimeout(10 * time.Second)
	cmd := box.Command("sh", "-c", "uname -n; echo text > /scratch/file; cat /scratch/file")
	cmd.Stdout = os.Stdout
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// workshop
	// text
}

func ExampleCmd_stdin() {
	cmd := ctr.Command("tr", "a-z", "A-Z")
	cmd.Stdin = strings.NewReader("some input\n")
	output, _ := cmd.Output()
	fmt.Print(string(output))
	// Output: SOME INPUT
}

func ExampleCommandContext() {
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	err := ctr.CommandContext(ctx, "sleep", "1000").Run()
	fmt.Println(errors.Is(err, context.DeadlineExceeded))
	// Output: true
}

func ExampleExitError() {
	err := ctr.Command("sh", "-c", "exit 3").Run()
	var exit *ctr.ExitError
	if errors.As(err, &exit) {
		fmt.Println(exit.ExitCode(), exit)
	}
	// Output: 3 exit status 3
}

func ExampleError() {
	box := ctr.New()
	defer box.Close()
	box.AddBind("/no/such/directory", "/mnt", ctr.ReadOnly)
	err := box.Command("true").Start()
	var problem *ctr.Error
	if errors.As(err, &problem) {
		fmt.Println(problem.Subject)
		fmt.Println(errors.Is(err, ctr.NotFound), errors.Is(err, os.ErrNotExist))
	}
	// Output:
	// /no/such/directory
	// true true
}

func ExampleProcess_Command() {
	server := ctr.Command("sh", "-c", "echo state > /tmp/state; exec sleep 1000")
	if err := server.Start(); err != nil {
		fmt.Println(err)
		return
	}
	defer server.Process.Close()
	look := server.Process.Command("sh", "-c", "until [ -s /tmp/state ]; do sleep 0.01; done; cat /tmp/state")
	output, err := look.Output()
	fmt.Print(string(output))
	if err != nil {
		fmt.Println(err)
	}
	// Output: state
}
