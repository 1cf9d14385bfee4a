// SPDX-License-Identifier: MIT

package ctr_test

import (
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"libctr/ctr"
)

func threads(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(status), "\n") {
		if strings.HasPrefix(line, "Threads:") {
			count, _ := strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(line, "Threads:")))
			return count
		}
	}
	t.Fatal("/proc/self/status does not count threads")
	return 0
}

func TestAThousandContainersAreWaitedForWithoutAThreadEach(t *testing.T) {
	const count = 1000
	box := ctr.New()
	defer box.Close()
	before := threads(t)
	var group sync.WaitGroup
	commands := make([]*ctr.Cmd, count)
	failures := make([]error, count)
	for i := range commands {
		commands[i] = box.Command("sleep", "1000")
		if err := commands[i].Start(); err != nil {
			for _, started := range commands[:i] {
				started.Process.Close()
			}
			t.Skipf("this machine does not run %d containers at once: %v", count, err)
		}
		group.Add(1)
		go func(i int) {
			defer group.Done()
			failures[i] = commands[i].Wait()
		}(i)
	}
	time.Sleep(100 * time.Millisecond)
	during := threads(t)
	for _, cmd := range commands {
		cmd.Process.Kill()
	}
	group.Wait()
	t.Logf("%d threads before, %d while %d containers were waited for, %d after", before, during, count, threads(t))
	if during > before+20 {
		t.Errorf("%d threads wait for %d containers", during-before, count)
	}
	for i, err := range failures {
		if err == nil || commands[i].Result == nil || commands[i].Result.Kind != ctr.Killed {
			t.Fatalf("%d: %v", i, err)
		}
	}
}
