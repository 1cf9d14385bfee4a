// SPDX-License-Identifier: MIT
// Raw system calls, the only assembly of the library. No errno, no libc: the result is a value or -errno.
// Needed where libc must not be touched: in ctr-init, and in the child of clone3(CLONE_VM), whose thread-local
// errno is the suspended host thread's.
#pragma once

#include <asm/unistd.h>
#include <stdint.h>

// What runs between clone and exec shares the host's memory and never returns: a sanitizer would take for poisoned ever after what it
// marks around arrays there.
#if defined(__clang__)
#define CTR_UNWATCHED __attribute__((no_sanitize("address", "thread", "undefined")))
#else
#define CTR_UNWATCHED __attribute__((no_sanitize_address, no_sanitize_thread, no_sanitize_undefined))
#endif

namespace ctr::arch {

#if defined(__x86_64__)

inline long call6(long number, long a, long b, long c, long d, long e, long f) noexcept
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result = 0;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

// Issues a clone-like system call whose child runs entry(argument) on its own stack and never returns.
// clone3 takes (arguments, size); clone takes (flags, stack, parent_tid, child_tid, tls).
inline long clone_call(long number, long a, long b, long c, void (*entry)(void*), void* argument) noexcept
{
    register long r10 __asm__("r10") = 0;
    register long r8 __asm__("r8") = 0;
    register void (*r12)(void*) __asm__("r12") = entry;
    register void* r13 __asm__("r13") = argument;
    long result = 0;
    __asm__ volatile("syscall\n\t"
                     "testq %%rax, %%rax\n\t"
                     "jnz 1f\n\t"
                     "xorl %%ebp, %%ebp\n\t"
                     "movq %%r13, %%rdi\n\t"
                     "callq *%%r12\n\t"
                     "ud2\n"
                     "1:"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r12), "r"(r13)
                     : "rcx", "r11", "memory");
    return result;
}

#elif defined(__aarch64__)

inline long call6(long number, long a, long b, long c, long d, long e, long f) noexcept
{
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory", "cc");
    return x0;
}

inline long clone_call(long number, long a, long b, long c, void (*entry)(void*), void* argument) noexcept
{
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = 0;
    register long x4 __asm__("x4") = 0;
    register void (*x10)(void*) __asm__("x10") = entry;
    register void* x11 __asm__("x11") = argument;
    __asm__ volatile("svc #0\n\t"
                     "cbnz x0, 1f\n\t"
                     "mov x29, xzr\n\t"
                     "mov x0, x11\n\t"
                     "blr x10\n\t"
                     "brk #1\n"
                     "1:"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x10), "r"(x11)
                     : "memory", "cc");
    return x0;
}

#else
#error "ctr: this machine's system calls are not written yet (x86-64 and aarch64 are)"
#endif

inline long word(long value) noexcept { return value; }
inline long word(unsigned long value) noexcept { return static_cast<long>(value); }
inline long word(int value) noexcept { return value; }
inline long word(unsigned int value) noexcept { return static_cast<long>(value); }
inline long word(void const* value) noexcept { return reinterpret_cast<long>(value); }

inline long word(unsigned long long value) noexcept { return static_cast<long>(value); }

template <typename... Arguments>
CTR_UNWATCHED inline long call(long number, Arguments... arguments) noexcept
{
    static_assert(sizeof...(arguments) <= 6);
    long words[7] = {word(arguments)..., 0};
    long padded[6] = {0, 0, 0, 0, 0, 0};
    for (unsigned i = 0; i < sizeof...(arguments); i++)
        padded[i] = words[i];
    return call6(number, padded[0], padded[1], padded[2], padded[3], padded[4], padded[5]);
}

} // namespace ctr::arch
