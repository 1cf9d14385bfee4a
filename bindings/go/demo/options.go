// SPDX-License-Identifier: MIT

package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"libctr/ctr"
)

var options []option

// Made at the start, because what is applied looks into the table again.
func init() {
	options = []option{
		{"", "rootfs", true, false, false, text("ctr_config_set_rootfs", (*ctr.Container).SetRootfs)},
		{"", "read-only", false, false, false, func(s *setup, u use) *problem {
			s.on("ctr_config_set_root_mode", u).SetRootMode(ctr.RootReadOnly)
			return nil
		}},
		{"v", "volume", true, true, false, applyVolume},
		{"", "mount", true, true, false, applyMount},
		{"", "tmpfs", true, true, false, applyTmpfs},
		{"", "device", true, true, false, applyDevice},
		{"", "file", true, true, false, applyFile},
		{"", "symlink", true, true, false, applySymlink},
		{"", "dir", true, true, false, applyDir},
		{"", "proc", true, false, false, word("ctr_config_set_proc", (*ctr.Container).SetProc,
			map[string]ctr.Proc{"fresh": ctr.ProcFresh, "host": ctr.ProcHost, "none": ctr.ProcAbsent})},
		{"w", "workdir", true, false, false, text("ctr_config_set_cwd", (*ctr.Container).SetDir)},
		{"e", "env", true, true, false, applyEnv},
		{"", "env-file", true, true, false, applyEnvFile},
		{"", "clear-env", false, false, false, func(s *setup, u use) *problem {
			s.on("ctr_config_set_env_base", u).SetEnvBase(ctr.EnvEmpty)
			return nil
		}},
		{"", "umask", true, false, false, applyUmask},
		{"", "stdin", true, false, false, stream(0)},
		{"", "stdout", true, false, false, stream(1)},
		{"", "stderr", true, false, false, stream(2)},
		{"", "pass-fd", true, true, false, applyPassFD},
		{"", "preserve-fds", true, false, false, applyPreserveFDs},
		{"", "ulimit", true, true, false, applyUlimit},
		{"t", "tty", false, false, false, applyTTY},
		{"i", "interactive", false, false, false, func(s *setup, _ use) *problem { s.interactive = true; return nil }},
		{"u", "user", true, false, false, text("ctr_config_set_user", (*ctr.Container).SetUser)},
		{"", "group-add", true, true, false, text("ctr_config_add_group", (*ctr.Container).AddGroup)},
		{"", "map", true, false, false, applyMap},
		{"", "uidmap", true, true, false, func(s *setup, u use) *problem { return ranges(s, u, true, false) }},
		{"", "gidmap", true, true, false, func(s *setup, u use) *problem { return ranges(s, u, false, true) }},
		{"", "newuidmap", true, false, false, func(s *setup, u use) *problem { s.newuidmap = u.text; return nil }},
		{"", "newgidmap", true, false, false, func(s *setup, u use) *problem { s.newgidmap = u.text; return nil }},
		{"", "net", true, false, false, applyNet},
		{"h", "hostname", true, false, false, text("ctr_config_set_hostname", (*ctr.Container).SetHostname)},
		{"", "unshare", true, true, false, func(s *setup, u use) *problem { return namespaces(s, u, ctr.Own) }},
		{"", "share", true, true, false, func(s *setup, u use) *problem { return namespaces(s, u, ctr.Shared) }},
		{"", "join", true, true, false, applyJoin},
		{"", "time-offset", true, true, false, applyTimeOffset},
		{"", "cap-add", true, true, false, text("ctr_config_add_capability", (*ctr.Container).AddCapability)},
		{"", "cap-drop", true, true, false, text("ctr_config_drop_capability", (*ctr.Container).DropCapability)},
		{"", "security-opt", true, true, false, applySecurityOpt},
		{"", "allow-new-privs", false, false, false, func(s *setup, u use) *problem {
			s.on("ctr_config_set_new_privs", u).SetNewPrivs(ctr.NewPrivsAllowed)
			return nil
		}},
		{"", "cap-profile", true, false, false, text("ctr_config_set_capability_profile", (*ctr.Container).SetCapabilityProfile)},
		{"", "keyring", true, false, false, word("ctr_config_set_keyring", (*ctr.Container).SetKeyring,
			map[string]ctr.Keyring{"new": ctr.KeyringNew, "inherit": ctr.KeyringInherited})},
		{"", "landlock", true, true, false, applyLandlock},
		{"", "pids-limit", true, false, false, applyPIDsLimit},
		{"", "oom-score-adj", true, false, false, signed("ctr_config_set_oom_score_adj", (*ctr.Container).SetOOMScoreAdj)},
		{"", "nice", true, false, false, signed("ctr_config_set_nice", (*ctr.Container).SetNice)},
		{"", "cpuset-cpus", true, false, false, text("ctr_config_set_cpu_affinity", (*ctr.Container).SetCPUAffinity)},
		{"", "core-sched", false, false, false, func(s *setup, u use) *problem {
			s.on("ctr_config_set_core_scheduling", u).SetCoreScheduling(ctr.CoreOwn)
			return nil
		}},
		{"", "timeout", true, false, false, duration("ctr_config_set_timeout", (*ctr.Container).SetTimeout)},
		{"", "cpu-timeout", true, false, false, duration("ctr_config_set_cpu_timeout", (*ctr.Container).SetCPUTimeout)},
		{"", "kill-after", true, false, false, duration("ctr_config_set_kill_after", (*ctr.Container).SetKillAfter)},
		{"", "init", false, false, false, func(s *setup, u use) *problem {
			s.on("ctr_config_set_init", u).SetInit(ctr.InitInside)
			return nil
		}},
		{"", "no-init", false, false, false, func(s *setup, u use) *problem {
			s.on("ctr_config_set_init", u).SetInit(ctr.InitOutside)
			return nil
		}},
		{"", "no-die-with-host", false, false, false, func(s *setup, u use) *problem {
			s.on("ctr_config_set_host_death", u).SetHostDeath(ctr.HostDeathLeaves)
			return nil
		}},
		{"d", "detach", false, false, false, applyDetach},
		{"", "name", true, false, false, applyName},
		{"", "rm", false, false, false, func(s *setup, _ use) *problem { s.nameFlags = ctr.NameRemove; return nil }},
		{"", "log-size", true, false, false, applyLogSize},
		{"", "state-dir", true, false, false, applyStateDir},
		{"", "json", false, false, true, func(s *setup, _ use) *problem {
			s.json = true
			s.outcomes["standard output"] = os.Stdout
			return nil
		}},
		{"", "status-fd", true, false, true, applyStatusFD},
		{"", "report", true, false, true, func(s *setup, u use) *problem { s.reportPath = u.text; return nil }},
		{"q", "quiet", false, false, true, func(s *setup, _ use) *problem { s.quiet = true; return nil }},
		{"", "debug", false, false, true, func(s *setup, _ use) *problem { s.debug = true; return nil }},
	}
}

