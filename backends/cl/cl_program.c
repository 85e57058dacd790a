/* cl_program.c: a device's queue, and programs with a cache of binaries.
 *
 * A program is known by everything that decides its binary: platform, device, driver, options and source. That text stands in full at the
 * head of the file that keeps the binary, so that two programs of one hash are never taken for each other; a checksum behind it tells a damaged file. */
#include "backends/cl/cl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/clock.h"
#include "bench/base/text.h"

#define FILE_MAGIC "dlbench-program 1"
#define LOG_BYTES  1600 /* of a build log that go into the reason: a record has room for 2047 */

struct dlb_cl_program {
    struct dlb_cl_program *next;
    cl_program program;
    uint64_t hash; /* of the key */
    char *key;     /* "" for a binary of somebody else's */
    bool keep;     /* built from source, not yet in the cache */
    bool wanted;   /* asked for outside of a search */
};

enum dlb_status dlb_cl_open(struct dlb_cl *cl, const struct dlb_cl_device *device,
                            struct dlb_cl_cache *cache, struct dlb_why *why)
{
    cl_int code;
    /* Without CL_CONTEXT_PLATFORM: the device has only one, and a loader may refuse those that it has not loaded itself (ocl-icd). */
    const cl_context context = clCreateContext(NULL, 1, &device->id, NULL, NULL, &code);
    if (code != CL_SUCCESS)
        return dlb_cl_fail(why, code, "no context on %s", device->name);
    const cl_command_queue queue =
        clCreateCommandQueue(context, device->id, CL_QUEUE_PROFILING_ENABLE, &code);
    if (code != CL_SUCCESS) {
        (void)clReleaseContext(context);
        return dlb_cl_fail(why, code, "no profiling queue on %s", device->name);
    }
    *cl = (struct dlb_cl){.device = device, .context = context, .queue = queue, .cache = cache};
    return DLB_OK;
}

static void release(struct dlb_cl_program *program)
{
    if (program->program != NULL)
        (void)clReleaseProgram(program->program);
    free(program->key);
    free(program);
}

void dlb_cl_close(struct dlb_cl *cl)
{
    for (struct dlb_cl_program *program = cl->programs; program != NULL;) {
        struct dlb_cl_program *const next = program->next;
        release(program);
        program = next;
    }
    if (cl->queue != NULL)
        (void)clReleaseCommandQueue(cl->queue);
    if (cl->context != NULL)
        (void)clReleaseContext(cl->context);
    memset(cl, 0, sizeof *cl);
}

static char *make_key(const struct dlb_cl_device *device, const char *source, const char *options)
{
    struct dlb_text text = {0};
    const size_t size = strlen(source);
    dlb_text_format(&text, "%s\n%s, %u units\n%s\n%s\n%s\nsource %016llx of %zu bytes\n",
                    device->platform_name, device->name, device->compute_units, device->version,
                    device->driver, options,
                    (unsigned long long)dlb_cl_hash(DLB_CL_HASH_START, source, size), size);
    if (text.failed)
        dlb_text_free(&text);
    return text.data;
}

static struct dlb_cl_program *find_program(const struct dlb_cl *cl, const char *key, uint64_t hash)
{
    struct dlb_cl_program *program = cl->programs;
    while (program != NULL && (program->hash != hash || strcmp(program->key, key) != 0))
        program = program->next;
    return program;
}

static void file_name(uint64_t hash, char name[40])
{
    snprintf(name, 40, "program-%016llx.bin", (unsigned long long)hash);
}

/* Lines with "error" are what a person looks for: joined into one, as many as fit; where no line has it the log's first ones. */
static void join_errors(const char *log, char *text, size_t size)
{
    const bool named = strstr(log, "error") != NULL;
    size_t used = 0;
    text[0] = '\0';
    for (const char *line = log; *line != '\0' && used < size;) {
        const size_t length = strcspn(line, "\n");
        const char *const found = strstr(line, "error");
        if (length > 0 && (!named || (found != NULL && found < line + length)))
            used += (size_t)snprintf(text + used, size - used, "%s%.*s", used > 0 ? " | " : "",
                                     (int)length, line);
        line += length + (line[length] == '\n');
    }
}

/* Logs have no limit, and a call with too little room for one gives nothing of it. NULL where there is none; free it. */
static char *read_log(const struct dlb_cl *cl, cl_program program)
{
    size_t size = 0;
    char *log = NULL;
    if (clGetProgramBuildInfo(program, cl->device->id, CL_PROGRAM_BUILD_LOG, 0, NULL, &size) ==
        CL_SUCCESS)
        log = calloc(1, size + 1);
    if (log != NULL && clGetProgramBuildInfo(program, cl->device->id, CL_PROGRAM_BUILD_LOG, size,
                                             log, NULL) == CL_SUCCESS)
        return log;
    free(log);
    return NULL;
}

