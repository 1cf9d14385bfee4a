/* SPDX-License-Identifier: MIT */
/*
 * Before everything else, where the command is compiled for musl by a compiler whose C++ library was configured for
 * glibc: what the headers of that library take for granted. Nothing here uses locales, so no value below is ever looked at;
 * of the C library itself every type and constant is musl's own.
 */
#ifndef CTR_MUSL_LIBSTDCXX_H
#define CTR_MUSL_LIBSTDCXX_H

#define __GLIBC_PREREQ(major, minor) 0
#define __locale_t locale_t

#ifdef __cplusplus
#include <bits/c++config.h>
#undef _GLIBCXX_USE_PTHREAD_COND_CLOCKWAIT
#undef _GLIBCXX_USE_PTHREAD_MUTEX_CLOCKLOCK
#undef _GLIBCXX_USE_PTHREAD_RWLOCK_CLOCKLOCK
#endif

#define _ISupper 0x0001
#define _ISlower 0x0002
#define _ISalpha 0x0004
#define _ISdigit 0x0008
#define _ISxdigit 0x0010
#define _ISspace 0x0020
#define _ISprint 0x0040
#define _ISblank 0x0080
#define _ISgraph 0x0100
#define _IScntrl 0x0200
#define _ISpunct 0x0400
#define _ISalnum 0x0800

#endif