// text is an option whose value a method takes as it is.
func text(call string, method func(*ctr.Container, string)) func(*setup, use) *problem {
	return func(s *setup, u use) *problem {
		method(s.on(call, u), u.text)
		return nil
	}
}

// word is an option whose value is one of some.
func word[T any](call string, method func(*ctr.Container, T), known map[string]T) func(*setup, use) *problem {
	return func(s *setup, u use) *problem {
		value, is := known[u.text]
		if !is {
			return u.bad(u.text, "not one of its values")
		}
		method(s.on(call, u), value)
		return nil
	}
}

func duration(call string, method func(*ctr.Container, time.Duration)) func(*setup, use) *problem {
	return func(s *setup, u use) *problem {
		value, is := parseDuration(u.text)
		if !is {
			return u.bad(u.text, "not a duration")
		}
		method(s.on(call, u), value)
		return nil
	}
}

func stream(number int) func(*setup, use) *problem {
	return func(s *setup, u use) *problem {
		switch {
		case u.text == "null":
			s.on("ctr_config_set_stdio", u).SetStream(number, ctr.StreamNull)
		case number == 2 && u.text == "stdout":
			s.on("ctr_config_set_stdio", u).SetStream(number, ctr.StreamMerge)
		default:
			s.on("ctr_config_set_stdio_file", u).SetStreamFile(number, u.text, 0)
		}
		return nil
	}
}

