// SPDX-License-Identifier: MIT

package ctr

// #include <signal.h>
// #include <ctr/ctr.h>
import "C"

import (
	"context"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// ErrReleased is what waiting for a Process ends with that was released.
var ErrReleased = errors.New("ctr: the container was released")

// A handle is the C container. It is freed when its owner and everybody who is in a call with it have let go.
type handle struct {
	lock      sync.Mutex
	container *C.ctr_container
	outer     *handle // of the container that a further command runs in; it must be freed last
	users     int     // the owner is one
	closed    bool
}

// acquire returns nil once the handle was closed.
func (h *handle) acquire() *C.ctr_container {
	h.lock.Lock()
	defer h.lock.Unlock()
	if h.closed {
		return nil
	}
	h.users++
	return h.container
}

func (h *handle) release() {
	h.lock.Lock()
	h.users--
	last := h.users == 0
	h.lock.Unlock()
	if !last {
		return
	}
	C.ctr_container_free(h.container)
	if h.outer != nil {
		h.outer.release()
	}
}

// close is the owner's release; a second one does nothing.
func (h *handle) close() {
	h.lock.Lock()
	before := h.closed
	h.closed = true
	h.lock.Unlock()
	if !before {
		h.release()
	}
}

// A Process is a command that was started, and its container: either one of its own, or that of another Process.
type Process struct {
	handle   *handle
	poll     *os.File // readable when there is something to ask the library about
	done     chan struct{}
	report   string
	notices  []string
	pipes    [3]*os.File
	terminal *os.File
	captures [3]bool
	released atomic.Bool
	name     string
	args     []string
	keep     bool // nobody but Close releases it
	found    bool // by its name: whoever started it keeps it
	gone     bool // found when it had ended already

	result   Result // this and what follows: once done is closed
	err      error
	info     Info
	captured [3]*Captured
}

// Captured is what was kept of a stream with StreamCapture.
type Captured struct {
	Bytes []byte
	First uint64 // the offset of the first byte that is kept; 0 but for KeepLast
	Seen  uint64 // how much was written: more than len(Bytes) where the limit was reached
}

// Done returns a channel that is closed when the container has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Signal sends a signal to the command.
func (p *Process) Signal(signal os.Signal) error {
	number, known := signal.(syscall.Signal)
	if !known {
		return invalid("ctr_kill", "not a signal of this system")
	}
	return p.kill(C.int(number), C.CTR_KILL_COMMAND)
}

// Kill ends the container with everything in it; of a further command, that command with what it started.
func (p *Process) Kill() error { return p.kill(C.SIGKILL, C.CTR_KILL_ALL) }

func (p *Process) kill(signal C.int, which C.uint32_t) error {
	return p.do("kill", func(container *C.ctr_container, problem **C.ctr_error) C.int {
		return C.ctr_kill(container, signal, which, problem)
	})
}

// do makes one call on the container, unless it was released.
func (p *Process) do(step string, call func(*C.ctr_container, **C.ctr_error) C.int) error {
	container := p.handle.acquire()
	if container == nil {
		return ended(step)
	}
	defer p.handle.release()
	var problem *C.ctr_error
	return failure(call(container, &problem), problem)
}

// Close kills the container if it still runs, and returns when it is gone; only LeftoversLeave makes it necessary. That
// of Open merely lets go of it, and is always necessary.
func (p *Process) Close() error {
	if p.found {
		p.letGo()
	} else {
		_ = p.Kill() // it may have ended
	}
	<-p.done
	p.handle.close()
	return nil
}

// letGo ends the watching.
func (p *Process) letGo() {
	p.released.Store(true)
	_ = p.poll.Close() // it may have ended by itself
}

// Wait waits for the end, as Cmd.Wait does, but not for streams, and from any number of goroutines.
func (p *Process) Wait() (*Result, error) {
	<-p.done
	if p.err != nil {
		return nil, p.err
	}
	result := p.result
	return &result, nil
}

// Release lets the container live on without this Process: nobody waits for it any more. Whether it outlives this
// program is for SetHostDeath to say.
func (p *Process) Release() error {
	container := p.handle.acquire()
	if container == nil {
		return ended("wait")
	}
	C.ctr_container_detach(container)
	p.handle.release()
	p.letGo()
	return nil
}

// Report returns, as JSON, what was asked for and what is in force.
func (p *Process) Report() string { return p.report }

// Notices returns sentences about what a caller should know although nothing failed.
func (p *Process) Notices() []string { return p.notices }

// Captured returns what is there of standard output (1) or standard error (2) with StreamCapture, at any time.
func (p *Process) Captured(number int) (*Captured, error) {
	container := p.handle.acquire()
	if container == nil {
		<-p.done
		if number < 0 || number > 2 || p.captured[number] == nil {
			return nil, invalid("ctr_container_output", "this stream is not captured")
		}
		return p.captured[number], nil
	}
	defer p.handle.release()
	return read(container, number)
}

// read asks how much there is, and then for that much.
func read(container *C.ctr_container, number int) (*Captured, error) {
	output := C.ctr_output{size: C.uint32_t(unsafe.Sizeof(C.ctr_output{}))}
	var problem *C.ctr_error
	returned := C.ctr_container_output(container, C.int(number), 0, nil, 0, &output, &problem)
	if err := failure(returned, problem); err != nil || output.stored == 0 {
		return &Captured{First: uint64(output.first), Seen: uint64(output.seen)}, err
	}
	bytes := make([]byte, output.stored)
	returned = C.ctr_container_output(container, C.int(number), 0, unsafe.Pointer(&bytes[0]), C.size_t(len(bytes)), &output, &problem)
	return &Captured{bytes[:output.copied], uint64(output.first), uint64(output.seen)}, failure(returned, problem)
}

// Terminal returns the caller's side of the terminal that SetTerminal asked for, or nil. Reading fails with EIO while
// nobody inside has the terminal open; what was written before the end is read first. The caller closes it.
func (p *Process) Terminal() *os.File { return p.terminal }

// Pipe returns this program's end of a stream with StreamPipe, or nil. The caller closes it.
func (p *Process) Pipe(number int) *os.File {
	if number < 0 || number >= len(p.pipes) {
		return nil
	}
	return p.pipes[number]
}

// PIDFD returns a descriptor of the library's init, which is readable when that has ended. The caller closes it.
func (p *Process) PIDFD() (*os.File, error) {
	container := p.handle.acquire()
	if container == nil {
		return nil, ended("wait")
	}
	defer p.handle.release()
	copied, err := duplicate(int(C.ctr_container_pidfd(container)), "ctr_container_pidfd")
	return os.NewFile(uintptr(copied), "pidfd"), err
}

// Resize sets the size of the terminal.
func (p *Process) Resize(rows, columns uint32) error {
	return p.do("terminal", func(container *C.ctr_container, problem **C.ctr_error) C.int {
		return C.ctr_resize(container, C.uint32_t(rows), C.uint32_t(columns), problem)
	})
}

// Command returns a Cmd that runs in this running container: in the same namespaces and on the same root. It ends with
// the container at the latest. Its Cmd.Container, if any, may describe the process only.
func (p *Process) Command(name string, arguments ...string) *Cmd {
	cmd := Command(name, arguments...)
	cmd.inside = p
	return cmd
}

// CommandContext is as Command, and the further command is killed when the context is done before it has ended.
func (p *Process) CommandContext(ctx context.Context, name string, arguments ...string) *Cmd {
	cmd := CommandContext(ctx, name, arguments...)
	cmd.inside = p
	return cmd
}
