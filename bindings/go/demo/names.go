// SPDX-License-Identifier: MIT

package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"libctr/ctr"
)

const (
	usualGrace   = 10 * time.Second
	patience     = 5 * time.Second // for what is ended by SIGKILL
	betweenLooks = 100 * time.Millisecond
)

// manage is the commands that take names.
func manage(command string, arguments []string) int {
	s := newSetup(false)
	defer s.box.Close()
	uses, names, failed := tableOf(command).parse(arguments)
	for _, early := range []bool{true, false} {
		if failed == nil {
			failed = s.apply(uses, early)
		}
	}
	switch {
	case failed != nil:
	case command == "ps" && len(names) > 0:
		failed = usage("ps takes no names")
	case command == "logs" && len(names) != 1:
		failed = usage("logs takes the name of one container")
	case command != "ps" && len(names) == 0:
		failed = usage("no container was named")
	}
	if failed != nil {
		failed.complain()
		return failed.status
	}
	switch command {
	case "ps":
		return s.list()
	case "inspect":
		return s.inspect(names)
	}
	return s.each(names, map[string]func(*setup, string) error{"logs": logs, "kill": kill, "stop": stop, "pause": pause,
		"resume": resume, "wait": wait, "rm": remove}[command])
}

// each goes on with the others where one fails.
func (s *setup) each(names []string, deed func(*setup, string) error) int {
	status := 0
	for _, name := range names {
		if err := deed(s, name); err != nil {
			failed := s.retold(err)
			failed.complain()
			status = failed.status
		}
	}
	return status
}

// with opens the container of a name for as long as something is done with it.
func (s *setup) with(name string, deed func(*ctr.Process) error) error {
	p, err := ctr.Open(s.stateDirectory(), name)
	if err != nil {
		return err
	}
	defer p.Close()
	return deed(p)
}

func kill(s *setup, name string) error {
	number := s.ofNames.signal
	if number == 0 {
		number = syscall.SIGKILL
	}
	return s.with(name, func(p *ctr.Process) error { return p.Signal(number) })
}

func endsWithin(p *ctr.Process, longest time.Duration) bool {
	select {
	case <-p.Done():
		return true
	case <-time.After(longest):
		return false
	}
}

// end ends a container by its init, which writes down how it ended; and where that does nothing, without it.
func end(p *ctr.Process) error {
	_ = p.Kill() // it may have ended
	if endsWithin(p, patience) {
		return nil
	}
	if fd, err := p.PIDFD(); err == nil {
		const pidfdSendSignal = 424
		_, _, _ = syscall.Syscall6(pidfdSendSignal, fd.Fd(), uintptr(syscall.SIGKILL), 0, 0, 0, 0) // likewise
		fd.Close()
	}
	endsWithin(p, patience)
	return nil
}

func stop(s *setup, name string) error {
	return s.with(name, func(p *ctr.Process) error {
		info, err := p.Info()
		if err != nil || isOver(info) {
			return err
		}
		if info.State == ctr.StatePaused {
			_ = p.Resume() // what is stopped takes no SIGTERM
		}
		_ = p.Signal(syscall.SIGTERM) // it may have ended
		grace := s.ofNames.grace
		if grace == 0 {
			grace = usualGrace
		}
		if endsWithin(p, grace) {
			return nil
		}
		return end(p)
	})
}

func pause(s *setup, name string) error {
	return s.with(name, func(p *ctr.Process) error {
		if err := p.Pause(); err != nil {
			return err
		}
		if info, err := p.Info(); err == nil && info.Pause == ctr.PauseSignals {
			s.note("every process was stopped by SIGSTOP, as there is no freezer")
		}
		return nil
	})
}

func resume(s *setup, name string) error { return s.with(name, (*ctr.Process).Resume) }

func wait(s *setup, name string) error {
	return s.with(name, func(p *ctr.Process) error {
		result, err := p.Wait()
		if err == nil && s.json {
			fmt.Println(asJSON(objectOf(result)))
		} else if err == nil {
			fmt.Println(exitStatus(result))
		}
		return err
	})
}

func remove(s *setup, name string) error {
	if s.ofNames.force {
		_ = s.with(name, end) // what cannot be opened may be removed all the same
	}
	err := ctr.Remove(s.stateDirectory(), name)
	if s.ofNames.force && errors.Is(err, ctr.NotFound) {
		return nil
	}
	return err
}

