// SPDX-License-Identifier: MIT

package ctr

// #include <ctr/ctr.h>
import "C"

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"syscall"
	"time"
)

// ErrWaitDelay is what Wait returns where Cmd.WaitDelay passed while somebody still held a stream of the command open.
var ErrWaitDelay = errors.New("ctr: WaitDelay expired before the streams were copied")

// streams are the standard streams of one command, on their way from a Cmd's fields to descriptors.
type streams struct {
	inside [3]int     // the command's ends; -1 is what the container says
	lent   []*os.File // closed when the command has them
	kept   []*os.File // the other ends, closed when everything is copied
	copies []func() error
	piped  []*os.File // by StdinPipe and its siblings: the caller's
	copied chan error
}

// open finds or makes a descriptor for each stream.
func (s *streams) open(c *Cmd, claimed *[3]*StreamKind) error {
	s.inside = [3]int{-1, -1, -1}
	if err := s.input(c.Stdin, claimed[0] != nil); err != nil {
		return err
	}
	if err := s.output(1, c.Stdout, claimed[1] != nil); err != nil {
		return err
	}
	if c.Stderr != nil && c.Stdout != nil && same(c.Stderr, c.Stdout) {
		s.inside[2] = s.inside[1]
		return nil
	}
	return s.output(2, c.Stderr, claimed[2] != nil)
}

func (s *streams) input(from io.Reader, claimed bool) error {
	if file, is := from.(*os.File); is {
		s.inside[0] = int(file.Fd())
		return nil
	}
	if from == nil {
		return s.null(0, claimed)
	}
	reading, writing, err := os.Pipe()
	if err == nil {
		s.pass(0, reading, writing)
		s.copies = append(s.copies, func() error { return feed(writing, from) })
	}
	return err
}

// feed copies a command's input, which it need not read all of.
func feed(to *os.File, from io.Reader) error {
	_, err := io.Copy(to, from)
	if errors.Is(err, syscall.EPIPE) {
		err = nil
	}
	if closed := to.Close(); err == nil {
		err = closed
	}
	return err
}

func (s *streams) output(number int, to io.Writer, claimed bool) error {
	if file, is := to.(*os.File); is {
		s.inside[number] = int(file.Fd())
		return nil
	}
	if to == nil {
		return s.null(number, claimed)
	}
	reading, writing, err := os.Pipe()
	if err == nil {
		s.pass(number, writing, reading)
		s.copies = append(s.copies, func() error { return collect(to, reading) })
	}
	return err
}

func collect(to io.Writer, from *os.File) error {
	defer from.Close()
	_, err := io.Copy(to, from)
	return err
}

func (s *streams) null(number int, claimed bool) error {
	if claimed {
		return nil
	}
	file, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	s.inside[number] = int(file.Fd())
	s.lent = append(s.lent, file)
	return nil
}

func (s *streams) pass(number int, lent, kept *os.File) {
	s.inside[number] = int(lent.Fd()) // which makes it blocking, as a program expects it
	s.lent = append(s.lent, lent)
	s.kept = append(s.kept, kept)
}

// abandon closes everything: nothing was started.
func (s *streams) abandon() {
	for _, files := range [][]*os.File{s.lent, s.kept, s.piped} {
		for _, file := range files {
			file.Close()
		}
	}
}

// copy starts a goroutine for each stream that is copied.
func (s *streams) copy() {
	for _, file := range s.lent {
		file.Close()
	}
	s.copied = make(chan error, len(s.copies))
	for _, copy := range s.copies {
		copy := copy
		go func() { s.copied <- copy() }()
	}
}

// wait returns the first error of the copying, and ends it where the delay passes.
func (s *streams) wait(delay time.Duration) (first error) {
	defer s.close()
	ctx, cancel := context.Background(), func() {}
	if delay > 0 {
		ctx, cancel = context.WithTimeout(ctx, delay)
	}
	defer cancel()
	for range s.copies {
		if err := s.next(ctx.Done()); first == nil || err == ErrWaitDelay {
			first = err
		}
	}
	return first
}

// next waits for the end of one copying, or of the time for them all.
func (s *streams) next(late <-chan struct{}) error {
	select {
	case err := <-s.copied:
		return err
	case <-late:
		return ErrWaitDelay
	}
}

func (s *streams) close() {
	for _, file := range append(s.kept, s.piped...) {
		file.Close()
	}
}

