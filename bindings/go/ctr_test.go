// SPDX-License-Identifier: MIT

package ctr_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"libctr/ctr"
)

// TestMain skips, visibly, where no container can be started at all.
func TestMain(m *testing.M) {
	err := ctr.Command("true").Run()
	var problem *ctr.Error
	if errors.As(err, &problem) && (problem.Code == ctr.Denied || problem.Code == ctr.Limit || problem.Code == ctr.Unsupported) {
		fmt.Printf("SKIP bindings/go: no container can be started here: %v\n", err)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func exitOf(t *testing.T, err error) *ctr.ExitError {
	t.Helper()
	var exit *ctr.ExitError
	if !errors.As(err, &exit) {
		t.Fatalf("not an ExitError: %v", err)
	}
	return exit
}

func errorOf(t *testing.T, err error) *ctr.Error {
	t.Helper()
	var problem *ctr.Error
	if !errors.As(err, &problem) {
		t.Fatalf("not an Error: %v", err)
	}
	return problem
}

func newBox(t *testing.T) *ctr.Container {
	box := ctr.New()
	t.Cleanup(func() { box.Close() })
	return box
}

func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

func TestOutputIsWhatTheCommandWrote(t *testing.T) {
	output, err := ctr.Command("sh", "-c", "echo out; echo err >&2").Output()
	if err != nil || string(output) != "out\n" {
		t.Fatalf("%q, %v", output, err)
	}
}

func TestCombinedOutputKeepsTheOrder(t *testing.T) {
	output, err := ctr.Command("sh", "-c", "echo 1; echo 2 >&2; echo 3").CombinedOutput()
	if err != nil || string(output) != "1\n2\n3\n" {
		t.Fatalf("%q, %v", output, err)
	}
}

func TestOutputOfManyMegabytesArrivesWhole(t *testing.T) {
	output, err := ctr.Command("head", "-c", "20000000", "/dev/zero").Output()
	if err != nil || len(output) != 20000000 {
		t.Fatalf("%d bytes, %v", len(output), err)
	}
}

func TestStdinIsCopiedToItsEnd(t *testing.T) {
	text := strings.Repeat("line of text\n", 100000)
	cmd := ctr.Command("wc", "-c")
	cmd.Stdin = strings.NewReader(text)
	output, err := cmd.Output()
	if err != nil || strings.TrimSpace(string(output)) != fmt.Sprint(len(text)) {
		t.Fatalf("%q, %v", output, err)
	}
}

func TestStdinThatIsNotReadIsNoError(t *testing.T) {
	cmd := ctr.Command("true")
	cmd.Stdin = strings.NewReader(strings.Repeat("x", 1<<20))
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
}

func TestStreamsAreTheNullDeviceByDefault(t *testing.T) {
	output, err := ctr.Command("sh", "-c", "cat; readlink /proc/self/fd/0 >&2; echo end").CombinedOutput()
	if err != nil || string(output) != "/dev/null\nend\n" {
		t.Fatalf("%q, %v", output, err)
	}
}

func TestFilesArePassedAsTheyAre(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	cmd := ctr.Command("sh", "-c", "echo first; echo second >&3")
	cmd.Stdout = file
	cmd.ExtraFiles = []*os.File{file}
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	if content, _ := os.ReadFile(file.Name()); string(content) != "first\nsecond\n" {
		t.Fatalf("%q", content)
	}
}

func TestPipesLeadBothWays(t *testing.T) {
	cmd := ctr.Command("cat")
	input, _ := cmd.StdinPipe()
	output, _ := cmd.StdoutPipe()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		io.WriteString(input, "through the box")
		input.Close()
	}()
	content, err := io.ReadAll(output)
	if err != nil || string(content) != "through the box" {
		t.Fatalf("%q, %v", content, err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
}

func TestExitErrorHasCodeResultAndStderr(t *testing.T) {
	_, err := ctr.Command("sh", "-c", "echo story >&2; exit 7").Output()
	exit := exitOf(t, err)
	if exit.ExitCode() != 7 || exit.Kind != ctr.Exited || exit.Error() != "exit status 7" || string(exit.Stderr) != "story\n" {
		t.Fatalf("%+v: %v", exit, exit)
	}
	if exit.Wall <= 0 || exit.WallSource != ctr.SourceClock {
		t.Fatalf("no time was measured: %+v", exit.Result)
	}
}

func TestExitErrorKeepsBothEndsOfALongStory(t *testing.T) {
	_, err := ctr.Command("sh", "-c", "echo first >&2; head -c 200000 /dev/zero >&2; echo last >&2; exit 1").Output()
	story := exitOf(t, err).Stderr
	if !bytes.HasPrefix(story, []byte("first\n")) || !bytes.HasSuffix(story, []byte("last\n")) || len(story) > 70000 {
		t.Fatalf("%d bytes: %.20q...", len(story), story)
	}
}

func TestSignalReachesTheCommand(t *testing.T) {
	cmd := ctr.Command("sh", "-c", "trap 'echo heard; exit 3' TERM; echo ready; while :; do sleep 0.02; done")
	output, _ := cmd.StdoutPipe()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(output, make([]byte, len("ready\n"))); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	rest, _ := io.ReadAll(output)
	if exit := exitOf(t, cmd.Wait()); exit.ExitCode() != 3 || string(rest) != "heard\n" {
		t.Fatalf("%v, %q", exit, rest)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); !errors.Is(err, os.ErrProcessDone) || !errors.Is(err, ctr.Ended) {
		t.Fatalf("a command that has ended took a signal: %v", err)
	}
}

func TestResultTellsTheSignalThatEndedTheCommand(t *testing.T) {
	exit := exitOf(t, ctr.Command("sh", "-c", "kill -USR1 $$").Run())
	if exit.Kind != ctr.Signaled || exit.Code != int(syscall.SIGUSR1) || exit.ExitCode() != -1 {
		t.Fatalf("%+v", exit.Result)
	}
}

func TestKillEndsEverything(t *testing.T) {
	cmd := ctr.Command("sh", "-c", "setsid sleep 1000 & trap '' TERM; sleep 1000")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if exit := exitOf(t, cmd.Wait()); exit.Kind != ctr.Killed {
		t.Fatalf("%+v", exit.Result)
	}
}

func TestDeadlineEndsTheContainer(t *testing.T) {
	box := newBox(t)
	box.SetTimeout(200 * time.Millisecond)
	exit := exitOf(t, box.Command("sleep", "1000").Run())
	if exit.Kind != ctr.Expired || exit.Code != ctr.DeadlineWall || exit.Wall < 150*time.Millisecond {
		t.Fatalf("%+v", exit.Result)
	}
}

func TestContextThatIsCancelledKillsTheTree(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cmd := ctr.CommandContext(ctx, "sh", "-c", "trap '' TERM INT; setsid sleep 1000 & echo ready; sleep 1000")
	output, _ := cmd.StdoutPipe()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	io.ReadFull(output, make([]byte, len("ready\n")))
	cancel()
	rest, err := io.ReadAll(output) // ends when the last process of the tree has closed it
	if len(rest) != 0 || err != nil {
		t.Fatalf("%q, %v", rest, err)
	}
	if err := cmd.Wait(); err != context.Canceled {
		t.Fatal(err)
	}
	if cmd.Result.Kind != ctr.Killed {
		t.Fatalf("%+v", cmd.Result)
	}
}

func TestContextWithADeadlineIsTold(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if err := ctr.CommandContext(ctx, "sleep", "1000").Run(); err != context.DeadlineExceeded {
		t.Fatal(err)
	}
}

func TestContextThatIsDoneStartsNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	cmd := ctr.CommandContext(ctx, "true")
	if err := cmd.Start(); err != context.Canceled || cmd.Process != nil {
		t.Fatal(err)
	}
}

func TestContextThatIsDoneLaterChangesNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cmd := ctr.CommandContext(ctx, "sh", "-c", "exit 5")
	err := cmd.Run()
	cancel()
	if exit := exitOf(t, err); exit.ExitCode() != 5 {
		t.Fatal(err)
	}
}

func TestContextGivesAStartUp(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "helper")
	if err := os.WriteFile(fifo, []byte("#!/bin/sh\nexec sleep 1000\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	box := newBox(t)
	box.SetMap(ctr.MapSubID)
	box.SetIDHelpers(fifo, fifo)
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	err := box.CommandContext(ctx, "true").Start()
	var problem *ctr.Error
	if errors.As(err, &problem) && !errors.Is(err, ctr.Cancelled) {
		t.Skipf("this caller has no ranges of ids, so no helper is executed: %v", err)
	}
	if err != context.DeadlineExceeded || time.Since(began) > 10*time.Second {
		t.Fatalf("%v after %v", err, time.Since(began))
	}
}

func TestCancelMayBeGentle(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cmd := ctr.CommandContext(ctx, "sh", "-c", "trap 'echo tidy; exit 4' TERM; echo ready; while :; do sleep 0.02; done")
	output, _ := cmd.StdoutPipe()
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	io.ReadFull(output, make([]byte, len("ready\n")))
	cancel()
	rest, _ := io.ReadAll(output)
	if err := cmd.Wait(); err != context.Canceled || string(rest) != "tidy\n" || cmd.Result.ExitCode() != 4 {
		t.Fatalf("%v, %q, %+v", err, rest, cmd.Result)
	}
}

func TestWaitDelayEndsWhatACancelDidNot(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	cmd := ctr.CommandContext(ctx, "sleep", "1000")
	cmd.Cancel = func() error { return nil }
	cmd.WaitDelay = 100 * time.Millisecond
	if err := cmd.Run(); err != context.DeadlineExceeded || cmd.Result.Kind != ctr.Killed {
		t.Fatalf("%v, %+v", err, cmd.Result)
	}
}

func TestErrorOfACommandThatIsMissing(t *testing.T) {
	err := ctr.Command("/no/such/command").Start()
	problem := errorOf(t, err)
	if problem.Step != "exec" || problem.Subject != "/no/such/command" || !errors.Is(err, ctr.NoCommand) {
		t.Fatalf("%+v", problem)
	}
	if !errors.Is(err, fs.ErrNotExist) || !errors.Is(err, syscall.ENOENT) {
		t.Fatalf("does not unwrap to its errno: %+v", problem)
	}
}

func TestErrorOfASettingHasItsCallAndIndex(t *testing.T) {
	box := newBox(t)
	box.AddBind("/usr", "/a", 0)
	box.AddBind("/no/such/directory", "/b", 0)
	err := box.Command("true").Start()
	problem := errorOf(t, err)
	if problem.Code != ctr.NotFound || problem.Call != "ctr_add_mount" || problem.Index != 1 || problem.Hint == "" {
		t.Fatalf("%+v", problem)
	}
	json, _ := problem.MarshalJSON()
	if !strings.Contains(string(json), `"code_name"`) {
		t.Fatalf("%s", json)
	}
}

func TestErrorOfATextWithAZeroByte(t *testing.T) {
	box := newBox(t)
	box.AddEnv("NAME", "a\x00b")
	if err := box.Command("true").Run(); errorOf(t, err).Call != "ctr_config_add_env" {
		t.Fatal(err)
	}
	if err := ctr.Command("echo", "a\x00b").Run(); !errors.Is(err, ctr.Invalid) {
		t.Fatal(err)
	}
}

func TestErrorOfAContainerThatWasClosed(t *testing.T) {
	box := ctr.New()
	box.Close()
	box.Close()
	box.SetHostname("late")
	if err := box.Command("true").Run(); !errors.Is(err, ctr.Invalid) {
		t.Fatal(err)
	}
}

func TestSettingsTakeEffect(t *testing.T) {
	box := newBox(t)
	box.SetHostname("inside")
	box.AddEnv("FIRST", "1")
	box.SetDir("/usr")
	box.AddTmpfs("/tmp/scratch", "size=1m")
	box.AddContent("/tmp/note", []byte("a note\n"), 0o444)
	box.AddContent("/tmp/nothing", nil, 0o444)
	box.AddSymlink("/tmp/note", "/tmp/link")
	box.AddDir("/tmp/dir", 0o700)
	cmd := box.Command("sh", "-c", "hostname; echo $FIRST $SECOND; pwd; cat /tmp/link /tmp/nothing; stat -c %a /tmp/dir")
	cmd.Env = []string{"SECOND=2"}
	output, err := cmd.CombinedOutput()
	if err != nil || string(output) != "inside\n1 2\n/usr\na note\n700\n" {
		t.Fatalf("%q, %v", output, err)
	}
}

func TestLimitsAndLayersTakeEffect(t *testing.T) {
	box := newBox(t)
	box.SetNice(7)
	box.SetOOMScoreAdj(500)
	box.SetPIDsLimit(50)
	box.SetKeyring(ctr.KeyringNew)
	box.SetCapabilityProfile("default")
	box.SetProcOptions("hidepid=2")
	box.SetLandlockMode(ctr.LandlockPreferred)
	box.AddLandlockPath("/", ctr.LandlockRead|ctr.LandlockExecute)
	output, err := box.Command("sh", "-c", "nice; cat /proc/self/oom_score_adj").CombinedOutput()
	if err != nil || !strings.HasPrefix(string(output), "7\n500\n") {
		t.Fatalf("%q, %v", output, err)
	}
}

func TestSystemCallsAreFiltered(t *testing.T) {
	box := newBox(t)
	box.SetSeccomp("strict")
	cmd := box.Command("sh", "-c", "grep Seccomp: /proc/self/status")
	output, err := cmd.Output()
	if err != nil || strings.Fields(string(output))[1] != "2" {
		t.Fatalf("%q, %v", output, err)
	}
	if err := cmd.Process.WithSeccompFD(func(int) { t.Error("a descriptor for nobody") }); err == nil {
		t.Fatal("there is no listener")
	}
	box.SetSeccomp("no such profile")
	if err := box.Command("true").Run(); errorOf(t, err).Call != "ctr_config_set_seccomp" {
		t.Fatal(err)
	}
}

// The limit that counts is that of a fresh program, so the test starts itself anew.
func TestOpenFilesAreLimitedAsTheProgramWas(t *testing.T) {
	if os.Getenv("CTR_TEST_NOFILE") == "" {
		again := exec.Command("sh", "-c", "ulimit -Sn 512 && exec \"$0\" -test.run='^TestOpenFilesAreLimited'", os.Args[0])
		again.Env = append(os.Environ(), "CTR_TEST_NOFILE=512")
		if output, err := again.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, output)
		}
		return
	}
	output, err := ctr.Command("sh", "-c", "ulimit -Sn").Output()
	if err != nil || string(output) != "512\n" {
		t.Fatalf("%q, %v", output, err)
	}
	box := newBox(t)
	box.AddRlimit(syscall.RLIMIT_NOFILE, 64, 128)
	output, _ = box.Command("sh", "-c", "ulimit -Sn; ulimit -Hn").Output()
	if string(output) != "64\n128\n" {
		t.Fatalf("%q", output)
	}
}