// ---------------------------------------------------------------------------------------------------------- mounts

func applyVolume(s *setup, u use) *problem {
	parts := strings.Split(u.text, ":")
	for _, part := range parts {
		if part == "" || len(parts) > 3 {
			return u.bad(u.text, "not a volume")
		}
	}
	flags := ctr.Bind | ctr.Recursive
	if len(parts) == 3 {
		for _, name := range strings.Split(parts[2], ",") {
			if !change(&flags, bindWords, name) {
				return u.bad(name, "not an option of a volume")
			}
		}
	}
	target, err := filepath.Abs(parts[0])
	if err != nil {
		return refusal(u.label(), err, "cannot tell the current directory")
	}
	if len(parts) > 1 {
		target = parts[1]
	}
	s.on("ctr_add_mount", u).AddMount(parts[0], target, "bind", flags, "")
	return nil
}

func applyTmpfs(s *setup, u use) *problem {
	target, list, more := strings.Cut(u.text, ":")
	flags, settings := ctr.NoSUID|ctr.NoDev, []string(nil)
	for _, name := range strings.Split(list, ",") {
		if more && name == "" {
			return u.bad(u.text, "not a tmpfs: an option is empty")
		}
		if more && !change(&flags, plainWords, name) {
			settings = append(settings, name)
		}
	}
	s.on("ctr_add_mount", u).AddMount("", target, "tmpfs", flags, strings.Join(settings, ","))
	return nil
}

func applyDevice(s *setup, u use) *problem {
	source, target, more := strings.Cut(u.text, ":")
	if source == "" || (more && (target == "" || strings.Contains(target, ":"))) {
		return u.bad(u.text, "not a device")
	}
	s.on("ctr_config_add_device", u).AddDevice(source, target)
	return nil
}

func applyFile(s *setup, u use) *problem {
	target, source, _ := strings.Cut(u.text, "=")
	if target == "" || source == "" {
		return u.bad(u.text, "not a file and its content")
	}
	return addFile(s, u, target, source, nil)
}

// addFile gives a copy of a file of the host, with that file's mode unless it says another.
func addFile(s *setup, u use, target, source string, mode *uint32) *problem {
	content, permissions, failed := readFile(u, source)
	if failed != nil {
		return failed
	}
	if mode != nil {
		permissions = *mode
	}
	s.on("ctr_config_add_file", u).AddContent(target, content, permissions)
	return nil
}

func readFile(u use, path string) ([]byte, uint32, *problem) {
	const most = 16 << 20
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, 0, refusal(u.label(), err, "cannot read %s", quoted(path))
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, most+1))
	if err != nil {
		return nil, 0, refusal(u.label(), err, "cannot read %s", quoted(path))
	}
	if len(content) > most {
		return nil, 0, refusal(u.label(), nil, "%s is larger than 16 MiB", quoted(path))
	}
	info, err := file.Stat()
	if err != nil {
		return nil, 0, refusal(u.label(), err, "cannot read %s", quoted(path))
	}
	return content, uint32(info.Mode().Perm()), nil
}

func applySymlink(s *setup, u use) *problem {
	path, target, _ := strings.Cut(u.text, "=")
	if path == "" || target == "" {
		return u.bad(u.text, "not a link and its target")
	}
	s.on("ctr_config_add_symlink", u).AddSymlink(target, path)
	return nil
}

func applyDir(s *setup, u use) *problem {
	path, digits, more := strings.Cut(u.text, ":")
	mode := uint32(0o755)
	if more {
		var is bool
		if mode, is = parseOctal(digits); !is {
			return u.bad(digits, "not an octal mode")
		}
	}
	s.on("ctr_config_add_dir", u).AddDir(path, mode)
	return nil
}

// --------------------------------------------------------------------------------------------------------- process

func applyEnv(s *setup, u use) *problem {
	if !s.variable(u, u.text) {
		return u.bad(u.text, "not a variable")
	}
	return nil
}

