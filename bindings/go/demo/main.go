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
		numbers = asJSON(objectOf(result))
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

// A resultObject has the members in the order in which ctr writes them.
type resultObject struct {
	Kind         string `json:"kind"`
	Code         int    `json:"code"`
	Signal       int    `json:"signal"`
	CoreDumped   bool   `json:"core_dumped"`
	TreeLeft     bool   `json:"tree_left"`
	WallNS       int64  `json:"wall_ns"`
	UserNS       int64  `json:"user_ns"`
	SystemNS     int64  `json:"system_ns"`
	PeakMemory   uint64 `json:"peak_memory"`
	WallSource   string `json:"wall_source"`
	CPUSource    string `json:"cpu_source"`
	MemorySource string `json:"memory_source"`
}

func objectOf(r *ctr.Result) resultObject {
	signal := 0
	if bySignal(r) {
		signal = r.Code
	}
	return resultObject{kindNames[r.Kind], r.Code, signal, r.CoreDumped, r.TreeLeft, int64(r.Wall), int64(r.User), int64(r.System),
		r.PeakMemory, sourceNames[r.WallSource], sourceNames[r.CPUSource], sourceNames[r.MemorySource]}
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

// run starts the container, or a further command in one, passes signals on, waits, and tells.
func (s *setup) run(words []string, inside *ctr.Process) (int, *problem) {
	if s.debug {
		text, _ := s.box.Explain() // the start fails for the same reason and is heard
		fmt.Fprint(os.Stderr, printable(text))
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	cmd := s.box.CommandContext(ctx, words[0], words[1:]...)
	if inside != nil {
		cmd = inside.CommandContext(ctx, words[0], words[1:]...)
		cmd.Container = s.box
	}
	f := newForwarder()
	cmd.Cancel = func() error { return cmd.Process.Signal(<-f.early) } // it was started all the same
	go f.forward(cancel)
	if err := cmd.Start(); errors.Is(err, context.Canceled) {
		number := <-f.early
		signal.Reset(number)
		_ = syscall.Kill(os.Getpid(), number)
		select {} // the signal ends this program
	} else if err != nil {
		return 0, s.retold(err)
	}
	f.started <- cmd.Process
	for _, notice := range cmd.Process.Notices() {
		s.note(notice)
	}
	if s.detach {
		fmt.Println(cmd.Process.Name())
		_ = cmd.Process.Release() // it may have ended
		return 0, nil
	}
	return s.attend(cmd, f)
}

func (s *setup) attend(cmd *ctr.Cmd, f *forwarder) (int, *problem) {
	var t *terminal
	if s.tty {
		t = attach(cmd.Process, s.interactive)
	}
	err := cmd.Wait()
	if t != nil {
		t.finish(f.late)
	}
	if cmd.Result == nil {
		return 0, s.retold(err)
	}
	s.explainEnding(cmd.Result)
	s.publish(nil, cmd.Result, cmd.Process.Report())
	return exitStatus(cmd.Result), nil
}

// exec runs a further command in a named container, which is the first word; "--" may stand behind it.
func (s *setup) exec(words []string) (int, *problem) {
	box, err := ctr.Open(s.stateDirectory(), words[0])
	if err != nil {
		return 0, s.retold(err)
	}
	defer box.Close()
	words = words[1:]
	if words[0] == "--" {
		words = words[1:]
	}
	return s.run(words, box)
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

// A forwarder passes signals on to the command.
type forwarder struct {
	arrived chan os.Signal
	early   chan syscall.Signal // one that came before the start had succeeded
	started chan *ctr.Process
	late    chan struct{} // closed when one comes after the end
}

func newForwarder() *forwarder {
	f := &forwarder{make(chan os.Signal, 8), make(chan syscall.Signal, 1), make(chan *ctr.Process, 1), make(chan struct{})}
	signal.Notify(f.arrived, syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(f.arrived, syscall.SIGHUP)
	}
	return f
}

// forward passes them on. One that comes while the command is being started gives the start up, and ends this program.
func (f *forwarder) forward(giveUp func()) {
	var running *ctr.Process
	select {
	case running = <-f.started:
	case number := <-f.arrived:
		f.early <- number.(syscall.Signal)
		giveUp()
		running = <-f.started
	}
	ended := false
	for number := range f.arrived {
		if running.Signal(number) != nil && !ended {
			ended = true
			close(f.late)
		}
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
	case "run", "exec", "explain":
		return execute(name, arguments[1:])
	case "ps", "inspect", "logs", "kill", "stop", "pause", "resume", "wait", "rm":
		return manage(name, arguments[1:])
	}
	unknown := usage("unknown command %s", quoted(name))
	unknown.complain()
	return unknown.status
}

// execute does what has a command to run, or to explain.
func execute(name string, arguments []string) int {
	s := newSetup(name != "explain")
	defer s.box.Close()
	uses, words, failed := tableOf(name).parse(arguments)
	needed := map[string]int{"exec": 2}[name]
	if failed == nil && (len(words) == 0 || len(words) < needed || len(words) == 2 && needed == 2 && words[1] == "--") {
		failed = usage("no name or no command to run was given")
	}
	failed = s.describe(uses, failed)
	if failed == nil {
		failed = s.openReport()
	}
	status := 0
	if failed == nil {
		status, failed = s.begin(name, words)
	}
	if failed == nil {
		return status
	}
	failed.complain()
	if name != "explain" {
		s.publish(failed, nil, "")
	}
	return failed.status
}

func (s *setup) begin(name string, words []string) (int, *problem) {
	switch name {
	case "run":
		return s.run(words, nil)
	case "exec":
		return s.exec(words)
	}
	s.box.SetCommand(words[0], words[1:]...)
	return s.explain()
}

// help lists the options; what they mean is for ctr itself to say.
func help() {
	fmt.Println("usage: demo run|explain [options] [--] COMMAND [ARG...], with these options of ctr run; among them\n" +
		"--security-opt seccomp=PROFILE, and --state-dir, which is ctr in $XDG_RUNTIME_DIR or in /run/user/UID, else /tmp/ctr-UID;\n" +
		"demo exec [options] NAME [--] COMMAND [ARG...]; demo ps|inspect|logs|kill|stop|pause|resume|wait|rm [options] [NAME...]")
	for _, o := range options {
		fmt.Println("  --" + o.name)
	}
}

func main() {
	signal.Ignore(syscall.SIGPIPE)
	os.Exit(dispatch(os.Args[1:]))
}