func TestCaptureIsReadableBeforeAndAfterTheEnd(t *testing.T) {
	box := newBox(t)
	box.SetStream(1, ctr.StreamCapture)
	box.SetStream(2, ctr.StreamMerge)
	box.SetCaptureLimit(10)
	cmd := box.Command("sh", "-c", "printf 0123; printf 456789abc >&2")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	captured, err := cmd.Process.Captured(1)
	if err != nil || string(captured.Bytes) != "0123456789" || captured.Seen != 13 {
		t.Fatalf("%+v, %v", captured, err)
	}
	if _, err := cmd.Process.Captured(2); err == nil {
		t.Fatal("a merged stream is captured on its own")
	}
}

func TestCaptureMayKeepTheLastBytes(t *testing.T) {
	box := newBox(t)
	box.SetStream(1, ctr.StreamCapture)
	box.SetCaptureLimit(4)
	box.SetCaptureKeep(ctr.KeepLast)
	cmd := box.Command("printf", "0123456789")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	captured, err := cmd.Process.Captured(1)
	if err != nil || string(captured.Bytes) != "6789" || captured.First != 6 || captured.Seen != 10 {
		t.Fatalf("%+v, %v", captured, err)
	}
}

func TestNamedContainerIsFoundAgain(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	box := newBox(t)
	box.SetStateDirectory(state)
	box.SetName("worker", 0)
	cmd := box.Command("sh", "-c", "sleep 1000; true")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Close()
	if err := box.Command("true").Start(); !errors.Is(err, ctr.Exists) {
		t.Fatalf("a name was taken twice: %v", err)
	}
	names, err := ctr.Names(state)
	if err != nil || len(names) != 1 || names[0] != "worker" {
		t.Fatalf("%q, %v", names, err)
	}
	found, err := ctr.Open(state, "worker")
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	info, err := found.Info()
	if err != nil || info.State != ctr.StateRunning || found.Name() != "worker" || found.Args()[0] != "sh" || info.Created.IsZero() {
		t.Fatalf("%+v, %q, %q, %v", info, found.Name(), found.Args(), err)
	}
	if err := found.Pause(); err != nil {
		t.Fatal(err)
	}
	if info, _ := cmd.Process.Info(); info.State != ctr.StatePaused {
		t.Fatalf("%+v", info)
	}
	if err := found.Resume(); err != nil {
		t.Fatal(err)
	}
	if output, err := found.Command("echo", "inside").Output(); err != nil || string(output) != "inside\n" {
		t.Fatalf("%q, %v", output, err)
	}
	found.Kill()
	if result, err := found.Wait(); err != nil || result.Success() {
		t.Fatalf("%+v, %v", result, err)
	}
	exitOf(t, cmd.Wait())
	if info, words, err := ctr.Look(state, "worker"); err != nil || info.State != ctr.StateEnded || len(words) != 3 {
		t.Fatalf("%+v, %q, %v", info, words, err)
	}
	over, err := ctr.Open(state, "worker")
	if err != nil {
		t.Fatal(err)
	}
	if result, err := over.Wait(); err != nil || result.Success() {
		t.Fatalf("%+v, %v", result, err)
	}
	over.Close()
	if err := over.Close(); err != nil {
		t.Fatalf("closing twice: %v", err)
	}
	if err := ctr.Remove(state, "worker"); err != nil {
		t.Fatal(err)
	}
	if _, err := ctr.Open(state, "worker"); !errors.Is(err, ctr.NotFound) {
		t.Fatal(err)
	}
}