static enum dlb_status fail_build(const struct dlb_cl *cl, cl_program program, cl_int code,
                                  const char *label, const char *options, struct dlb_why *why)
{
    char errors[LOG_BYTES];
    char *const log = read_log(cl, program);
    join_errors(log != NULL ? log : "the runtime gives no build log", errors, sizeof errors);
    free(log);
    if (code == CL_BUILD_PROGRAM_FAILURE)
        return dlb_fail(why, DLB_FAILED, "%s does not build (%.120s): %s", label, options, errors);
    return dlb_cl_fail(why, code, "%s does not build (%.120s): %.200s", label, options, errors);
}

static enum dlb_status build_source(const struct dlb_cl *cl, const char *label, const char *source,
                                    const char *options, cl_program *program, struct dlb_why *why)
{
    cl_int code;
    const cl_program made = clCreateProgramWithSource(cl->context, 1, &source, NULL, &code);
    if (code != CL_SUCCESS)
        return dlb_cl_fail(why, code, "%s: no program", label);
    code = clBuildProgram(made, 1, &cl->device->id, options, NULL, NULL);
    if (code != CL_SUCCESS) {
        const enum dlb_status status = fail_build(cl, made, code, label, options, why);
        (void)clReleaseProgram(made);
        return status;
    }
    *program = made;
    return DLB_OK;
}

/* A program of a binary, built; NULL when the driver refuses it. */
static cl_program build_binary(const struct dlb_cl *cl, const void *bytes, size_t size,
                               const char *options, cl_int *code)
{
    const unsigned char *binary = bytes;
    cl_int refused = CL_SUCCESS;
    const cl_program made =
        clCreateProgramWithBinary(cl->context, 1, &cl->device->id, &size, &binary, &refused, code);
    if (*code != CL_SUCCESS)
        return NULL;
    *code = refused != CL_SUCCESS ? refused
                                  : clBuildProgram(made, 1, &cl->device->id, options, NULL, NULL);
    if (*code == CL_SUCCESS)
        return made;
    (void)clReleaseProgram(made);
    return NULL;
}

/* The binary in a file of the cache: behind the magic, both sizes and the checksum on one line, and the key. NULL for a file that
 * is damaged or another program's. */
static const char *binary_of(const char *file, size_t file_size, const char *key, size_t *size)
{
    size_t key_size, binary_size;
    unsigned long long checksum;
    const char *const line_end = memchr(file, '\n', file_size);
    if (line_end == NULL || strncmp(file, FILE_MAGIC " ", sizeof FILE_MAGIC) != 0 ||
        sscanf(file + sizeof FILE_MAGIC, "%zu %zu %llx", &key_size, &binary_size, &checksum) != 3)
        return NULL;
    const char *const stored = line_end + 1;
    const size_t rest = file_size - (size_t)(stored - file);
    if (key_size > rest || binary_size != rest - key_size || key_size != strlen(key) ||
        memcmp(stored, key, key_size) != 0 ||
        dlb_cl_hash(DLB_CL_HASH_START, stored, rest) != checksum)
        return NULL;
    *size = binary_size;
    return stored + key_size;
}

static cl_program load_cached(const struct dlb_cl *cl, const char *key, uint64_t hash,
                              const char *options)
{
    char name[40];
    char *file;
    size_t file_size, size;
    cl_int code;
    file_name(hash, name);
    if (cl->cache == NULL || !dlb_cl_cache_read(cl->cache, name, &file, &file_size))
        return NULL;
    const char *const binary = binary_of(file, file_size, key, &size);
    const cl_program program =
        binary == NULL ? NULL : build_binary(cl, binary, size, options, &code);
    free(file);
    return program;
}

