// SPDX-License-Identifier: MIT

// Many containers at once from one description. A goroutine waits for each, and no thread does.
package main

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"libctr/ctr"
)

func main() {
	box := ctr.New()
	defer box.Close()
	box.SetTimeout(2 * time.Second)

	stories := make([]string, 10)
	var group sync.WaitGroup
	for i := range stories {
		group.Add(1)
		go func(i int) {
			defer group.Done()
			script := fmt.Sprintf("exit %d", i)
			if i%5 == 4 {
				script = "exec sleep 60"
			}
			err := box.Command("sh", "-c", script).Run()
			var exit *ctr.ExitError
			switch {
			case err == nil:
				stories[i] = "ended well"
			case errors.As(err, &exit):
				stories[i] = exit.Error()
			default:
				fmt.Fprintln(os.Stderr, err)
				os.Exit(125)
			}
		}(i)
	}
	group.Wait()
	for i, story := range stories {
		fmt.Printf("container %d: %s\n", i, story)
	}
}
