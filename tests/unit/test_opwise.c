/* test_opwise.c: the executor with an op table that computes with the reference kernels and counts what is asked of it:
 * fusion, aliases, the memory plan, memory of the table's own, rotating sets, private layouts, failures on the way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backends/opwise.h"
#include "backends/opwise_plan.h"
#include "bench/base/memory.h"
#include "bench/base/random.h"
#include "kernels/reference/reference.h"

/* An allocation that cannot succeed must come back as NULL under AddressSanitizer too. The sanitizer chose the name. */
/* NOLINTBEGIN(bugprone-reserved-identifier) */
const char *__asan_default_options(void);
DLB_EXPORT const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}
/* NOLINTEND(bugprone-reserved-identifier) */

struct dlb_context {
    bool fuses;    /* accepts any chain */
    bool reverses; /* keeps every tensor but the results in reverse order: a private layout */
    enum dlb_op_kind refused; /* an op kind that is not supported; DLB_OP_COUNT: none */
    int fail_prepare;         /* the number of the prepare call that fails, from 1 */
    int fail_run;             /* likewise */
    int prepared, discarded, runs, layouts, flattens;
    size_t scratch_bytes;
    int inner_buffers; /* buffers seen for tensors inside fused groups */
    bool remote;       /* buffers are handles of parts, see struct part */
    int fail_memory;   /* the number of the allocate or part call that fails, from 1 */
    int memory_calls, blocks, parts;
    int copies; /* imports and exports */
};

/* Memory out of the host's reach, as far as the executor can tell: what it holds is no address of the bytes. */
struct block {
    size_t bytes;
    unsigned char *data;
};
struct part {
    const struct block *block;
    size_t offset, bytes;
};

/* The bytes of a buffer. */
static void *reach(const struct dlb_context *context, const void *buffer)
{
    const struct part *part = buffer;
    return context->remote ? part->block->data + part->offset : (void *)(uintptr_t)buffer;
}

struct mock_step {
    const struct dlb_graph *graph;
    struct dlb_group group;
    const struct dlb_opwise_value *values;
};

static enum dlb_status mock_supports(struct dlb_context *context, const struct dlb_graph *graph,
                                     const struct dlb_group *group, struct dlb_why *why)
{
    if (group->epilogue_count > 0 && !context->fuses)
        return dlb_fail(why, DLB_UNSUPPORTED, "no chains");
    if (graph->ops[group->root].kind == context->refused)
        return dlb_fail(why, DLB_UNSUPPORTED, "refused by the test");
    return DLB_OK;
}

static void choose_layout(struct dlb_context *context, struct dlb_opwise_value *value)
{
    if (!context->reverses || value->settled || value->tensor->role == DLB_ROLE_OUTPUT)
        return;
    value->layout = malloc(1);
    value->bytes += 64; /* a layout may need more room */
    context->layouts++;
}

static enum dlb_status mock_prepare(struct dlb_context *context, const struct dlb_opwise_args *args,
                                    struct dlb_opwise_step *step, struct dlb_why *why)
{
    if (++context->prepared == context->fail_prepare) {
        context->prepared--;
        return dlb_fail(why, DLB_FAILED, "prepare fails by order");
    }
    const struct dlb_op *op = &args->graph->ops[args->group->root];
    struct mock_step *state = malloc(sizeof *state);
    *state = (struct mock_step){args->graph, *args->group, args->values};
    step->state = state;
    step->scratch_bytes = context->scratch_bytes * (size_t)context->prepared;
    snprintf(step->implementation, sizeof step->implementation, "mock_%s", dlb_op_name(op->kind));
    context->flattens += op->kind == DLB_OP_FLATTEN;
    for (int i = 0; i < op->input_count; i++)
        choose_layout(context, &args->values[op->inputs[i]]);
    choose_layout(context, &args->values[op->output]);
    return DLB_OK;
}

