/* verify_cache.c: the results of a forward pass in a file, so that each network is computed once per machine.
 *
 * The file is named by a hash of what the results depend on (the graph, the fill, the seed, the build of the
 * program) and holds that text too, so that a collision is a miss. Written beside and renamed: a reader sees a
 * whole file or none. Damage is found by a checksum and is a miss. The seed of a run is random unless the user
 * gives it, so a file mostly serves the backends and repetitions of one run; verify_folder.c removes old ones. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/base/text.h"
#include "bench/run/verify_internal.h"
#include "version.h"

/* Of the layout of the file; the results depend on the build, see describe_build. */
#define CACHE_FORMAT "dlbench oracle 2"

struct header {
    char magic[24];
    uint64_t text_bytes, values; /* values: doubles, all results together */
    uint64_t checksum;           /* of the doubles */
};

static void describe_op(struct dlb_text *text, const struct dlb_op *op)
{
    const struct dlb_gemm_attrs *g = &op->attrs.gemm;
    const struct dlb_pool_attrs *p = &op->attrs.pool;
    const struct dlb_conv_attrs *c = &op->attrs.conv;
    dlb_text_format(text, "%s ", dlb_op_name(op->kind));
    for (int i = 0; i < op->input_count; i++)
        dlb_text_format(text, "%d,", op->inputs[i]);
    dlb_text_format(text, ">%d ", op->output);
    if (op->kind == DLB_OP_GEMM)
        dlb_text_format(text, "%d %d %a %a", g->ta, g->tb, g->alpha, g->beta);
    else if (dlb_bound_is_product(op->kind))
        dlb_text_format(text,
                        "%" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64
                        " %" PRId64 " %" PRId64 " %" PRId64,
                        c->stride_h, c->stride_w, c->pad_top, c->pad_left, c->pad_bottom,
                        c->pad_right, c->dilation_h, c->dilation_w, c->groups);
    else if (op->kind == DLB_OP_MAXPOOL || op->kind == DLB_OP_AVGPOOL)
        dlb_text_format(text,
                        "%" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64
                        " %" PRId64 " %" PRId64,
                        p->r, p->s, p->stride_h, p->stride_w, p->pad_top, p->pad_left,
                        p->pad_bottom, p->pad_right);
    else if (op->kind == DLB_OP_BIAS)
        dlb_text_format(text, "%d", op->attrs.bias.axis);
    else if (op->kind == DLB_OP_BATCHNORM)
        dlb_text_format(text, "%a", op->attrs.batchnorm.epsilon);
    dlb_text_append(text, "\n");
}

/* Kernels and bounds may change with every build. The commit tells releases apart, and size and time of the running
 * program tell apart what was built from edited sources. Too many builds cost a pass, too few would be wrong. */
static void describe_build(struct dlb_text *text)
{
    struct stat program = {0};
    if (stat("/proc/self/exe", &program) != 0)
        program = (struct stat){0};
    dlb_text_format(text, CACHE_FORMAT " of " DLB_VERSION " " DLB_GIT " %lld %lld.%09ld\n",
                    (long long)program.st_size, (long long)program.st_mtim.tv_sec,
                    program.st_mtim.tv_nsec);
}

/* All that the results depend on. The shapes of an op's operands say the rest of its attributes. */
static void describe(struct dlb_text *text, const struct dlb_oracle *oracle)
{
    const struct dlb_graph *graph = oracle->graph;
    describe_build(text);
    dlb_text_format(text, "seed %" PRIu64 " data %s\n", oracle->seed, dlb_fill_name(oracle->fill));
    for (int i = 0; i < graph->tensor_count; i++) {
        const struct dlb_tensor *tensor = &graph->tensors[i];
        dlb_text_format(text, "%s %s %s %a", tensor->name, dlb_role_name(tensor->role),
                        dlb_dtype_name(tensor->dtype), tensor->scale);
        for (int j = 0; j < tensor->rank; j++)
            dlb_text_format(text, " %" PRId64, tensor->dims[j]);
        dlb_text_append(text, "\n");
    }
    for (int i = 0; i < graph->op_count; i++)
        describe_op(text, &graph->ops[i]);
}

static uint64_t checksum_of(uint64_t hash, const double *values, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        uint64_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        hash = (hash ^ bits) * 0x100000001b3u; /* FNV-1a, a word at a time */
        hash ^= hash >> 32;
    }
    return hash;
}

static bool path_of(const struct dlb_text *text, const char *folder, const char *end, char *path,
                    size_t size)
{
    const int length = snprintf(path, size, "%s/%0*" PRIx64 DLB_FOLDER_END "%s", folder,
                                DLB_FOLDER_DIGITS, dlb_hash_text(text->data), end);
    return length > 0 && (size_t)length < size;
}