// --------------------------------------------------------------------------------------------------------- to look

func isOver(info ctr.Info) bool { return info.State == ctr.StateEnded || info.State == ctr.StateLost }

var stateNames = map[ctr.State]string{ctr.StateStarting: "starting", ctr.StateRunning: "running", ctr.StatePaused: "paused",
	ctr.StateEnded: "ended", ctr.StateLost: "lost"}

// list complains about those that cannot be read, one by one.
func (s *setup) list() int {
	names, err := ctr.Names(s.stateDirectory())
	if err != nil {
		return s.each([]string{""}, func(*setup, string) error { return err })
	}
	var lines []string
	status := s.each(names, func(s *setup, name string) error {
		info, words, err := ctr.Look(s.stateDirectory(), name)
		if errors.Is(err, ctr.NotFound) { // it went just now
			return nil
		}
		if err == nil && (s.ofNames.all || !isOver(info)) {
			lines = append(lines, s.line(name, info, words))
		}
		return err
	})
	if s.json {
		fmt.Println("[" + strings.Join(lines, ",\n") + "]")
		return status
	}
	if !s.quiet {
		fmt.Printf("%-15s %-9s COMMAND\n", "NAME", "STATE")
	}
	for _, line := range lines {
		fmt.Println(line)
	}
	return status
}

func (s *setup) line(name string, info ctr.Info, words []string) string {
	switch {
	case s.json:
		return s.object(name, info, words)
	case s.quiet:
		return name
	}
	command := strings.ReplaceAll(printable(strings.Join(words, " ")), "\n", `\n`)
	return fmt.Sprintf("%-15s %-9s %s", name, stateNames[info.State], command)
}

// object tells everything; how it ended is known to those only who open it.
func (s *setup) object(name string, info ctr.Info, words []string) string {
	var result any
	if isOver(info) {
		_ = s.with(name, func(p *ctr.Process) error { // what cannot be opened is not told
			if ended, err := p.Wait(); err == nil {
				result = objectOf(ended)
			}
			return nil
		})
	}
	return asJSON(map[string]any{"name": name, "state": stateNames[info.State], "command": words, "pid": info.PID,
		"created": info.Created, "ended": info.Ended, "result": result})
}

func (s *setup) inspect(names []string) int {
	var objects []string
	status := s.each(names, func(s *setup, name string) error {
		var info ctr.Info
		var words []string
		err := s.with(name, func(p *ctr.Process) (err error) {
			info, err = p.Info()
			words = p.Args()
			return err
		})
		if errors.Is(err, ctr.TimedOut) { // what is written down can be told
			info, words, err = ctr.Look(s.stateDirectory(), name)
		}
		if err == nil {
			objects = append(objects, s.object(name, info, words))
		}
		return err
	})
	if status == 0 {
		fmt.Println("[" + strings.Join(objects, ",\n") + "]")
	}
	return status
}

// logs prints each stream to its own.
func logs(s *setup, name string) error {
	var shown [3]uint64
	files := [3]*os.File{1: os.Stdout, 2: os.Stderr}
	for {
		info, _, err := ctr.Look(s.stateDirectory(), name) // before the last look at the streams
		kept := 0
		for number := 1; number <= 2 && err == nil; number++ {
			captured, failed := ctr.Logs(s.stateDirectory(), name, number)
			if errors.Is(failed, ctr.Invalid) {
				continue
			}
			if err = failed; err == nil {
				kept++
				shown[number] = show(files[number], captured, shown[number])
			}
		}
		if err == nil && kept == 0 {
			return &ctr.Error{Code: ctr.Invalid, Index: -1, Step: "logs", Message: "the output of " + quoted(name) + " was not kept"}
		}
		if err != nil || !s.ofNames.follow || isOver(info) {
			return err
		}
		time.Sleep(betweenLooks)
	}
}

// show prints what is new, and returns how far that is.
func show(file *os.File, captured *ctr.Captured, shown uint64) uint64 {
	end := captured.First + uint64(len(captured.Bytes))
	if shown < captured.First {
		shown = captured.First
	}
	if shown < end {
		_, _ = file.Write(captured.Bytes[shown-captured.First:]) // nobody is left to tell
	}
	return end
}