/* Copies a tensor out of its layout, or into it: reversing is its own inverse. */
static void convert(const struct dlb_opwise_value *value, const void *from, void *to)
{
    const size_t size = dlb_dtype_size(value->tensor->dtype);
    const size_t count = (size_t)dlb_tensor_elements(value->tensor);
    for (size_t i = 0; i < count; i++)
        memcpy((char *)to + (value->layout != NULL ? count - 1 - i : i) * size,
               (const char *)from + i * size, size);
}

static enum dlb_status mock_run(struct dlb_context *context, const struct dlb_opwise_step *step,
                                void *const *buffers, void *scratch, struct dlb_why *why)
{
    const struct mock_step *state = step->state;
    void *plain[32] = {0};
    if (++context->runs == context->fail_run)
        return dlb_fail(why, DLB_FAILED, "run fails by order");
    if (step->scratch_bytes > 0)
        memset(reach(context, scratch), 0x77, step->scratch_bytes);
    for (int i = 0; i < state->graph->tensor_count; i++) {
        plain[i] = malloc((size_t)dlb_tensor_bytes(&state->graph->tensors[i]));
        if (buffers[i] != NULL)
            convert(&state->values[i], reach(context, buffers[i]), plain[i]);
    }
    const int output = dlb_group_output(state->graph, &state->group);
    dlb_reference_run(state->graph, &state->graph->ops[state->group.root], plain);
    for (int i = 0; i < state->group.epilogue_count; i++) {
        const int before = i == 0 ? state->group.root : state->group.epilogue[i - 1];
        context->inner_buffers += buffers[state->graph->ops[before].output] != NULL;
        dlb_reference_run(state->graph, &state->graph->ops[state->group.epilogue[i]], plain);
    }
    convert(&state->values[output], plain[output], reach(context, buffers[output]));
    for (int i = 0; i < state->graph->tensor_count; i++)
        free(plain[i]);
    return DLB_OK;
}

static void mock_discard(struct dlb_context *context, struct dlb_opwise_step *step)
{
    context->discarded++;
    free(step->state);
}

static enum dlb_status mock_import(struct dlb_context *context,
                                   const struct dlb_opwise_value *value, const void *host,
                                   void *buffer, struct dlb_why *why)
{
    (void)why;
    context->copies++;
    convert(value, host, reach(context, buffer));
    return DLB_OK;
}

static enum dlb_status mock_export(struct dlb_context *context,
                                   const struct dlb_opwise_value *value, const void *buffer,
                                   void *host, struct dlb_why *why)
{
    (void)why;
    context->copies++;
    convert(value, reach(context, buffer), host);
    return DLB_OK;
}

static void mock_release_layout(struct dlb_context *context, void *layout)
{
    context->layouts--;
    free(layout);
}

static const struct dlb_opwise_ops plain_ops = {
    .supports = mock_supports,
    .prepare = mock_prepare,
    .run = mock_run,
    .discard = mock_discard,
};

static const struct dlb_opwise_ops layout_ops = {
    .supports = mock_supports,
    .prepare = mock_prepare,
    .run = mock_run,
    .discard = mock_discard,
    .import = mock_import,
    .export = mock_export,
    .release_layout = mock_release_layout,
};

static enum dlb_status mock_memory_call(struct dlb_context *context, struct dlb_why *why)
{
    if (++context->memory_calls == context->fail_memory)
        return dlb_fail(why, DLB_NO_MEMORY, "full by order");
    return DLB_OK;
}

static enum dlb_status mock_allocate(struct dlb_context *context, size_t bytes, void **block,
                                     struct dlb_why *why)
{
    if (bytes == 0)
        return dlb_fail(why, DLB_FAILED, "a tensor's block is never empty");
    const enum dlb_status status = mock_memory_call(context, why);
    if (status != DLB_OK)
        return status;
    struct block *made = malloc(sizeof *made);
    *made = (struct block){bytes, malloc(bytes)};
    *block = made;
    context->blocks++;
    return DLB_OK;
}

static void mock_release(struct dlb_context *context, void *block)
{
    struct block *old = block;
    context->blocks--;
    free(old->data);
    free(old);
}

