// SPDX-License-Identifier: MIT

package main

import (
	"errors"
	"io"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"libctr/ctr"
)

const (
	mostPending     = 256 << 10 // more than a terminal holds
	retry           = 50 * time.Millisecond
	secondLook      = 200 * time.Millisecond
	usualEndOfInput = 4 // Ctrl-D
)

func ioctl(fd uintptr, request uintptr, argument unsafe.Pointer) bool {
	for {
		_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, fd, request, uintptr(argument))
		if errno != syscall.EINTR {
			return errno == 0
		}
	}
}

func callersSize() (rows, columns uint32, known bool) {
	var size [4]uint16
	for fd := uintptr(0); fd <= 1 && !known; fd++ {
		known = ioctl(fd, syscall.TIOCGWINSZ, unsafe.Pointer(&size))
	}
	return uint32(size[0]), uint32(size[1]), known
}

func applyTTY(s *setup, u use) *problem {
	rows, columns, _ := callersSize()
	s.tty = true
	s.on("ctr_config_set_terminal", u).SetTerminal(rows, columns)
	return nil
}

// isInBackground says that the terminal is another job's, and not to be touched.
func isInBackground() bool {
	var foreground int32
	return ioctl(0, syscall.TIOCGPGRP, unsafe.Pointer(&foreground)) && int(foreground) != syscall.Getpgrp()
}

// rawInput is a terminal on standard input, raw from enter on.
type rawInput struct {
	lock   sync.Mutex
	before syscall.Termios
	known  bool
	raw    bool
	over   bool
}

func (r *rawInput) enter() {
	r.lock.Lock()
	defer r.lock.Unlock()
	r.known = r.known || ioctl(0, syscall.TCGETS, unsafe.Pointer(&r.before))
	if !r.known || r.over {
		return
	}
	modes := r.before
	modes.Iflag &^= syscall.IGNBRK | syscall.BRKINT | syscall.PARMRK | syscall.ISTRIP | syscall.INLCR | syscall.IGNCR |
		syscall.ICRNL | syscall.IXON
	modes.Oflag &^= syscall.OPOST
	modes.Lflag &^= syscall.ECHO | syscall.ECHONL | syscall.ICANON | syscall.ISIG | syscall.IEXTEN
	modes.Cflag = modes.Cflag&^(syscall.CSIZE|syscall.PARENB) | syscall.CS8
	modes.Cc[syscall.VMIN], modes.Cc[syscall.VTIME] = 1, 0
	r.raw = true
	ioctl(0, syscall.TCSETS, unsafe.Pointer(&modes)) // one that hung up has no modes
}

func (r *rawInput) restore() {
	r.lock.Lock()
	defer r.lock.Unlock()
	if r.raw && !isInBackground() {
		ioctl(0, syscall.TCSETS, unsafe.Pointer(&r.before)) // likewise
	}
	r.raw = false
}

// A terminal is what goes through the terminal of a container, both ways.
type terminal struct {
	process *ctr.Process
	master  *os.File
	raw     rawInput
	lost    bool // nobody reads standard output any more
	shown   chan struct{}
}

func attach(p *ctr.Process, interactive bool) *terminal {
	t := &terminal{process: p, master: p.Terminal(), shown: make(chan struct{})}
	arrived := make(chan os.Signal, 8)
	signal.Notify(arrived, syscall.SIGWINCH, syscall.SIGCONT, syscall.SIGTSTP, syscall.SIGALRM, syscall.SIGVTALRM, syscall.SIGPROF,
		syscall.SIGIO, syscall.SIGPWR, syscall.SIGXCPU, syscall.SIGXFSZ)
	t.resize() // it may have changed since the container was described
	if interactive {
		t.raw.enter()
	}
	go t.attendSignals(arrived, interactive)
	go t.passInput(interactive)
	go t.passOutput()
	return t
}

func (t *terminal) resize() {
	if rows, columns, known := callersSize(); known {
		_ = t.process.Resize(rows, columns) // a size is no reason to end anything
	}
}