static struct header header_of(const struct dlb_text *text, uint64_t values, uint64_t checksum)
{
    struct header header = {.text_bytes = text->size, .values = values, .checksum = checksum};
    memcpy(header.magic, CACHE_FORMAT, sizeof CACHE_FORMAT);
    return header;
}

static bool read_all(FILE *file, void *to, size_t bytes)
{
    return fread(to, 1, bytes, file) == bytes;
}

/* The wanted doubles in the order of the tensors: values, then bounds, of each result. */
static bool load_results(struct dlb_oracle *oracle, FILE *file, const struct header *header)
{
    uint64_t checksum = 0, values = 0;
    for (int i = 0; i < oracle->graph->tensor_count; i++) {
        if (!dlb_oracle_is_compared(oracle->graph, i))
            continue;
        struct dlb_expected *expected = &oracle->expected[i];
        const int64_t count = dlb_tensor_elements(&oracle->graph->tensors[i]);
        const size_t bytes = (size_t)count * sizeof(double);
        if (dlb_expected_alloc(expected, count, false, NULL) != DLB_OK ||
            !read_all(file, expected->value, bytes) || !read_all(file, expected->bound, bytes))
            return false;
        checksum = checksum_of(checksum, expected->value, count);
        checksum = checksum_of(checksum, expected->bound, count);
        values += 2 * (uint64_t)count;
    }
    return checksum == header->checksum && values == header->values;
}

static bool load_file(struct dlb_oracle *oracle, FILE *file, const struct dlb_text *text)
{
    struct header header;
    const struct header wanted = header_of(text, 0, 0);
    if (!read_all(file, &header, sizeof header) || header.text_bytes != text->size ||
        memcmp(header.magic, wanted.magic, sizeof header.magic) != 0)
        return false;
    char *stored = malloc(text->size);
    const bool same = stored != NULL && read_all(file, stored, text->size) &&
                      memcmp(stored, text->data, text->size) == 0;
    free(stored);
    return same && load_results(oracle, file, &header);
}

bool dlb_cache_load(struct dlb_oracle *oracle, const char *folder)
{
    struct dlb_text text = {0};
    char path[512];
    bool loaded = false;
    describe(&text, oracle);
    if (!text.failed && path_of(&text, folder, "", path, sizeof path)) {
        FILE *file = fopen(path, "rbe");
        if (file != NULL) {
            loaded = load_file(oracle, file, &text);
            if (loaded)
                (void)futimens(fileno(file), NULL); /* just used */
            fclose(file);
        }
    }
    dlb_text_free(&text);
    for (int i = 0; !loaded && i < oracle->graph->tensor_count; i++)
        dlb_expected_free(&oracle->expected[i]);
    return loaded;
}

static bool write_results(const struct dlb_oracle *oracle, FILE *file, const struct dlb_text *text)
{
    uint64_t checksum = 0, values = 0;
    for (int i = 0; i < oracle->graph->tensor_count; i++) {
        const struct dlb_expected *expected = &oracle->expected[i];
        checksum = checksum_of(checksum, expected->value, expected->count);
        checksum = checksum_of(checksum, expected->bound, expected->count);
        values += 2 * (uint64_t)expected->count;
    }
    const struct header header = header_of(text, values, checksum);
    bool written = fwrite(&header, sizeof header, 1, file) == 1 &&
                   fwrite(text->data, 1, text->size, file) == text->size;
    for (int i = 0; i < oracle->graph->tensor_count && written; i++) {
        const struct dlb_expected *expected = &oracle->expected[i];
        const size_t count = (size_t)expected->count;
        written = count == 0 || (fwrite(expected->value, sizeof(double), count, file) == count &&
                                 fwrite(expected->bound, sizeof(double), count, file) == count);
    }
    return written;
}

void dlb_cache_store(const struct dlb_oracle *oracle, const char *folder)
{
    struct dlb_text text = {0};
    char path[512], fresh[512], end[32];
    (void)snprintf(end, sizeof end, ".%ld", (long)getpid());
    describe(&text, oracle);
    if (!text.failed && path_of(&text, folder, "", path, sizeof path) &&
        path_of(&text, folder, end, fresh, sizeof fresh)) {
        dlb_folder_make(folder);
        FILE *file = fopen(fresh, "wbe");
        if (file != NULL) {
            const bool written = write_results(oracle, file, &text);
            if (fclose(file) != 0 || !written || rename(fresh, path) != 0)
                (void)unlink(fresh);
        }
    }
    dlb_text_free(&text);
}