// variable sets NAME=VALUE, or passes this program's NAME on.
func (s *setup) variable(u use, text string) bool {
	name, value, more := strings.Cut(text, "=")
	if name == "" || strings.IndexByte(text, 0) >= 0 {
		return false
	}
	if !more {
		value, more = os.LookupEnv(name)
	}
	if more {
		s.on("ctr_config_add_env", u).AddEnv(name, value)
	}
	return true
}

func applyEnvFile(s *setup, u use) *problem {
	content, _, failed := readFile(u, u.text)
	if failed != nil {
		return failed
	}
	for i, line := range strings.Split(string(content), "\n") {
		line = strings.TrimSuffix(line, "\r")
		if strings.Trim(line, " \t") == "" || line[0] == '#' {
			continue
		}
		if !s.variable(u, line) {
			failed = usage("line %d of %s is not a variable: %s", i+1, quoted(u.text), quoted(line))
			failed.option = u.label()
			return failed
		}
	}
	return nil
}

func applyUmask(s *setup, u use) *problem {
	mask, is := parseOctal(u.text)
	if !is {
		return u.bad(u.text, "not an octal mode")
	}
	s.on("ctr_config_set_umask", u).SetUmask(mask)
	return nil
}

func applyPassFD(s *setup, u use) *problem {
	host, inside, is := parsePair(u.text)
	if !is {
		return u.bad(u.text, "not a file descriptor")
	}
	if inside <= 2 {
		s.on("ctr_config_set_stdio", u).SetStreamFD(inside, host)
	} else {
		s.on("ctr_config_add_fd", u).AddFD(host, inside)
	}
	return nil
}

func applyPreserveFDs(s *setup, u use) *problem {
	count, is := parseNumber(u.text, 240)
	if !is {
		return u.bad(u.text, "not a number of file descriptors")
	}
	for number := 3; number < 3+int(count); number++ {
		s.on("ctr_config_add_fd", u).AddFD(number, number)
	}
	s.on("ctr_config_set_listen_fds", u).SetListenFDs(uint32(count))
	return nil
}

// checkPassed looks before anything is opened: later a number could be one of this program's own.
func checkPassed(uses []use) *problem {
	for _, u := range uses {
		first, count := 3, uint64(0)
		if u.name == "pass-fd" {
			first, _, _ = parsePair(u.text) // what is wrong with it is told later
			count = 1
		} else if number, is := parseNumber(u.text, 240); is && u.name == "preserve-fds" {
			count = number
		}
		for number := first; number < first+int(count); number++ {
			if !isOpen(number) {
				return refusal(u.label(), nil, "file descriptor %d is not open", number)
			}
		}
	}
	return nil
}

func isOpen(number int) bool {
	_, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(number), syscall.F_GETFD, 0)
	return errno == 0
}

func applyStatusFD(s *setup, u use) *problem {
	number, is := parseNumber(u.text, 1<<31-1)
	if !is {
		return u.bad(u.text, "not a file descriptor")
	}
	if s.forRun && !isOpen(int(number)) {
		return refusal(u.label(), nil, "file descriptor %d is not open", number)
	}
	s.outcomes["the status descriptor"] = os.NewFile(uintptr(number), "status")
	return nil
}

func applyUlimit(s *setup, u use) *problem {
	name, values, _ := strings.Cut(u.text, "=")
	resource, known := resources[name]
	if !known {
		return u.bad(name, "not a resource limit")
	}
	first, second, more := strings.Cut(values, ":")
	if !more {
		second = first
	}
	soft, is := parseLimit(first)
	hard, are := parseLimit(second)
	if !is || !are {
		return u.bad(u.text, "not a limit")
	}
	s.on("ctr_config_add_rlimit", u).AddRlimit(resource, soft, hard)
	return nil
}

// ------------------------------------------------------------------------------------------ identity and namespaces

func applyMap(s *setup, u use) *problem {
	modes := map[string]ctr.Map{"auto": ctr.MapAuto, "single": ctr.MapSingle, "subid": ctr.MapSubID, "none": ctr.MapNone}
	if mode, is := modes[u.text]; is {
		s.on("ctr_config_set_map", u).SetMap(mode)
		return nil
	}
	return ranges(s, u, true, true)
}