func TestLogsOfADetachedContainerAreReadByOthers(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	box := newBox(t)
	box.SetStateDirectory(state)
	box.SetName("writer", 0)
	box.SetStream(1, ctr.StreamCapture)
	cmd := box.Command("sh", "-c", "echo words")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	if kept, err := ctr.Logs(state, "writer", 1); err != nil || string(kept.Bytes) != "words\n" {
		t.Fatalf("%+v, %v", kept, err)
	}
	if _, err := ctr.Logs(state, "writer", 2); !errors.Is(err, ctr.Invalid) {
		t.Fatal(err)
	}
	if err := ctr.Remove(state, "writer"); err != nil {
		t.Fatal(err)
	}
}

func TestDescriptorOfTheInitIsACopy(t *testing.T) {
	cmd := ctr.Command("sleep", "1000")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	file, err := cmd.Process.PIDFD()
	if err != nil {
		t.Fatal(err)
	}
	target, _ := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", file.Fd()))
	if file.Close(); !strings.Contains(target, "pidfd") {
		t.Fatalf("it leads to %q", target)
	}
	cmd.Process.Kill()
	exitOf(t, cmd.Wait())
	if _, err := cmd.Process.PIDFD(); !errors.Is(err, ctr.Ended) {
		t.Fatal(err)
	}
}

