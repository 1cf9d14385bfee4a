// SPDX-License-Identifier: MIT

package ctr

// #include <ctr/ctr.h>
import "C"

import (
	"strconv"
	"syscall"
	"time"
)

// A Kind says how a command ended. Others may be added.
type Kind uint32

// How a command ended.
const (
	Exited   Kind = C.CTR_RESULT_EXITED    // Code is the exit status
	Signaled Kind = C.CTR_RESULT_SIGNALED  // Code is the signal that ended it
	Expired  Kind = C.CTR_RESULT_TIMED_OUT // a deadline of the Container passed; Code is one of Deadline*
	Killed   Kind = C.CTR_RESULT_KILLED    // by Process.Kill, or by the end of a context; Code is the signal
	Vanished Kind = C.CTR_RESULT_LOST      // without a record of how
)

// Which deadline passed.
const (
	DeadlineWall    = C.CTR_DEADLINE_WALL    // SetTimeout
	DeadlineCPU     = C.CTR_DEADLINE_CPU     // SetCPUTimeout
	DeadlineSilence = C.CTR_DEADLINE_SILENCE // SetSilenceTimeout
)

// A Source says where a number of a Result came from.
type Source uint32

// Where a number of a Result came from.
const (
	SourceNone   Source = C.CTR_SOURCE_NONE   // not known: the number is 0
	SourceRusage Source = C.CTR_SOURCE_RUSAGE // getrusage(2) of the command and of what was waited for
	SourceClock  Source = C.CTR_SOURCE_CLOCK  // from exec to the end of the command
)

// A Result is how a command ended, and what it used.
type Result struct {
	Kind       Kind
	Code       int  // see Kind
	CoreDumped bool // with Signaled
	TreeLeft   bool // the pid namespace is shared, and some descendants could not be ended

	Wall, User, System time.Duration
	PeakMemory         uint64 // bytes: the largest resident set of one process

	WallSource, CPUSource, MemorySource Source
}

// Success reports whether the command ended with status 0.
func (r *Result) Success() bool { return r.Kind == Exited && r.Code == 0 }

// ExitCode returns the exit status, or -1 where the command ended in another way.
func (r *Result) ExitCode() int {
	if r.Kind != Exited {
		return -1
	}
	return r.Code
}

// String returns the result in words, such as "exit status 1".
func (r *Result) String() string {
	switch r.Kind {
	case Exited:
		return "exit status " + strconv.Itoa(r.Code)
	case Signaled:
		if r.CoreDumped {
			return "signal: " + syscall.Signal(r.Code).String() + " (core dumped)"
		}
		return "signal: " + syscall.Signal(r.Code).String()
	case Killed:
		return "killed"
	case Expired:
		return "deadline passed"
	}
	return "ended without a record of how"
}

func resultOf(from *C.ctr_result) Result {
	return Result{
		Kind:         Kind(from.kind),
		Code:         int(from.code),
		CoreDumped:   from.flags&C.CTR_RESULT_CORE_DUMPED != 0,
		TreeLeft:     from.flags&C.CTR_RESULT_TREE_LEFT != 0,
		Wall:         time.Duration(from.wall_ns),
		User:         time.Duration(from.user_ns),
		System:       time.Duration(from.system_ns),
		PeakMemory:   uint64(from.peak_memory),
		WallSource:   Source(from.wall_source),
		CPUSource:    Source(from.cpu_source),
		MemorySource: Source(from.memory_source),
	}
}

// An ExitError is a command that was started and ended in another way than with status 0.
type ExitError struct {
	Result
	Stderr []byte // the beginning and the end of standard error, from Output where Cmd.Stderr was nil
}

// Error returns the result in words.
func (e *ExitError) Error() string { return e.String() }

// An EventKind says what happened to a command. Others may be added.
type EventKind uint32

// What happens to a command.
const (
	EventStarted   EventKind = C.CTR_EVENT_STARTED
	EventStopped   EventKind = C.CTR_EVENT_STOPPED // by the signal Code
	EventContinued EventKind = C.CTR_EVENT_CONTINUED
	EventExpired   EventKind = C.CTR_EVENT_TIMED_OUT // a deadline, Code, passed and it is being ended
	EventEnded     EventKind = C.CTR_EVENT_ENDED     // the last one
)

// An Event is something that happened to a command.
type Event struct {
	Kind EventKind
	Code int
}