func ranges(s *setup, u use, users, groups bool) *problem {
	for _, text := range strings.Split(u.text, ",") {
		r, is := parseRange(text)
		if !is {
			return u.bad(text, "not an id range")
		}
		if users {
			s.on("ctr_config_add_uid_range", u).AddUIDRange(r[0], r[1], r[2])
		}
		if groups {
			s.on("ctr_config_add_gid_range", u).AddGIDRange(r[0], r[1], r[2])
		}
	}
	return nil
}

func applyNet(s *setup, u use) *problem {
	modes := map[string]ctr.NamespaceMode{"none": ctr.Own, "host": ctr.Shared}
	mode, is := modes[u.text]
	if u.text == "private" {
		failed := refusal(u.label(), nil, `network mode "private" is not available yet`)
		failed.Code, failed.Hint = ctr.Unsupported, "use none (loopback only) or host (the host's network)"
		return failed
	}
	if !is {
		return u.bad(u.text, "not a network mode")
	}
	s.on("ctr_config_set_namespace", u).SetNamespace(ctr.Net, mode)
	return nil
}

var namespaceNames = map[string]ctr.Namespace{"user": ctr.User, "mount": ctr.Mount, "pid": ctr.PID, "net": ctr.Net, "uts": ctr.UTS,
	"ipc": ctr.IPC, "cgroup": ctr.Cgroup, "time": ctr.Time}

func namespaces(s *setup, u use, mode ctr.NamespaceMode) *problem {
	for _, name := range strings.Split(u.text, ",") {
		which, known := namespaceNames[name]
		if !known {
			return u.bad(name, "not a namespace")
		}
		s.on("ctr_config_set_namespace", u).SetNamespace(which, mode)
	}
	return nil
}

func applyJoin(s *setup, u use) *problem {
	name, path, more := strings.Cut(u.text, "=")
	which, known := namespaceNames[name]
	if !known || !more {
		return u.bad(u.text, "not a namespace to join")
	}
	file, err := os.Open(path)
	if err != nil {
		return refusal(u.label(), err, "cannot read %s", quoted(path))
	}
	defer file.Close()
	s.on("ctr_config_join_namespace", u).JoinNamespace(which, file)
	return nil
}

func applyTimeOffset(s *setup, u use) *problem {
	name, text, _ := strings.Cut(u.text, "=")
	clock, known := map[string]int{"monotonic": 1, "boottime": 7}[name]
	seconds, nanoseconds, is := parseSeconds(text)
	if !known || !is {
		return u.bad(u.text, "not a clock and its offset")
	}
	s.on("ctr_config_add_time_offset", u).AddTimeOffset(clock, seconds, nanoseconds)
	return nil
}

func applySecurityOpt(s *setup, u use) *problem {
	name, value, more := strings.Cut(u.text, "=")
	switch {
	case name == "unmask" && value == "ALL":
		s.on("ctr_config_set_system_paths", u).SetSystemPaths(ctr.SystemPathsOpen)
	case name == "unmask" && more:
		failed := refusal(u.label(), nil, "unmasking single paths is not available yet: %s", quoted(value))
		failed.Code, failed.Hint = ctr.Unsupported, "write unmask=ALL"
		return failed
	case name == "seccomp" && value != "":
		return applySeccomp(s, u, value)
	case name == "proc-opts" && more && value == "": // which the method takes for none
		return refusal(u.label(), nil, "the options of /proc must not be empty")
	case name == "proc-opts" && more:
		s.on("ctr_config_set_proc_options", u).SetProcOptions(value)
	case name == "no-new-privileges" && (!more || value == "true"):
		s.on("ctr_config_set_new_privs", u).SetNewPrivs(ctr.NewPrivsRefused)
	case name == "no-new-privileges" && value == "false":
		s.on("ctr_config_set_new_privs", u).SetNewPrivs(ctr.NewPrivsAllowed)
	default:
		return u.bad(u.text, "not a security option")
	}
	return nil
}