static enum dlb_status mock_part(struct dlb_context *context, void *block, size_t offset,
                                 size_t bytes, void **part, struct dlb_why *why)
{
    const struct block *whole = block;
    assert_true(bytes >= 1 && offset + bytes <= whole->bytes);
    assert_int_equal(offset % 128, 0);
    const enum dlb_status status = mock_memory_call(context, why);
    if (status != DLB_OK)
        return status;
    struct part *made = malloc(sizeof *made);
    *made = (struct part){whole, offset, bytes};
    *part = made;
    context->parts++;
    return DLB_OK;
}

static void mock_release_part(struct dlb_context *context, void *part)
{
    context->parts--;
    free(part);
}

static const struct dlb_opwise_memory mock_memory = {
    .alignment = 128,
    .allocate = mock_allocate,
    .release = mock_release,
    .part = mock_part,
    .release_part = mock_release_part,
};

/* A device with memory of its own, and plain layouts. */
static const struct dlb_opwise_ops remote_ops = {
    .memory = &mock_memory,
    .plain_layouts = true,
    .supports = mock_supports,
    .prepare = mock_prepare,
    .run = mock_run,
    .discard = mock_discard,
    .import = mock_import,
    .export = mock_export,
    .release_layout = mock_release_layout,
};

/* The same with layouts of its own. */
static const struct dlb_opwise_ops remote_layout_ops = {
    .memory = &mock_memory,
    .supports = mock_supports,
    .prepare = mock_prepare,
    .run = mock_run,
    .discard = mock_discard,
    .import = mock_import,
    .export = mock_export,
    .release_layout = mock_release_layout,
};

static struct dlb_context new_context(void)
{
    return (struct dlb_context){.refused = DLB_OP_COUNT};
}

/* x (2 x 3 x 4 x 4) -> conv -> bias -> relu -> maxpool -> flatten -> gemm -> softmax, f32. */
static void build_network(struct dlb_graph *graph)
{
    const struct dlb_conv_attrs conv = {.n = 2,
                                        .c = 3,
                                        .h = 4,
                                        .w = 4,
                                        .k = 5,
                                        .r = 3,
                                        .s = 3,
                                        .stride_h = 1,
                                        .stride_w = 1,
                                        .pad_top = 1,
                                        .pad_left = 1,
                                        .pad_bottom = 1,
                                        .pad_right = 1,
                                        .dilation_h = 1,
                                        .dilation_w = 1,
                                        .groups = 1};
    const struct dlb_pool_attrs pool = {.r = 2, .s = 2, .stride_h = 2, .stride_w = 2};
    const struct dlb_gemm_attrs gemm = {.m = 2, .n = 7, .k = 20, .batch = 1, .alpha = 1};
    dlb_graph_init(graph, "network", 2);
    const int x =
        dlb_graph_tensor(graph, "x", DLB_ROLE_INPUT, DLB_DTYPE_F32, 4, (int64_t[]){2, 3, 4, 4});
    const int w =
        dlb_graph_tensor(graph, "w", DLB_ROLE_WEIGHT, DLB_DTYPE_F32, 4, (int64_t[]){5, 3, 3, 3});
    const int b = dlb_graph_tensor(graph, "b", DLB_ROLE_WEIGHT, DLB_DTYPE_F32, 1, (int64_t[]){5});
    const int v =
        dlb_graph_tensor(graph, "v", DLB_ROLE_WEIGHT, DLB_DTYPE_F32, 2, (int64_t[]){20, 7});
    int y = dlb_graph_conv(graph, DLB_OP_CONV, x, w, &conv);
    y = dlb_graph_relu(graph, dlb_graph_bias(graph, y, b, 1));
    y = dlb_graph_flatten(graph, dlb_graph_pool(graph, DLB_OP_MAXPOOL, y, &pool));
    y = dlb_graph_softmax(graph, dlb_graph_gemm(graph, y, v, -1, &gemm));
    dlb_graph_output(graph, y);
    assert_int_equal(dlb_graph_finish(graph, NULL), DLB_OK);
}

/* Bytes of the only OUTPUT, and its index. */
static int find_output(const struct dlb_graph *graph)
{
    for (int i = 0; i < graph->tensor_count; i++)
        if (graph->tensors[i].role == DLB_ROLE_OUTPUT)
            return i;
    return -1;
}

