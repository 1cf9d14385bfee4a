// SPDX-License-Identifier: MIT

// The shortest program: runs a command in a container and shows what it wrote.
package main

import (
	"errors"
	"fmt"
	"os"

	"libctr/ctr"
)

func main() {
	output, err := ctr.Command("sh", "-c", "echo hello from user $(id -u) of a container").Output()
	var problem *ctr.Error
	if errors.As(err, &problem) { // it did not start; what it would be to end badly is an *ctr.ExitError
		fmt.Fprintf(os.Stderr, "%v\n%s\n", problem, problem.Hint)
		os.Exit(125)
	}
	fmt.Print(string(output))
}
