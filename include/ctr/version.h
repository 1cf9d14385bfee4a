/* SPDX-License-Identifier: MIT */
/** The version of the library: the one compiled against, and the one running. */
#ifndef CTR_VERSION_H
#define CTR_VERSION_H

#ifdef __cplusplus
extern "C" {
#endif

#define CTR_VERSION_MAJOR 0 /* changes with the binary interface */
#define CTR_VERSION_MINOR 1 /* grows with the interface */
#define CTR_VERSION_PATCH 0 /* changes without it */
#define CTR_VERSION "0.1.0" /* all three, of the headers compiled against */

/**
 * Returns the version of the library that is running, such as "0.1.0".
 *
 * Owner   the library; never freed
 * Threads any thread
 * Since   0.1
 */
const char *ctr_version(void);

#ifdef __cplusplus
}
#endif

#endif