func (t *terminal) attendSignals(arrived chan os.Signal, interactive bool) {
	runtime.LockOSThread() // a signal to this thread has come when it goes on
	for number := range arrived {
		if number != syscall.SIGWINCH {
			t.raw.restore()
			if number != syscall.SIGCONT {
				letThrough(number.(syscall.Signal))
			}
			if interactive {
				t.raw.enter()
			}
		}
		t.resize()
	}
}

// letThrough gives a signal its usual effect, which the runtime keeps from some.
func letThrough(number syscall.Signal) {
	if number == syscall.SIGTSTP {
		number = syscall.SIGSTOP // whose effect is the usual one
	} else {
		var usual [4]uint64
		_, _, _ = syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(number), uintptr(unsafe.Pointer(&usual)), 0, 8, 0, 0)
	}
	_ = syscall.Tgkill(os.Getpid(), syscall.Gettid(), number) // it is this thread
}

// passInput copies what is typed. Whoever reads lines sees the end by the character that means it, which behind half a
// line only ends that; and a mark that was set in one mode is nothing in another.
func (t *terminal) passInput(interactive bool) {
	begun := false
	buffer := make([]byte, 4096)
	for interactive {
		count, err := os.Stdin.Read(buffer)
		if count > 0 {
			_, _ = t.master.Write(buffer[:count]) // nobody is there to type to
			begun = buffer[count-1] != '\n'
		}
		interactive = err == nil
	}
	mark, canonical := t.endOfInput()
	for changed := true; ; {
		if changed {
			times := 1
			if canonical && begun {
				times = 2
			}
			for ; times > 0; times-- {
				_, _ = t.master.Write([]byte{mark}) // likewise
			}
			begun = false
		}
		time.Sleep(secondLook)
		before := canonical
		mark, canonical = t.endOfInput()
		changed = before != canonical
	}
}

// endOfInput returns the character that ends the input, and whether lines are read.
func (t *terminal) endOfInput() (mark byte, canonical bool) {
	var modes syscall.Termios
	conn, err := t.master.SyscallConn()
	if err == nil {
		_ = conn.Control(func(fd uintptr) { // it is open
			canonical = ioctl(fd, syscall.TCGETS, unsafe.Pointer(&modes)) && modes.Lflag&syscall.ICANON != 0
		})
	}
	if !canonical {
		return usualEndOfInput, false
	}
	return modes.Cc[syscall.VEOF], true
}

// passOutput copies what is shown, until it is told to stop; reading fails while nobody inside has the terminal open.
func (t *terminal) passOutput() {
	defer close(t.shown)
	buffer := make([]byte, 4096)
	for {
		count, err := t.master.Read(buffer)
		t.show(buffer[:count])
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return
		}
		if err != nil {
			time.Sleep(retry)
		}
	}
}

// show prints. A reader that is gone is the terminal's end for the command, as it is SIGPIPE without a terminal.
func (t *terminal) show(bytes []byte) {
	if len(bytes) == 0 || t.lost {
		return
	}
	if _, err := os.Stdout.Write(bytes); err != nil {
		t.lost = true
		_ = t.process.Signal(syscall.SIGHUP) // it may have ended
	}
}

// finish shows what was there at the end, and gives the caller's terminal back. A descendant that was left running may
// show more for ever, so it is bounded by what fits; and a signal ends it where nobody reads.
func (t *terminal) finish(stop <-chan struct{}) {
	over := make(chan struct{})
	go func() {
		defer close(over)
		_ = t.master.SetReadDeadline(time.Now()) // it is pollable
		<-t.shown
		_ = t.master.SetReadDeadline(time.Time{})
		t.drain()
	}()
	select {
	case <-over:
	case <-stop:
	}
	t.raw.lock.Lock()
	t.raw.over = true
	t.raw.lock.Unlock()
	t.raw.restore()
}

func (t *terminal) drain() {
	conn, err := t.master.SyscallConn()
	buffer := make([]byte, 4096)
	for taken := 0; err == nil && taken < mostPending; {
		count := 0
		err = conn.Read(func(fd uintptr) bool {
			count, err = syscall.Read(int(fd), buffer)
			return true // waits for nothing
		})
		if count <= 0 {
			err = io.EOF
			break
		}
		t.show(buffer[:count])
		taken += count
	}
}
