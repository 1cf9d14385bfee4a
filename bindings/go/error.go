// SPDX-License-Identifier: MIT

package ctr

// #include <stdlib.h>
// #include <ctr/ctr.h>
import "C"

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"unsafe"
)

// A Code says what can be done about an Error. It is an error itself, so that errors.Is(err, ctr.NotFound) asks for it.
type Code int

// The codes of errors.
const (
	Invalid       Code = C.CTR_ERR_INVALID        // the container or an argument is described wrongly
	NotFound      Code = C.CTR_ERR_NOT_FOUND      // something that is named does not exist
	Denied        Code = C.CTR_ERR_DENIED         // the host forbids it: see the hint
	Unsupported   Code = C.CTR_ERR_UNSUPPORTED    // the kernel or the host lacks it
	Limit         Code = C.CTR_ERR_LIMIT          // a limit of the host was reached
	NoCommand     Code = C.CTR_ERR_NO_COMMAND     // the command, its loader or its interpreter is missing
	NotExecutable Code = C.CTR_ERR_NOT_EXECUTABLE // the command exists and cannot be executed
	TimedOut      Code = C.CTR_ERR_TIMED_OUT      // a deadline passed
	NoMemory      Code = C.CTR_ERR_NO_MEMORY      // memory ran out
	Ended         Code = C.CTR_ERR_ENDED          // the container has ended already
	Lost          Code = C.CTR_ERR_LOST           // the container vanished without a word, or was killed
	Failed        Code = C.CTR_ERR_FAILED         // another system call failed
	Cancelled     Code = C.CTR_ERR_CANCELLED      // the start was given up
	Again         Code = C.CTR_ERR_AGAIN          // not yet, or not while it is paused
	Exists        Code = C.CTR_ERR_EXISTS         // it is there already
)

var codeTexts = map[Code]string{
	Invalid: "wrong argument", NotFound: "not found", Denied: "denied by the host", Unsupported: "not supported here",
	Limit: "limit of the host reached", NoCommand: "command not found", NotExecutable: "command cannot be executed",
	TimedOut: "deadline passed", NoMemory: "memory ran out", Ended: "container has ended", Lost: "container vanished",
	Failed: "system call failed", Cancelled: "start given up", Again: "nothing yet",
	Exists: "exists already",
}

// Error returns the code in words.
func (c Code) Error() string {
	if text, known := codeTexts[c]; known {
		return "ctr: " + text
	}
	return "ctr: error code " + strconv.Itoa(int(c))
}

// An Error is the story of what failed.
type Error struct {
	Code    Code
	Step    string        // the stage that failed, such as "validate", "mount" or "exec"
	Errno   syscall.Errno // of the system call that failed; 0 where none did
	Subject string        // what it is about: a path, an id range, a name; "" where there is nothing
	Call    string        // the function of the C library that gave the subject, such as "ctr_add_mount"; "" for none
	Index   int           // which call of that function it was, from 0; -1 for none
	Message string        // what went wrong, without the text of Errno
	Hint    string        // what a person should try next; "" where there is no advice
	json    string
}

// Error tells step, message and errno in one line; the hint is left to the caller.
func (e *Error) Error() string {
	text := "ctr: "
	if e.Step != "" {
		text += e.Step + ": "
	}
	text += e.Message
	if e.Subject != "" && !strings.Contains(e.Message, e.Subject) {
		text += " " + strconv.Quote(e.Subject)
	}
	// A limit on namespaces is ENOSPC, and its text would speak of a full disk.
	if e.Errno != 0 && !(e.Code == Limit && e.Errno == syscall.ENOSPC) {
		text += ": " + e.Errno.Error()
	}
	return text
}

// Unwrap returns the errno, so that errors.Is(err, fs.ErrNotExist) and the like work; nil where no system call failed.
func (e *Error) Unwrap() error {
	if e.Errno == 0 {
		return nil
	}
	return e.Errno
}

// Is compares with a Code, and takes a container that has ended for a process that is done.
func (e *Error) Is(target error) bool {
	return target == error(e.Code) || (target == os.ErrProcessDone && e.Code == Ended)
}

// MarshalJSON returns the error as the library writes it: with the members code, code_name, step, errno, errno_name,
// subject, call, index, message and hint.
func (e *Error) MarshalJSON() ([]byte, error) {
	if e.json != "" {
		return []byte(e.json), nil
	}
	return marshalPlain(e)
}

// failure turns what a function of the library returned into an error, and releases the C one.
func failure(returned C.int, from *C.ctr_error) error {
	if returned >= 0 {
		return nil
	}
	if from == nil { // only the return value is known
		return &Error{Code: Failed, Errno: syscall.Errno(-returned), Index: -1, Message: "a call of the library failed"}
	}
	defer C.ctr_error_free(from)
	json := C.ctr_error_to_json(from)
	defer C.free(unsafe.Pointer(json))
	return &Error{
		Code:    Code(C.ctr_error_code(from)),
		Step:    C.GoString(C.ctr_error_step(from)),
		Errno:   syscall.Errno(C.ctr_error_errno(from)),
		Subject: C.GoString(C.ctr_error_subject(from)),
		Call:    C.GoString(C.ctr_error_call(from)),
		Index:   int(C.ctr_error_index(from)),
		Message: C.GoString(C.ctr_error_message(from)),
		Hint:    C.GoString(C.ctr_error_hint(from)),
		json:    C.GoString(json),
	}
}

// invalid is an error of this package's own making.
func invalid(call, message string) *Error {
	return &Error{Code: Invalid, Step: "validate", Call: call, Index: -1, Message: message}
}

func ended(step string) *Error {
	return &Error{Code: Ended, Step: step, Errno: syscall.ESRCH, Index: -1, Message: "the container has ended"}
}
