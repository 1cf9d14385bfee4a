// SPDX-License-Identifier: MIT

package main

import (
	"crypto/rand"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"libctr/ctr"
)

// ofNames is what is said to the commands that take names.
type ofNames struct {
	all    bool
	force  bool
	follow bool
	signal syscall.Signal
	grace  time.Duration
}

// ofExec is what can be said of a further command.
const ofExec = " workdir env env-file clear-env umask stdin stdout stderr pass-fd ulimit tty interactive user group-add " +
	"cap-drop timeout kill-after state-dir json status-fd report quiet "

// ownOptions are those that mean something else to `run`, or nothing.
var ownOptions = map[string]option{
	"ps":   {"a", "all", false, false, false, func(s *setup, _ use) *problem { s.ofNames.all = true; return nil }},
	"logs": {"f", "follow", false, false, false, func(s *setup, _ use) *problem { s.ofNames.follow = true; return nil }},
	"rm":   {"f", "force", false, false, false, func(s *setup, _ use) *problem { s.ofNames.force = true; return nil }},
	"kill": {"s", "signal", true, false, false, applySignal},
	"stop": {"t", "time", true, false, false, applyGrace},
}

const signalNames = "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN " +
	"TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS"

func applySignal(s *setup, u use) *problem {
	number, is := parseNumber(u.text, 64)
	for i, name := range strings.Fields(signalNames) {
		if name == strings.TrimPrefix(u.text, "SIG") {
			number, is = uint64(i+1), true
		}
	}
	if !is || number == 0 {
		return u.bad(u.text, "not a signal")
	}
	s.ofNames.signal = syscall.Signal(number)
	return nil
}

func applyGrace(s *setup, u use) *problem {
	value, is := parseDuration(u.text)
	if !is {
		return u.bad(u.text, "not a duration")
	}
	s.ofNames.grace = value
	return nil
}

func applyName(s *setup, u use) *problem {
	if u.text == "" {
		return u.bad(u.text, "not a name")
	}
	s.name = u.text
	return nil
}

func applyDetach(s *setup, u use) *problem {
	s.detach = true
	s.on("ctr_config_set_host_death", u).SetHostDeath(ctr.HostDeathLeaves)
	return nil
}

// applyLogSize reads 4096, 64k, 1m, 1g.
func applyLogSize(s *setup, u use) *problem {
	digits := strings.TrimRight(u.text, "kmgKMG")
	shift, known := map[string]int{"": 0, "k": 10, "m": 20, "g": 30}[strings.ToLower(u.text[len(digits):])]
	number, is := parseNumber(digits, math.MaxUint64>>shift)
	if !is || !known {
		return u.bad(u.text, "not a size")
	}
	s.on("ctr_config_set_capture_limit", u).SetCaptureLimit(number << shift)
	return nil
}

func applyStateDir(s *setup, u use) *problem {
	if u.text == "" {
		return u.bad(u.text, "not a directory")
	}
	s.stateDir = u.text
	return nil
}

// setStreams says where streams lead before the command line does: nobody is there where it detaches.
func (s *setup) setStreams(detach, tty bool) {
	if detach {
		s.box.SetStream(0, ctr.StreamNull)
		s.box.SetStream(1, ctr.StreamCapture)
		s.box.SetStream(2, ctr.StreamCapture)
		s.box.SetCaptureKeep(ctr.KeepLast)
		return
	}
	for number := 0; number <= 2 && !tty; number++ {
		s.box.SetStream(number, ctr.StreamInherit)
	}
}

func (s *setup) setName() *problem {
	if s.detach && s.tty {
		failed := usage("a terminal ends with the command that it belongs to")
		failed.option = "detach"
		return failed
	}
	if s.detach && s.name == "" {
		var bytes [6]byte
		_, _ = rand.Read(bytes[:]) // a name that is taken is refused
		s.name = fmt.Sprintf("c%x", bytes)
	}
	if s.name != "" {
		s.on("ctr_config_set_name", use{option: &option{name: "name"}}).SetName(s.name, s.nameFlags)
		s.on("ctr_config_set_state_directory", use{option: &option{name: "state-dir"}}).SetStateDirectory(s.stateDirectory())
	}
	return nil
}

func (s *setup) stateDirectory() string {
	if s.stateDir != "" {
		path, _ := filepath.Abs(s.stateDir) // "" is refused
		return path
	}
	if runtime := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(runtime) {
		return filepath.Join(runtime, "ctr")
	}
	usual := fmt.Sprintf("/run/user/%d", os.Geteuid())
	if info, err := os.Stat(usual); err == nil && info.IsDir() {
		return filepath.Join(usual, "ctr")
	}
	return fmt.Sprintf("/tmp/ctr-%d", os.Geteuid())
}