enum dlb_status dlb_cl_build(struct dlb_cl *cl, const char *label, const char *source,
                             const char *options, cl_program *program, struct dlb_why *why)
{
    char *const key = make_key(cl->device, source, options);
    struct dlb_cl_program *made = calloc(1, sizeof *made);
    if (key == NULL || made == NULL) {
        free(key);
        free(made);
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the program %s", label);
    }
    made->key = key;
    made->hash = dlb_cl_hash(DLB_CL_HASH_START, key, strlen(key));
    struct dlb_cl_program *const known = find_program(cl, key, made->hash);
    if (known != NULL) {
        release(made);
        known->wanted = known->wanted || !cl->searching;
        *program = known->program;
        return DLB_OK;
    }
    const int64_t begin = dlb_clock_ns();
    enum dlb_status status = DLB_OK;
    made->program = load_cached(cl, key, made->hash, options);
    made->keep = made->program == NULL;
    made->wanted = !cl->searching;
    if (made->keep)
        status = build_source(cl, label, source, options, &made->program, why);
    cl->build_ns += (double)(dlb_clock_ns() - begin);
    if (status != DLB_OK) {
        release(made);
        return status;
    }
    cl->built += made->keep;
    cl->loaded += !made->keep;
    made->next = cl->programs;
    cl->programs = made;
    *program = made->program;
    return DLB_OK;
}

static enum dlb_status read_file(const char *path, char **bytes, size_t *size, struct dlb_why *why)
{
    FILE *const file = fopen(path, "rbe");
    struct dlb_text text = {0};
    if (file == NULL)
        return dlb_fail(why, DLB_INVALID, "%.300s cannot be opened", path);
    char block[65536];
    size_t count;
    while ((count = fread(block, 1, sizeof block, file)) > 0)
        dlb_text_append_bytes(&text, block, count);
    const bool failed = ferror(file) != 0 || text.failed || text.size == 0;
    fclose(file);
    if (failed) {
        dlb_text_free(&text);
        return dlb_fail(why, DLB_INVALID, "%.300s cannot be read, or is empty", path);
    }
    *bytes = text.data;
    *size = text.size;
    return DLB_OK;
}

enum dlb_status dlb_cl_load_binary(struct dlb_cl *cl, const char *path, cl_program *program,
                                   struct dlb_why *why)
{
    char *bytes;
    size_t size;
    cl_int code;
    enum dlb_status status = read_file(path, &bytes, &size, why);
    if (status != DLB_OK)
        return status;
    struct dlb_cl_program *made = calloc(1, sizeof *made);
    char *const key = strdup("");
    if (made == NULL || key == NULL) {
        status = dlb_fail(why, DLB_NO_MEMORY, "no memory for the program of %.300s", path);
    } else {
        made->program = build_binary(cl, bytes, size, "", &code);
        if (made->program == NULL)
            status = dlb_fail(why, DLB_INVALID, "%.250s was not built for %.90s: %s (%d)", path,
                              cl->device->name, dlb_cl_error_name(code), code);
    }
    free(bytes);
    if (status != DLB_OK) {
        free(key);
        free(made);
        return status;
    }
    made->key = key;
    made->next = cl->programs;
    cl->programs = made;
    *program = made->program;
    return DLB_OK;
}

/* The file of a program; what cannot be had is not kept, and built anew next time. */
static void keep(struct dlb_cl *cl, const struct dlb_cl_program *program)
{
    size_t size = 0;
    if (clGetProgramInfo(program->program, CL_PROGRAM_BINARY_SIZES, sizeof size, &size, NULL) !=
            CL_SUCCESS ||
        size == 0)
        return;
    const size_t key_size = strlen(program->key);
    unsigned char *const body = malloc(key_size + size);
    if (body == NULL)
        return;
    unsigned char *binary = body + key_size;
    memcpy(body, program->key, key_size);
    if (clGetProgramInfo(program->program, CL_PROGRAM_BINARIES, sizeof binary, (void *)&binary,
                         NULL) == CL_SUCCESS) {
        struct dlb_text file = {0};
        char name[40];
        dlb_text_format(&file, FILE_MAGIC " %zu %zu %016llx\n", key_size, size,
                        (unsigned long long)dlb_cl_hash(DLB_CL_HASH_START, body, key_size + size));
        dlb_text_append_bytes(&file, (const char *)body, key_size + size);
        file_name(program->hash, name);
        if (!file.failed)
            (void)dlb_cl_cache_write(cl->cache, name, file.data, file.size);
        dlb_text_free(&file);
    }
    free(body);
}

void dlb_cl_keep_binaries(struct dlb_cl *cl)
{
    const int64_t begin =
        dlb_clock_ns(); /* PoCL compiles here too: what every kernel is for any size of group */
    for (struct dlb_cl_program *program = cl->programs; program != NULL; program = program->next) {
        if (!program->keep || !program->wanted)
            continue;
        if (cl->cache != NULL && cl->cache->folder[0] != '\0')
            keep(cl, program);
        program->keep = false;
    }
    cl->build_ns += (double)(dlb_clock_ns() - begin);
}