func TestPipeOfTheLibraryOutlivesTheContainer(t *testing.T) {
	box := newBox(t)
	box.SetStream(1, ctr.StreamPipe)
	cmd := box.Command("echo", "kept")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Pipe(1).Close()
	content, err := io.ReadAll(cmd.Process.Pipe(1))
	if err != nil || string(content) != "kept\n" || cmd.Process.Pipe(0) != nil {
		t.Fatalf("%q, %v", content, err)
	}
}

func TestTerminalIsTheContainersOwn(t *testing.T) {
	box := newBox(t)
	box.SetTerminal(10, 20)
	cmd := box.Command("sh", "-c", "read go; stty size; test -t 0 && echo terminal")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	terminal := cmd.Process.Terminal()
	defer terminal.Close()
	if err := cmd.Process.Resize(30, 40); err != nil {
		t.Fatal(err)
	}
	io.WriteString(terminal, "go\n")
	shown, err := io.ReadAll(terminal)
	if !errors.Is(err, syscall.EIO) || !strings.Contains(string(shown), "30 40\r\nterminal\r\n") {
		t.Fatalf("%q, %v", shown, err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
}

func TestEventsComeInOrderAndEnd(t *testing.T) {
	var kinds []ctr.EventKind
	cmd := ctr.Command("sh", "-c", "exit 3")
	cmd.Events = func(event ctr.Event) { kinds = append(kinds, event.Kind) }
	exitOf(t, cmd.Run())
	if len(kinds) != 2 || kinds[0] != ctr.EventStarted || kinds[1] != ctr.EventEnded {
		t.Fatalf("%v", kinds)
	}
}

func TestFurtherCommandsRunInTheSameContainer(t *testing.T) {
	outer := ctr.Command("sleep", "1000")
	if err := outer.Start(); err != nil {
		t.Fatal(err)
	}
	if err := outer.Process.Command("sh", "-c", "echo kept > /tmp/file").Run(); err != nil {
		t.Fatal(err)
	}
	output, err := outer.Process.Command("cat", "/tmp/file").Output()
	if err != nil || string(output) != "kept\n" {
		t.Fatalf("%q, %v", output, err)
	}
	late := outer.Process.Command("sleep", "1000")
	if err := late.Start(); err != nil {
		t.Fatal(err)
	}
	outer.Process.Close()
	if err := late.Wait(); err == nil {
		t.Fatal("a further command outlived its container")
	}
	if err := outer.Process.Command("true").Start(); !errors.Is(err, ctr.Ended) {
		t.Fatal(err)
	}
	exitOf(t, outer.Wait())
}

func TestLeftoversThatAreLeftRunUntilClose(t *testing.T) {
	box := newBox(t)
	box.SetLeftovers(ctr.LeftoversLeave)
	cmd := box.Command("sh", "-c", "sleep 1000 & exit 3")
	if exit := exitOf(t, cmd.Run()); exit.ExitCode() != 3 {
		t.Fatal(exit)
	}
	if err := cmd.Process.Command("sh", "-c", "pidof sleep || pgrep sleep").Run(); err != nil {
		t.Fatalf("nobody was left: %v", err)
	}
	cmd.Process.Close()
}

func TestReleasedContainerLivesOn(t *testing.T) {
	box := newBox(t)
	done := filepath.Join(t.TempDir(), "done")
	box.AddBind(filepath.Dir(done), "/mnt", 0)
	cmd := box.Command("sh", "-c", "sleep 0.3; echo > /mnt/done")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Release(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); !errors.Is(err, ctr.ErrReleased) {
		t.Fatal(err)
	}
	for began := time.Now(); time.Since(began) < 10*time.Second; time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(done); err == nil {
			return
		}
	}
	t.Fatal("the container ended with its handle")
}

func TestExplainRunsNothing(t *testing.T) {
	box := newBox(t)
	box.SetCommand("true")
	text, err := box.Explain()
	json, jsonErr := box.ExplainJSON()
	if err != nil || jsonErr != nil || !strings.Contains(text, "exec") || !strings.HasPrefix(json, "{") {
		t.Fatalf("%v, %v\n%.200s\n%.200s", err, jsonErr, text, json)
	}
	if err := box.Command("true").Run(); err != nil {
		t.Fatal(err)
	}
}

func TestReportAndNoticesStayAfterTheEnd(t *testing.T) {
	cmd := ctr.Command("true")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(cmd.Process.Report(), "{") {
		t.Fatalf("%q", cmd.Process.Report())
	}
	_ = cmd.Process.Notices()
}

func TestMisuseIsAnError(t *testing.T) {
	cmd := ctr.Command("true")
	if cmd.Wait() == nil {
		t.Fatal("waited for what was not started")
	}
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	if cmd.Start() == nil || cmd.Wait() == nil {
		t.Fatal("started or waited twice")
	}
}

func TestOneContainerServesManyGoroutines(t *testing.T) {
	box := newBox(t)
	box.AddEnv("SHARED", "yes")
	var group sync.WaitGroup
	for i := 0; i < 20; i++ {
		group.Add(1)
		go func(i int) {
			defer group.Done()
			cmd := box.Command("sh", "-c", "echo $SHARED $1; exit $1", "sh", fmt.Sprint(i))
			output, err := cmd.Output()
			if cmd.Result == nil || cmd.Result.ExitCode() != i || string(output) != fmt.Sprintf("yes %d\n", i) {
				t.Errorf("%d: %q, %v", i, output, err)
			}
		}(i)
	}
	group.Wait()
}

func TestProcessMayBeUsedFromManyGoroutinesAtItsEnd(t *testing.T) {
	for round := 0; round < 10; round++ {
		cmd := ctr.Command("sleep", "0.02")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var group sync.WaitGroup
		for i := 0; i < 4; i++ {
			group.Add(1)
			go func() {
				defer group.Done()
				for {
					select {
					case <-cmd.Process.Done():
						return
					default:
						_ = cmd.Process.Signal(syscall.SIGCONT)
						_, _ = cmd.Process.Captured(1)
					}
				}
			}()
		}
		if err := cmd.Wait(); err != nil {
			t.Fatal(err)
		}
		group.Wait()
	}
}

func TestNothingIsLeftOpen(t *testing.T) {
	run := func() {
		cmd := ctr.CommandContext(context.Background(), "cat")
		cmd.Stdin = strings.NewReader("x")
		if _, err := cmd.Output(); err != nil {
			t.Fatal(err)
		}
		_ = ctr.Command("/no/such/command").Run()
		cmd = ctr.Command("true") // and nobody waits
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		<-cmd.Process.Done()
	}
	run()
	before := descriptors(t)
	for i := 0; i < 20; i++ {
		run()
	}
	if after := descriptors(t); after > before+2 {
		t.Fatalf("%d descriptors, and %d before", after, before)
	}
}