static void write_inputs(struct dlb_work *work, const struct dlb_graph *graph, int set,
                         uint64_t seed)
{
    for (int i = 0; i < graph->tensor_count; i++) {
        if (graph->tensors[i].role > DLB_ROLE_STATE)
            continue;
        void *host = malloc((size_t)dlb_tensor_bytes(&graph->tensors[i]));
        dlb_graph_fill(graph, i, DLB_FILL_RANDOM, seed, host);
        assert_int_equal(dlb_opwise_write(work, set, i, host, NULL), DLB_OK);
        free(host);
    }
}

/* The right result for inputs of the seed; good until the next call. */
static const void *reference_result(const struct dlb_graph *graph, uint64_t seed, int result)
{
    static _Alignas(8) unsigned char memory[32][4096];
    void *buffers[32];
    for (int i = 0; i < 32; i++)
        buffers[i] = memory[i];
    for (int i = 0; i < graph->tensor_count; i++) {
        assert_true(i < 32 && dlb_tensor_bytes(&graph->tensors[i]) <= (int64_t)sizeof memory[0]);
        if (graph->tensors[i].role <= DLB_ROLE_STATE)
            dlb_graph_fill(graph, i, DLB_FILL_RANDOM, seed, buffers[i]);
    }
    for (int i = 0; i < graph->op_count; i++)
        dlb_reference_run(graph, &graph->ops[i], buffers);
    return buffers[result];
}

static void expect_result(struct dlb_work *work, const struct dlb_graph *graph, int set,
                          uint64_t seed)
{
    _Alignas(8) unsigned char found[4096];
    const int result = find_output(graph);
    const void *wanted = reference_result(graph, seed, result);
    assert_int_equal(dlb_opwise_read(work, set, result, found, NULL), DLB_OK);
    assert_memory_equal(found, wanted, (size_t)dlb_tensor_bytes(&graph->tensors[result]));
}

static void poison(struct dlb_work *work, const struct dlb_graph *graph, int set)
{
    const int result = find_output(graph);
    const size_t bytes = (size_t)dlb_tensor_bytes(&graph->tensors[result]);
    void *host = malloc(bytes);
    memset(host, 0xff, bytes);
    assert_int_equal(dlb_opwise_write(work, set, result, host, NULL), DLB_OK);
    free(host);
}

/* ---- The plan ------------------------------------------------------------------------------------- */

static void test_plan_random(void **state)
{
    (void)state;
    struct dlb_random random;
    dlb_random_seed(&random, 5);
    for (int trial = 0; trial < 200; trial++) {
        struct dlb_opwise_slot slots[40];
        const int count = 1 + (int)dlb_random_below(&random, 40);
        size_t sum = 0, arena;
        for (int i = 0; i < count; i++) {
            slots[i].bytes = (size_t)dlb_random_below(&random, 100000);
            slots[i].first = (int)dlb_random_below(&random, 30);
            slots[i].last = slots[i].first + (int)dlb_random_below(&random, 6);
            sum += slots[i].bytes + DLB_ALIGNMENT;
        }
        assert_true(dlb_opwise_place(slots, count, &arena));
        assert_true(arena <= sum);
        for (int i = 0; i < count; i++) {
            assert_int_equal(slots[i].offset % DLB_ALIGNMENT, 0);
            assert_true(slots[i].offset + slots[i].bytes <= arena);
            for (int j = 0; j < i; j++) {
                const bool together =
                    slots[i].first <= slots[j].last && slots[j].first <= slots[i].last;
                const bool apart = slots[i].offset + slots[i].bytes <= slots[j].offset ||
                                   slots[j].offset + slots[j].bytes <= slots[i].offset;
                if (slots[i].bytes > 0 && slots[j].bytes > 0)
                    assert_true(!together || apart);
            }
        }
    }
}

