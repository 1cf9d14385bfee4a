// SPDX-License-Identifier: MIT

// Command demo understands the options of `ctr run` that tests/run uses, so that the behaviour of containers can be
// tested through package ctr. Each option is a row of a table with a call of one or two methods.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"unicode"

	"libctr/ctr"
)

const (
	statusUsage         = 2
	statusTimedOut      = 124
	statusNotStarted    = 125
	statusNotExecutable = 126
	statusNotFound      = 127
)

// A problem is an error with the option that it is about, and the exit status that it makes.
type problem struct {
	*ctr.Error
	status int
	option string
}

// usage is a command line that cannot be understood.
func usage(message string, arguments ...any) *problem {
	story := &ctr.Error{Code: ctr.Invalid, Step: "options", Index: -1, Message: fmt.Sprintf(message, arguments...)}
	story.Hint = `"ctr help run" lists the options`
	return &problem{Error: story, status: statusUsage}
}

// refusal is something that was understood and cannot be done.
func refusal(option string, err error, message string, arguments ...any) *problem {
	story := &ctr.Error{Code: codeOf(err), Step: "options", Index: -1, Message: fmt.Sprintf(message, arguments...)}
	errors.As(err, &story.Errno)
	return &problem{Error: story, status: statusNotStarted, option: option}
}

func codeOf(err error) ctr.Code {
	switch {
	case err == nil:
		return ctr.Invalid
	case errors.Is(err, os.ErrNotExist):
		return ctr.NotFound
	case errors.Is(err, os.ErrPermission):
		return ctr.Denied
	}
	return ctr.Failed
}

// retold gives an error of the package the name of the option that asked for it.
func (s *setup) retold(err error) *problem {
	var story *ctr.Error
	if !errors.As(err, &story) {
		return refusal("", err, "%v", err)
	}
	told := &problem{Error: story, status: statusNotStarted, option: s.origin(story.Call, story.Index)}
	if story.Code == ctr.NoCommand {
		told.status = statusNotFound
	}
	if story.Code == ctr.NotExecutable {
		told.status = statusNotExecutable
	}
	return told
}

// printable shows what commands a terminal by its number.
func printable(text string) string {
	var shown strings.Builder
	for _, letter := range text {
		if letter == '\n' || letter == ' ' || unicode.IsPrint(letter) {
			shown.WriteRune(letter)
		} else {
			quoted := strconv.QuoteRuneToASCII(letter)
			shown.WriteString(quoted[1 : len(quoted)-1])
		}
	}
	return shown.String()
}

func quoted(text string) string { return `"` + strings.ReplaceAll(printable(text), "\n", `\n`) + `"` }

// complain tells a problem in one or two lines.
func (p *problem) complain() {
	line := p.Step + ": " + strings.ReplaceAll(p.Message, "\n", `\n`)
	if p.Subject != "" && !strings.Contains(p.Message, p.Subject) && !strings.Contains(p.Message, strings.Trim(quoted(p.Subject), `"`)) {
		line += " " + quoted(p.Subject)
	}
	if p.option != "" {
		line += " (" + p.option + ")"
	}
	if p.Errno != 0 && !(p.Code == ctr.Limit && p.Errno == syscall.ENOSPC) {
		words := p.Errno.Error()
		line += ": " + strings.ToUpper(words[:1]) + words[1:]
	}
	fmt.Fprintln(os.Stderr, "ctr: "+printable(line))
	if p.Hint != "" {
		fmt.Fprintln(os.Stderr, "hint: "+printable(p.Hint))
	}
}

// MarshalJSON completes what the package's own errors lack.
func (p *problem) MarshalJSON() ([]byte, error) {
	text, err := p.Error.MarshalJSON()
	if err == nil && !bytes.Contains(text, []byte(`"code_name"`)) {
		name := strings.ReplaceAll(strings.TrimPrefix(p.Code.Error(), "ctr: "), " ", "_")
		if p.Code == ctr.Invalid {
			name = "invalid"
		}
		text = append([]byte(fmt.Sprintf(`{"code_name":%q,"errno_name":"",`, name)), text[1:]...)
	}
	return text, err
}

// publish writes the outcome to everybody who asked for it.
func (s *setup) publish(failed *problem, result *ctr.Result, report string) {
	story, numbers := "null", "null"
	if failed != nil {
		story, report = asJSON(failed), "null"
	} else {
		numbers = asJSON(resultObject(result))
	}
	for name, file := range s.outcomes {
		if _, err := fmt.Fprintf(file, `{"error":%s,"result":%s,"report":%s}`+"\n", story, numbers, report); err != nil {
			refusal("", err, "cannot write the outcome to %s", name).complain()
		}
	}
}

func asJSON(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return "null"
	}
	return string(text)
}

var kindNames = map[ctr.Kind]string{ctr.Exited: "exited", ctr.Signaled: "signaled", ctr.Expired: "timed_out", ctr.Killed: "killed", ctr.Vanished: "lost"}

var sourceNames = map[ctr.Source]string{ctr.SourceNone: "none", ctr.SourceRusage: "rusage", ctr.SourceClock: "clock"}

func bySignal(r *ctr.Result) bool { return r.Kind == ctr.Signaled || r.Kind == ctr.Killed }

