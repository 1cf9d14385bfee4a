// SPDX-License-Identifier: MIT

// Goroutines, the collector and a child process.
package main

import (
	"fmt"
	"os/exec"
	"runtime"
	"sync"
)

func main() {
	var group sync.WaitGroup
	var lock sync.Mutex
	total := 0
	for i := 0; i < 500; i++ {
		group.Add(1)
		go func(i int) {
			defer group.Done()
			runtime.Gosched()
			lock.Lock()
			total += i
			lock.Unlock()
		}(i)
	}
	group.Wait()
	runtime.GC()
	output, err := exec.Command("echo", "beside").Output()
	fmt.Printf("ran: goroutines %d, %s", total, output)
	if err != nil || total != 124750 {
		panic(err)
	}
}