static void test_plan_shares(void **state)
{
    (void)state;
    struct dlb_opwise_slot chain[20];
    size_t arena;
    for (int i = 0; i < 20; i++)
        chain[i] = (struct dlb_opwise_slot){.bytes = 10000, .first = i, .last = i + 1};
    assert_true(dlb_opwise_place(chain, 20, &arena));
    assert_int_equal(arena, 12288 + 12288); /* two pages-aligned buffers taken in turn */
    assert_true(dlb_opwise_place(chain, 0, &arena));
    assert_int_equal(arena, 0);
    struct dlb_opwise_slot huge[2] = {{.bytes = SIZE_MAX - 100, .first = 0, .last = 1},
                                      {.bytes = 4096, .first = 0, .last = 1}};
    assert_false(dlb_opwise_place(huge, 2, &arena));
}

/* ---- Running -------------------------------------------------------------------------------------- */

static void run_network(struct dlb_context *context, const struct dlb_opwise_ops *ops,
                        struct dlb_work_info *info)
{
    struct dlb_graph graph;
    struct dlb_work *work = NULL;
    build_network(&graph);
    assert_int_equal(dlb_opwise_supports(ops, context, &graph, NULL), DLB_OK);
    assert_int_equal(dlb_opwise_prepare(ops, context, &graph, 2, &work, NULL), DLB_OK);
    for (int set = 0; set < 2; set++) {
        write_inputs(work, &graph, set, (uint64_t)set);
        poison(work, &graph, set);
    }
    assert_int_equal(dlb_opwise_submit(work, 0, 2, NULL), DLB_OK);
    for (int again = 0; again < 2; again++) {
        for (int set = 0; set < 2; set++)
            expect_result(work, &graph, set, (uint64_t)set);
        assert_int_equal(dlb_opwise_submit(work, 1, 5, NULL), DLB_OK);
    }
    memset(info, 0, sizeof *info);
    dlb_opwise_info(work, info);
    dlb_opwise_discard(work);
    dlb_graph_free(&graph);
    assert_int_equal(context->prepared, context->discarded);
    assert_int_equal(context->layouts, 0);
}

static void test_network(void **state)
{
    (void)state;
    struct dlb_work_info info;
    struct dlb_context context = new_context();
    context.scratch_bytes = 1000;
    run_network(&context, &plain_ops, &info);
    assert_int_equal(context.prepared, 6); /* the flatten is an alias */
    assert_int_equal(context.flattens, 0);
    assert_string_equal(info.implementation, "mock_conv; mock_bias; mock_relu; mock_maxpool; "
                                             "mock_gemm; mock_softmax");
    /* Per set: x w b v out and an arena of two, each a page; scratch of the hungriest step, once. */
    assert_int_equal(info.memory_bytes, 2 * 7 * 4096 + 6 * 1000);
}

static void test_fused_network(void **state)
{
    (void)state;
    struct dlb_work_info info;
    struct dlb_context context = new_context();
    context.fuses = true;
    run_network(&context, &plain_ops, &info);
    assert_int_equal(context.prepared, 4); /* conv+bias+relu, maxpool, gemm, softmax */
    assert_int_equal(context.inner_buffers, 0);
    assert_string_equal(info.implementation, "mock_conv; mock_maxpool; mock_gemm; mock_softmax");
}

/* With layouts of its own the table sees the flatten; whatever the host reads and writes is plain. */
static void test_private_layouts(void **state)
{
    (void)state;
    for (int fuses = 0; fuses < 2; fuses++) {
        struct dlb_work_info info;
        struct dlb_context context = new_context();
        context.reverses = true;
        context.fuses = fuses != 0;
        run_network(&context, &layout_ops, &info);
        assert_int_equal(context.flattens, 1);
    }
}

/* Blocks hold the sets and the scratch, parts the buffers; import and export copy, and all is given back. */
static void test_remote_memory(void **state)
{
    (void)state;
    struct dlb_work_info info;
    struct dlb_context context = new_context();
    context.remote = true;
    context.scratch_bytes = 1000;
    run_network(&context, &remote_ops, &info);
    assert_int_equal(context.flattens, 0); /* layouts are plain: an alias, whose part is shared */
    assert_int_equal(info.memory_bytes, 2 * 7 * 4096 + 6 * 1000);
    assert_int_equal(context.copies, 2 * 5 + 2 * 2);
    /* x w b v out and five temporaries in two sets, one scratch; three blocks. */
    assert_int_equal(context.memory_calls, 2 * (1 + 10) + 2);
    assert_int_equal(context.blocks, 0);
    assert_int_equal(context.parts, 0);
}