func resultObject(r *ctr.Result) map[string]any {
	signal := 0
	if bySignal(r) {
		signal = r.Code
	}
	return map[string]any{
		"kind": kindNames[r.Kind], "code": r.Code, "signal": signal, "core_dumped": r.CoreDumped, "tree_left": r.TreeLeft,
		"wall_ns": int64(r.Wall), "user_ns": int64(r.User), "system_ns": int64(r.System), "peak_memory": r.PeakMemory,
		"wall_source": sourceNames[r.WallSource], "cpu_source": sourceNames[r.CPUSource], "memory_source": sourceNames[r.MemorySource],
	}
}

func exitStatus(r *ctr.Result) int {
	switch {
	case r.Kind == ctr.Exited:
		return r.Code
	case bySignal(r):
		return 128 + r.Code
	case r.Kind == ctr.Expired:
		return statusTimedOut
	}
	return statusNotStarted
}

func (s *setup) note(text string) {
	if !s.quiet {
		fmt.Fprintln(os.Stderr, "ctr: note: "+printable(text))
	}
}

// run starts the container, passes signals on, waits, and tells.
func (s *setup) run(words []string) (int, *problem) {
	if failed := s.openReport(); failed != nil {
		return 0, failed
	}
	if s.debug {
		text, _ := s.box.Explain() // the start fails for the same reason and is heard
		fmt.Fprint(os.Stderr, printable(text))
	}
	arrived := make(chan os.Signal, 8)
	signal.Notify(arrived, syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(arrived, syscall.SIGHUP)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := s.box.CommandContext(ctx, words[0], words[1:]...)
	early := make(chan syscall.Signal, 1)
	cmd.Cancel = func() error { return cmd.Process.Signal(<-early) } // it was started all the same
	started := make(chan *ctr.Process, 1)
	go forward(arrived, early, started, cancel)
	if err := cmd.Start(); errors.Is(err, context.Canceled) {
		number := <-early
		signal.Reset(number)
		_ = syscall.Kill(os.Getpid(), number)
		select {} // the signal ends this program
	} else if err != nil {
		return 0, s.retold(err)
	}
	started <- cmd.Process
	for _, notice := range cmd.Process.Notices() {
		s.note(notice)
	}
	err := cmd.Wait()
	if cmd.Result == nil {
		return 0, s.retold(err)
	}
	s.explainEnding(cmd.Result)
	s.publish(nil, cmd.Result, cmd.Process.Report())
	return exitStatus(cmd.Result), nil
}

func (s *setup) explainEnding(result *ctr.Result) {
	if result.Kind == ctr.Vanished {
		story := &ctr.Error{Code: ctr.Lost, Step: "wait", Message: "the container ended without a record of how"}
		story.Hint = "its init was killed from outside; nothing of it is left"
		(&problem{Error: story}).complain()
	}
	if result.Kind == ctr.Expired {
		s.note("the timeout passed and the container was ended")
	}
	if result.TreeLeft {
		s.note("some processes of the container could not be ended: its pid namespace is not its own")
	}
}

// forward passes signals on to the command. One that comes while that is being started gives the start up, and ends this
// program.
func forward(arrived chan os.Signal, early chan syscall.Signal, started chan *ctr.Process, giveUp func()) {
	var running *ctr.Process
	select {
	case running = <-started:
	case number := <-arrived:
		early <- number.(syscall.Signal)
		giveUp()
		running = <-started
	}
	for number := range arrived {
		_ = running.Signal(number) // it may have ended
	}
}

func (s *setup) openReport() *problem {
	if s.reportPath == "" {
		return nil
	}
	file, err := os.OpenFile(s.reportPath, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return refusal("report", err, "cannot write %q", s.reportPath)
	}
	s.outcomes["the report file"] = file
	return nil
}

// explain prints the plan.
func (s *setup) explain() (int, *problem) {
	text, err := s.box.Explain()
	if s.json {
		text, err = s.box.ExplainJSON()
		text += "\n"
	}
	if err != nil {
		return 0, s.retold(err)
	}
	if _, err := io.WriteString(os.Stdout, text); err != nil {
		return 0, refusal("", err, "cannot write to standard output")
	}
	return 0, nil
}

func dispatch(arguments []string) int {
	name := "no command"
	if len(arguments) > 0 {
		name = arguments[0]
	}
	switch name {
	case "version":
		fmt.Println("demo (libctr " + ctr.Version() + ")")
		return 0
	case "help":
		help()
		return 0
	case "run", "explain":
	default:
		unknown := usage("unknown command %s; this demo has run, explain, version and help", quoted(name))
		unknown.complain()
		return unknown.status
	}
	s := newSetup(name == "run")
	defer s.box.Close()
	words, failed := s.describe(arguments[1:])
	status := 0
	if failed == nil && len(words) == 0 {
		failed = usage("no command to run was given")
	}
	if failed == nil && name == "run" {
		status, failed = s.run(words)
	} else if failed == nil {
		s.box.SetCommand(words[0], words[1:]...)
		status, failed = s.explain()
	}
	if failed == nil {
		return status
	}
	failed.complain()
	if name == "run" {
		s.publish(failed, nil, "")
	}
	return failed.status
}

// help lists the options; what they mean is for ctr itself to say.
func help() {
	fmt.Println("demo run [options] [--] COMMAND [ARG...], with these options of ctr run:")
	for _, o := range options {
		fmt.Println("  --" + o.name)
	}
}

func main() {
	signal.Ignore(syscall.SIGPIPE)
	os.Exit(dispatch(os.Args[1:]))
}
