/* fuzz.h: for the targets of libFuzzer: a folder of their own, and the input as a file in it. */
#ifndef DLB_FUZZ_H
#define DLB_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* This process's folder: made at the first call, removed at the end. */
const char *fuzz_folder(void);

/* The path of a file NAME ("r.json", "proc/stat") in that folder, which now holds the bytes. At most 8 names. */
const char *fuzz_file(const char *name, const uint8_t *data, size_t size);

#endif