// same tells whether two writers are one, where they can be compared.
func same(one, other io.Writer) bool {
	return reflect.TypeOf(one) == reflect.TypeOf(other) && reflect.TypeOf(one).Comparable() && one == other
}

// StdinPipe returns the other end of a pipe that becomes the command's standard input. Closing it is the end of the
// input; Wait closes it too.
func (c *Cmd) StdinPipe() (io.WriteCloser, error) {
	if c.Stdin != nil {
		return nil, errors.New("ctr: Stdin is set already")
	}
	reading, writing, err := c.pipe()
	if err != nil {
		return nil, err
	}
	c.Stdin = reading
	c.streams.lent = append(c.streams.lent, reading)
	c.streams.piped = append(c.streams.piped, writing)
	return writing, nil
}

// StdoutPipe returns the other end of a pipe that becomes the command's standard output. Wait closes it, so that
// everything must be read before.
func (c *Cmd) StdoutPipe() (io.ReadCloser, error) {
	if c.Stdout != nil {
		return nil, errors.New("ctr: Stdout is set already")
	}
	reading, err := c.outputPipe(&c.Stdout)
	return reading, err
}

// StderrPipe is as StdoutPipe, of standard error.
func (c *Cmd) StderrPipe() (io.ReadCloser, error) {
	if c.Stderr != nil {
		return nil, errors.New("ctr: Stderr is set already")
	}
	reading, err := c.outputPipe(&c.Stderr)
	return reading, err
}

func (c *Cmd) outputPipe(field *io.Writer) (io.ReadCloser, error) {
	reading, writing, err := c.pipe()
	if err != nil {
		return nil, err
	}
	*field = writing
	c.streams.lent = append(c.streams.lent, writing)
	c.streams.piped = append(c.streams.piped, reading)
	return reading, nil
}

func (c *Cmd) pipe() (*os.File, *os.File, error) {
	if c.Process != nil {
		return nil, nil, errors.New("ctr: already started")
	}
	return os.Pipe()
}

// takePipe takes this program's end of a pipe that the library made.
func takePipe(container *C.ctr_container, number int) (*os.File, error) {
	if C.ctr_container_stdio(container, C.int(number)) < 0 {
		return nil, nil // the command was given another stream
	}
	return pollable(int(C.ctr_container_take_stdio(container, C.int(number))), "pipe")
}

// takeTerminal returns a copy of the descriptor, which belongs to the container.
func takeTerminal(container *C.ctr_container) (*os.File, error) {
	copied, err := duplicate(int(C.ctr_container_terminal(container)), "ctr_container_terminal")
	if err != nil {
		return nil, err
	}
	return pollable(copied, "terminal")
}

// duplicate copies a descriptor that a function of the library returned.
func duplicate(fd int, call string) (int, error) {
	if fd < 0 {
		return -1, os.NewSyscallError(call, syscall.Errno(-fd))
	}
	copied, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), syscall.F_DUPFD_CLOEXEC, 3)
	if errno != 0 {
		return -1, os.NewSyscallError("fcntl", errno)
	}
	return int(copied), nil
}

// pollable makes a file of a descriptor that the runtime's poller waits for.
func pollable(fd int, name string) (*os.File, error) {
	if err := syscall.SetNonblock(fd, true); err != nil {
		syscall.Close(fd)
		return nil, os.NewSyscallError("fcntl", err)
	}
	return os.NewFile(uintptr(fd), name), nil
}

// ends keeps the beginning and the end of what is written to it.
type ends struct {
	first, last []byte
	lost        int
}

const keptOfEachEnd = 32 << 10

func (e *ends) Write(bytes []byte) (int, error) {
	written := len(bytes)
	if room := keptOfEachEnd - len(e.first); room > 0 {
		if room > len(bytes) {
			room = len(bytes)
		}
		e.first = append(e.first, bytes[:room]...)
		bytes = bytes[room:]
	}
	e.last = append(e.last, bytes...)
	if over := len(e.last) - keptOfEachEnd; over > 0 {
		e.lost += over
		e.last = append(e.last[:0], e.last[over:]...)
	}
	return written, nil
}

func (e *ends) bytes() []byte {
	if e.lost > 0 {
		e.first = append(e.first, fmt.Sprintf("\n... %d bytes left out ...\n", e.lost)...)
	}
	return append(e.first, e.last...)
}
