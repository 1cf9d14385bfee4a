// SPDX-License-Identifier: MIT

package main

import (
	"math"
	"strconv"
	"strings"
	"syscall"
	"time"

	"libctr/ctr"
)

// A flagWord sets some flags of a mount and clears others.
type flagWord struct{ set, clear ctr.MountFlags }

var bindWords = map[string]flagWord{
	"ro": {ctr.ReadOnly, 0}, "rw": {0, ctr.ReadOnly}, "readonly": {ctr.ReadOnly, 0}, "rbind": {ctr.Recursive, 0},
	"bind": {0, ctr.Recursive}, "noexec": {ctr.NoExec, 0}, "nosuid": {ctr.NoSUID, 0}, "nodev": {ctr.NoDev, 0},
	"optional": {ctr.Optional, 0}, "create": {ctr.Create, 0}, "nofollow": {ctr.NoFollow, 0},
}

var plainWords = map[string]flagWord{
	"ro": {ctr.ReadOnly, 0}, "rw": {0, ctr.ReadOnly}, "readonly": {ctr.ReadOnly, 0}, "noexec": {ctr.NoExec, 0},
	"exec": {0, ctr.NoExec}, "nosuid": {ctr.NoSUID, 0}, "suid": {0, ctr.NoSUID}, "nodev": {ctr.NoDev, 0},
	"dev": {0, ctr.NoDev}, "noatime": {ctr.NoAtime, 0},
}

func change(flags *ctr.MountFlags, words map[string]flagWord, name string) bool {
	word, known := words[name]
	*flags = *flags&^word.clear | word.set
	return known
}

var resources = map[string]int{
	"cpu": syscall.RLIMIT_CPU, "fsize": syscall.RLIMIT_FSIZE, "data": syscall.RLIMIT_DATA, "stack": syscall.RLIMIT_STACK,
	"core": syscall.RLIMIT_CORE, "nofile": syscall.RLIMIT_NOFILE, "as": syscall.RLIMIT_AS,
	// Package syscall lacks these; they are the same on every processor that the library knows.
	"rss": 5, "nproc": 6, "memlock": 8, "locks": 10, "sigpending": 11, "msgqueue": 12, "nice": 13, "rtprio": 14, "rttime": 15,
}

func isDigits(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

func parseNumber(text string, most uint64) (uint64, bool) {
	number, err := strconv.ParseUint(text, 10, 64)
	return number, err == nil && isDigits(text) && number <= most
}

func parseOctal(text string) (uint32, bool) {
	number, err := strconv.ParseUint(text, 8, 32)
	return uint32(number), err == nil && isDigits(text)
}

func parseLimit(text string) (uint64, bool) {
	if text == "unlimited" || text == "-1" {
		return ctr.Unlimited, true
	}
	return parseNumber(text, math.MaxUint64-1)
}

// parsePair reads HOST or HOST:INSIDE.
func parsePair(text string) (int, int, bool) {
	first, second, more := strings.Cut(text, ":")
	if !more {
		second = first
	}
	host, is := parseNumber(first, math.MaxInt32)
	inside, are := parseNumber(second, math.MaxInt32)
	return int(host), int(inside), is && are
}

func parseRange(text string) (numbers [3]uint32, is bool) {
	parts := strings.Split(text, ":")
	for i, part := range parts {
		number, is := parseNumber(part, math.MaxUint32)
		if !is || len(parts) != 3 {
			return numbers, false
		}
		numbers[i] = uint32(number)
	}
	return numbers, true
}

// parseDecimal reads a number with up to nine decimal places, as units and billionths.
func parseDecimal(text string) (uint64, uint32, bool) {
	digits, places, more := strings.Cut(text, ".")
	whole, is := parseNumber(digits, math.MaxInt64-1)
	if !more {
		return whole, 0, is
	}
	if len(places) > 9 || !isDigits(places) {
		return 0, 0, false
	}
	billionths, _ := parseNumber(places+strings.Repeat("0", 9-len(places)), math.MaxUint32)
	return whole, uint32(billionths), is
}

func parseDuration(text string) (time.Duration, bool) {
	end := len(text) - len(strings.TrimLeft(text, "0123456789."))
	whole, billionths, is := parseDecimal(text[:end])
	unit, known := map[string]time.Duration{"": time.Second, "ms": time.Millisecond, "s": time.Second, "m": time.Minute, "h": time.Hour}[text[end:]]
	if !is || !known || whole > uint64(math.MaxInt64/unit) {
		return 0, false
	}
	exact := time.Duration(whole)*unit + time.Duration(uint64(billionths)*uint64(unit/time.Millisecond)/1000)
	return exact, exact >= 0
}

// parseSeconds reads an offset: the nanoseconds count upwards, also below zero.
func parseSeconds(text string) (int64, uint32, bool) {
	negative := strings.HasPrefix(text, "-")
	if negative || strings.HasPrefix(text, "+") {
		text = text[1:]
	}
	whole, billionths, is := parseDecimal(text)
	switch {
	case !negative:
		return int64(whole), billionths, is
	case billionths == 0:
		return -int64(whole), 0, is
	}
	return -int64(whole) - 1, 1000000000 - billionths, is
}