static void test_remote_layouts(void **state)
{
    (void)state;
    for (int fuses = 0; fuses < 2; fuses++) {
        struct dlb_work_info info;
        struct dlb_context context = new_context();
        context.remote = true;
        context.reverses = true;
        context.fuses = fuses != 0;
        run_network(&context, &remote_layout_ops, &info);
        assert_int_equal(context.flattens, 1);
        assert_int_equal(context.blocks, 0);
        assert_int_equal(context.parts, 0);
    }
}

/* Whichever call finds the device full: the reason is told and nothing stays behind. */
static void test_remote_full(void **state)
{
    (void)state;
    struct dlb_graph graph;
    build_network(&graph);
    for (int fail = 1; fail <= 2 * (1 + 10) + 2; fail++) {
        struct dlb_why why = {""};
        struct dlb_work *work = NULL;
        struct dlb_context context = new_context();
        context.remote = true;
        context.scratch_bytes = 10;
        context.fail_memory = fail;
        assert_int_equal(dlb_opwise_prepare(&remote_ops, &context, &graph, 2, &work, &why),
                         DLB_NO_MEMORY);
        assert_non_null(strstr(why.text, "full by order"));
        assert_null(work);
        assert_int_equal(context.blocks, 0);
        assert_int_equal(context.parts, 0);
        assert_int_equal(context.prepared, context.discarded);
    }
    dlb_graph_free(&graph);
}

/* C += A B, each execution once more, on the sets whose turn it is. */
static void test_state_and_rotation(void **state)
{
    (void)state;
    const struct dlb_gemm_attrs attrs = {.m = 1, .n = 1, .k = 1, .batch = 1, .alpha = 1, .beta = 1};
    struct dlb_graph graph;
    dlb_graph_init(&graph, "state", 1);
    const int64_t one[2] = {1, 1};
    const int a = dlb_graph_tensor(&graph, "a", DLB_ROLE_INPUT, DLB_DTYPE_F32, 2, one);
    const int b = dlb_graph_tensor(&graph, "b", DLB_ROLE_WEIGHT, DLB_DTYPE_F32, 2, one);
    const int c = dlb_graph_tensor(&graph, "c", DLB_ROLE_STATE, DLB_DTYPE_F32, 2, one);
    assert_int_equal(dlb_graph_gemm(&graph, a, b, c, &attrs), c);
    assert_int_equal(dlb_graph_finish(&graph, NULL), DLB_OK);
    struct dlb_context context = new_context();
    struct dlb_work *work = NULL;
    assert_int_equal(dlb_opwise_prepare(&plain_ops, &context, &graph, 3, &work, NULL), DLB_OK);
    for (int set = 0; set < 3; set++) {
        const float values[3] = {1, (float)(set + 1), 100};
        assert_int_equal(dlb_opwise_write(work, set, a, &values[0], NULL), DLB_OK);
        assert_int_equal(dlb_opwise_write(work, set, b, &values[1], NULL), DLB_OK);
        assert_int_equal(dlb_opwise_write(work, set, c, &values[2], NULL), DLB_OK);
    }
    assert_int_equal(dlb_opwise_submit(work, 2, 5, NULL), DLB_OK); /* sets 2 0 1 2 0 */
    const float wanted[3] = {102, 102, 106};
    for (int set = 0; set < 3; set++) {
        float found;
        assert_int_equal(dlb_opwise_read(work, set, c, &found, NULL), DLB_OK);
        assert_true(found == wanted[set]);
    }
    assert_int_equal(dlb_opwise_submit(work, 0, 0, NULL), DLB_OK);
    assert_int_equal(context.runs, 5);
    dlb_opwise_discard(work);
    dlb_graph_free(&graph);
}

