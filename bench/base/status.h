/* status.h: what a fallible function answers, and the reason in words.
 *
 * Every function that can fail returns enum dlb_status and, where a person should know why, fills
 * the caller's struct dlb_why ("what was wanted, what was found, what to do"). Outputs are left
 * untouched on failure. Nothing here prints or exits. */
#ifndef DLB_STATUS_H
#define DLB_STATUS_H

#include "bench/base/compiler.h"

enum dlb_status {
    DLB_OK = 0,
    DLB_INVALID,     /* the request makes no sense: bad option, shape, file content */
    DLB_UNSUPPORTED, /* this device or library cannot do it: type, shape, pass */
    DLB_UNAVAILABLE, /* library or device is not there */
    DLB_SKIPPED,     /* deliberately not done: over budget, over memory; the reason says which */
    DLB_NO_MEMORY,   /* allocation failed or would not fit */
    DLB_FAILED,      /* tried and went wrong: a library call failed */
    DLB_WRONG,       /* ran, but the answer is not the oracle's */
    DLB_TIMEOUT,     /* the watchdog ended it */
    DLB_CRASHED,     /* the process that ran it died */
    DLB_IO,          /* a file could not be read or written */
    DLB_INTERRUPTED, /* the user stopped it */
    DLB_STATUS_COUNT
};

/* A reason in words; "" when there is none. One line, no newline at its end. Long enough for the first errors of a compiler;
 * whoever prints it on a screen shortens it. */
#define DLB_WHY_SIZE 2048
struct dlb_why {
    char text[DLB_WHY_SIZE];
};

/* "ok", "invalid", "unsupported", ...; never NULL, also for a value out of range. */
const char *dlb_status_name(enum dlb_status status);

/* Inverse of dlb_status_name; returns DLB_STATUS_COUNT for an unknown name. */
enum dlb_status dlb_status_from_name(const char *name);

/* Writes the reason (truncated to fit; `why` may be NULL) and returns `status`, so that failing is
 * one statement: return dlb_fail(why, DLB_INVALID, "m must be at least 1, found %d", m); */
enum dlb_status dlb_fail(struct dlb_why *why, enum dlb_status status, const char *format, ...)
    DLB_PRINTF(3, 4);

#endif
