// SPDX-License-Identifier: MIT
// Deadlines of other things than the clock: processor time of the whole pid namespace, and silence.
#include "child/watch.h"

#include <asm/errno.h>
#include <linux/fcntl.h>
#include <linux/stat.h>
#include <linux/time.h>

namespace ctr::child {

namespace {

constexpr uint64_t tick = second / 100; // of the times in /proc/PID/stat
constexpr uint64_t least_wait = second / 100;
constexpr uint32_t by_cpu = 1;     // CTR_DEADLINE_CPU
constexpr uint32_t by_silence = 2; // CTR_DEADLINE_SILENCE
constexpr int user_time = 14;      // fields of /proc/PID/stat, as proc(5) counts them
constexpr int children_time = 16;
constexpr int last_time = 17;

struct Entry { // as getdents64(2) gives it
    uint64_t inode;
    int64_t next;
    uint16_t size;
    uint8_t type;
    char name[1];
};

unsigned char entries[8192];

bool is_number(char const* name) noexcept
{
    for (; *name != 0; name++)
        if (*name < '0' || *name > '9')
            return false;
    return true;
}

// The sum of the fields from `first` on. The name in the second field may hold anything, but for what follows it.
uint64_t ticks_of(char const* text, long size, int first) noexcept
{
    long at = size;
    while (at > 0 && text[at - 1] != ')')
        at--;
    uint64_t sum = 0;
    uint64_t value = 0;
    for (int field = 2; at < size && field <= last_time; at++) {
        if (text[at] == ' ') {
            sum += field >= first ? value : 0;
            value = 0;
            field++;
        } else if (text[at] >= '0' && text[at] <= '9') {
            value = value * 10 + static_cast<uint64_t>(text[at] - '0');
        }
    }
    return sum;
}

// By its clock, to the nanosecond, as long as it is not reaped: /proc/PID/stat has whole ticks, and a thousand zombies that used
// less than one each would count for nothing. Pinned by tests/host/budget.c.
bool read_clock(uint64_t pid, uint64_t& time) noexcept
{
    constexpr uint64_t scheduled = 2; // CPUCLOCK_SCHED
    __kernel_timespec clock = {};
    auto const id = static_cast<int>(~pid << 3 | scheduled);
    if (call(__NR_clock_gettime, id, &clock) < 0)
        return false;
    time = static_cast<uint64_t>(clock.tv_sec) * second + static_cast<uint64_t>(clock.tv_nsec);
    return true;
}

uint64_t number_of(char const* digits) noexcept
{
    uint64_t number = 0;
    for (; *digits != 0; digits++)
        number = number * 10 + static_cast<uint64_t>(*digits - '0');
    return number;
}

// What a process and those that it has waited for have used. Of pid 1, which is ctr-init, only the latter.
uint64_t time_of_process(int proc, char const* pid) noexcept
{
    char path[32] = {};
    unsigned long const digits = length(pid);
    for (unsigned long i = 0; i < digits && i < 16; i++)
        path[i] = pid[i];
    char const* const file = "/stat";
    for (unsigned long i = 0; i < 6; i++)
        path[digits + i] = file[i];
    char text[512];
    int const fd = static_cast<int>(call(__NR_openat, proc, path, O_RDONLY | O_CLOEXEC, 0));
    long const got = fd < 0 ? -1 : call(__NR_read, fd, text, sizeof text);
    if (fd >= 0)
        (void)call(__NR_close, fd);
    uint64_t own = 0;
    bool const known = number_of(pid) == 1 || read_clock(number_of(pid), own);
    return got <= 0 ? own : own + ticks_of(text, got, known ? children_time : user_time) * tick;
}

uint64_t used_time(int proc) noexcept
{
    uint64_t time = 0;
    (void)call(__NR_lseek, proc, 0, 0);
    long got = 0;
    while ((got = call(__NR_getdents64, proc, entries, sizeof entries)) > 0)
        for (long at = 0; at < got;) {
            auto const* entry = reinterpret_cast<Entry const*>(entries + at);
            if (is_number(entry->name))
                time += time_of_process(proc, entry->name);
            at += entry->size;
        }
    return time;
}

uint64_t processors() noexcept
{
    uint64_t mask[128] = {};
    long const got = call(__NR_sched_getaffinity, 0, sizeof mask, mask);
    uint64_t count = 0;
    for (long i = 0; i < got / 8; i++)
        for (uint64_t bits = mask[i]; bits != 0; bits &= bits - 1)
            count++;
    return count == 0 ? 1 : count;
}

// A write leaves its time on the file. The clock of that may be set, so it is only believed within the time that has
// passed since the last look.
void note_writes(Command& command, uint64_t time) noexcept
{
    for (int i = 0; i < plan::capture_count; i++) {
        struct statx status = {};
        if (command.watched[i] < 0 || call(__NR_statx, command.watched[i], "", AT_EMPTY_PATH, STATX_MTIME, &status) < 0)
            continue;
        __kernel_timespec& written = command.written[i];
        if (status.stx_mtime.tv_sec == written.tv_sec && status.stx_mtime.tv_nsec == written.tv_nsec)
            continue;
        written = {status.stx_mtime.tv_sec, status.stx_mtime.tv_nsec};
        __kernel_timespec clock = {};
        (void)call(__NR_clock_gettime, CLOCK_REALTIME, &clock); // cannot fail
        int64_t const age =
            (clock.tv_sec - written.tv_sec) * static_cast<int64_t>(second) + clock.tv_nsec - written.tv_nsec;
        uint64_t const most = time - command.output;
        uint64_t const believed = age < 0 ? 0 : static_cast<uint64_t>(age) > most ? most : static_cast<uint64_t>(age);
        command.output = time - believed;
    }
}

} // namespace

void prepare_budget(Command& command, State const& state) noexcept
{
    plan::Supervision const& supervision = state.image->supervision;
    command.cpu_ns = supervision.cpu_ns;
    command.silence_ns = supervision.silence_ns;
    command.output = command.since;
    command.proc = supervision.proc < 0 ? -1 : number(state, supervision.proc);
    for (int i = 0; i < plan::capture_count; i++)
        command.watched[i] = supervision.watched[i] < 0 ? -1 : number(state, supervision.watched[i]);
    command.look = command.cpu_ns > 0 || command.silence_ns > 0 ? command.since + least_wait : 0;
}

void keep_budget(Command& command) noexcept
{
    uint64_t const time = now();
    uint64_t next = time + second;
    if (command.silence_ns > 0) {
        note_writes(command, time);
        if (time - command.output >= command.silence_ns)
            return pass_deadline(command, by_silence);
        uint64_t const due = command.output + command.silence_ns;
        next = command.cpu_ns > 0 && next < due ? next : due;
    }
    if (command.cpu_ns > 0) {
        uint64_t const used = used_time(command.proc);
        if (used >= command.cpu_ns)
            return pass_deadline(command, by_cpu);
        uint64_t const left = (command.cpu_ns - used) / processors();
        uint64_t const due = time + (left < least_wait ? least_wait : left);
        next = due < next ? due : next;
    }
    command.look = next;
}

} // namespace ctr::child