/* A flatten from an input to a result is a copy: poisoning the result must leave the input alone. */
static void test_flatten_alone(void **state)
{
    (void)state;
    struct dlb_graph graph;
    dlb_graph_init(&graph, "flatten", 1);
    const int x =
        dlb_graph_tensor(&graph, "x", DLB_ROLE_INPUT, DLB_DTYPE_F32, 3, (int64_t[]){2, 3, 4});
    dlb_graph_output(&graph, dlb_graph_flatten(&graph, x));
    assert_int_equal(dlb_graph_finish(&graph, NULL), DLB_OK);
    struct dlb_context context = new_context();
    struct dlb_work *work = NULL;
    assert_int_equal(dlb_opwise_prepare(&plain_ops, &context, &graph, 1, &work, NULL), DLB_OK);
    write_inputs(work, &graph, 0, 3);
    poison(work, &graph, 0);
    assert_int_equal(dlb_opwise_submit(work, 0, 1, NULL), DLB_OK);
    expect_result(work, &graph, 0, 3);
    assert_int_equal(context.flattens, 1);
    dlb_opwise_discard(work);
    context.refused = DLB_OP_FLATTEN;
    assert_int_equal(dlb_opwise_supports(&plain_ops, &context, &graph, NULL), DLB_UNSUPPORTED);
    dlb_graph_free(&graph);
}

/* A flatten of a temporary into a result shares its buffer, which then does not lie in the arena. */
static void test_flatten_result(void **state)
{
    (void)state;
    struct dlb_graph graph;
    dlb_graph_init(&graph, "flatten", 1);
    int y = dlb_graph_tensor(&graph, "x", DLB_ROLE_INPUT, DLB_DTYPE_F32, 3, (int64_t[]){2, 3, 4});
    y = dlb_graph_flatten(&graph, dlb_graph_relu(&graph, y));
    dlb_graph_output(&graph, y);
    for (int i = 0; i < 4; i++)
        y = dlb_graph_relu(&graph, y);
    dlb_graph_output(&graph, y);
    assert_int_equal(dlb_graph_finish(&graph, NULL), DLB_OK);
    struct dlb_context context = new_context();
    struct dlb_work *work = NULL;
    assert_int_equal(dlb_opwise_prepare(&plain_ops, &context, &graph, 1, &work, NULL), DLB_OK);
    write_inputs(work, &graph, 0, 3);
    assert_int_equal(dlb_opwise_submit(work, 0, 2, NULL), DLB_OK);
    expect_result(work, &graph, 0, 3);
    assert_int_equal(context.flattens, 0);
    dlb_opwise_discard(work);
    dlb_graph_free(&graph);
}

/* ---- Refusals and failures ------------------------------------------------------------------------ */

static void test_unsupported(void **state)
{
    (void)state;
    struct dlb_graph graph;
    struct dlb_why why = {""};
    struct dlb_context context = new_context();
    context.refused = DLB_OP_SOFTMAX;
    build_network(&graph);
    assert_int_equal(dlb_opwise_supports(&plain_ops, &context, &graph, &why), DLB_UNSUPPORTED);
    assert_string_equal(why.text, "softmax: refused by the test");
    context.refused = DLB_OP_FLATTEN; /* plain: nothing to do for it */
    assert_int_equal(dlb_opwise_supports(&remote_ops, &context, &graph, &why), DLB_OK);
    assert_int_equal(dlb_opwise_supports(&plain_ops, &context, &graph, &why), DLB_OK);
    assert_int_equal(dlb_opwise_supports(&layout_ops, &context, &graph, &why), DLB_UNSUPPORTED);
    dlb_graph_free(&graph);
}

static void test_prepare_fails(void **state)
{
    (void)state;
    struct dlb_graph graph;
    build_network(&graph);
    for (int fail = 1; fail <= 7; fail++) {
        struct dlb_why why = {""};
        struct dlb_work *work = NULL;
        struct dlb_context context = new_context();
        context.reverses = true;
        context.fail_prepare = fail;
        assert_int_equal(dlb_opwise_prepare(&layout_ops, &context, &graph, 1, &work, &why),
                         DLB_FAILED);
        assert_string_equal(why.text, "prepare fails by order");
        assert_null(work);
        assert_int_equal(context.prepared, fail - 1);
        assert_int_equal(context.discarded, fail - 1);
        assert_int_equal(context.layouts, 0);
    }
    dlb_graph_free(&graph);
}

static void test_run_fails(void **state)
{
    (void)state;
    struct dlb_graph graph;
    struct dlb_why why = {""};
    struct dlb_work *work = NULL;
    struct dlb_context context = new_context();
    build_network(&graph);
    assert_int_equal(dlb_opwise_prepare(&plain_ops, &context, &graph, 1, &work, NULL), DLB_OK);
    write_inputs(work, &graph, 0, 1);
    context.fail_run = 4;
    assert_int_equal(dlb_opwise_submit(work, 0, 3, &why), DLB_FAILED);
    assert_string_equal(why.text, "run fails by order");
    assert_int_equal(context.runs, 4);
    dlb_opwise_discard(work);
    dlb_graph_free(&graph);
}

static void test_no_memory(void **state)
{
    (void)state;
    const int64_t huge[2] = {INT64_C(1) << 40, 1 << 13}; /* 2^55 bytes: more than an address has */
    struct dlb_graph graph;
    struct dlb_why why = {""};
    struct dlb_work *work = NULL;
    struct dlb_context context = new_context();
    dlb_graph_init(&graph, "huge", 1);
    const int x = dlb_graph_tensor(&graph, "x", DLB_ROLE_INPUT, DLB_DTYPE_F32, 2, huge);
    dlb_graph_output(&graph, dlb_graph_relu(&graph, x));
    assert_int_equal(dlb_graph_finish(&graph, NULL), DLB_OK);
    assert_int_equal(dlb_opwise_prepare(&plain_ops, &context, &graph, 1, &work, &why),
                     DLB_NO_MEMORY);
    assert_non_null(strstr(why.text, "72057594037927936 bytes"));
    assert_int_equal(dlb_opwise_prepare(&plain_ops, &context, &graph, 1000, &work, &why),
                     DLB_NO_MEMORY);
    assert_non_null(strstr(why.text, "overflow"));
    assert_int_equal(context.prepared, context.discarded);
    dlb_graph_free(&graph);
}

static void test_bad_access(void **state)
{
    (void)state;
    struct dlb_graph graph;
    struct dlb_why why = {""};
    struct dlb_work *work = NULL;
    struct dlb_context context = new_context();
    context.fuses = true;
    float host[256];
    build_network(&graph);
    assert_int_equal(dlb_opwise_prepare(&plain_ops, &context, &graph, 2, &work, NULL), DLB_OK);
    assert_int_equal(dlb_opwise_read(work, 2, 0, host, &why), DLB_INVALID);
    assert_int_equal(dlb_opwise_read(work, -1, 0, host, &why), DLB_INVALID);
    assert_int_equal(dlb_opwise_read(work, 0, 99, host, &why), DLB_INVALID);
    assert_int_equal(dlb_opwise_read(work, 0, graph.ops[0].output, host, &why), DLB_INVALID);
    assert_non_null(strstr(why.text, "fused"));
    dlb_opwise_discard(work);
    dlb_opwise_discard(NULL);
    dlb_graph_free(&graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plan_random),     cmocka_unit_test(test_plan_shares),
        cmocka_unit_test(test_network),         cmocka_unit_test(test_fused_network),
        cmocka_unit_test(test_private_layouts), cmocka_unit_test(test_state_and_rotation),
        cmocka_unit_test(test_flatten_alone),   cmocka_unit_test(test_flatten_result),
        cmocka_unit_test(test_unsupported),     cmocka_unit_test(test_prepare_fails),
        cmocka_unit_test(test_run_fails),       cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_bad_access),      cmocka_unit_test(test_remote_memory),
        cmocka_unit_test(test_remote_layouts),  cmocka_unit_test(test_remote_full),
    };
    return cmocka_run_group_tests_name("opwise", tests, NULL, NULL);
}
