/* onednn_program.c: a recipe made executable: reorders where a settled layout is not the one wanted, then the primitive.
 *
 * Everything is created in prepare. run only puts addresses into memory objects, and only those that changed since
 * the last execution, so that a warm loop costs what a bare loop over dnnl_primitive_execute costs. For the same reason the
 * scratchpads are the library's own, allocated with the primitive: handed over as an argument, one costs a tiny
 * product 8 % of its time. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "backends/onednn/onednn_internal.h"

#define MAX_ARGS          (ONEDNN_MAX_OPERANDS + 1)
#define SCRATCH_ALIGNMENT 4096

/* Where an argument lies: the buffer of a tensor, or (tensor -1) somewhere in the scratch. */
struct place {
    int tensor;
    size_t offset;
};

struct call {
    dnnl_primitive_t primitive;
    int count;
    dnnl_exec_arg_t args[MAX_ARGS];
    struct place places[MAX_ARGS];
    void *bound[MAX_ARGS]; /* the address that the memory object holds now */
};

struct fold {
    struct place gamma, beta, mean, variance;
    size_t scale, shift; /* offsets in the scratch */
    int64_t channels;
    float epsilon;
};

/* Calls 0 .. call_count - 2 are reorders; the folds read their results; the last call is the primitive. */
struct program {
    int call_count, fold_count;
    struct fold folds[DLB_MAX_EPILOGUE];
    struct call calls[];
};

/* What prepare's helpers share. */
struct assembly {
    struct dlb_context *context;
    struct dlb_opwise_value *values;
    const struct onednn_recipe *recipe;
    struct program *program;
    struct place
        places[ONEDNN_MAX_OPERANDS]; /* of the recipe's operands, as the primitive wants them */
    size_t scratch_bytes;
};

static size_t take_scratch(struct assembly *assembly, size_t bytes)
{
    const size_t offset = assembly->scratch_bytes;
    assembly->scratch_bytes +=
        (bytes + SCRATCH_ALIGNMENT - 1) / SCRATCH_ALIGNMENT * SCRATCH_ALIGNMENT;
    return offset;
}

static dnnl_status_t bind(struct assembly *assembly, struct call *call, int arg,
                          const_dnnl_memory_desc_t descriptor, struct place place)
{
    dnnl_memory_t memory;
    const dnnl_status_t status =
        dnnl_memory_create(&memory, descriptor, assembly->context->engine, DNNL_MEMORY_NONE);
    if (status != dnnl_success)
        return status;
    call->args[call->count] = (dnnl_exec_arg_t){arg, memory};
    call->places[call->count] = place;
    call->count++;
    return dnnl_success;
}

/* Appends a reorder into the scratch; *place is moved there. */
static dnnl_status_t add_reorder(struct assembly *assembly, const_dnnl_memory_desc_t from,
                                 const_dnnl_memory_desc_t to, struct place *place)
{
    struct call *call = &assembly->program->calls[assembly->program->call_count++];
    const struct place target = {-1, take_scratch(assembly, dnnl_memory_desc_get_size(to))};
    dnnl_engine_t engine = assembly->context->engine;
    dnnl_primitive_desc_t descriptor = NULL;
    dnnl_status_t status =
        dnnl_reorder_primitive_desc_create(&descriptor, from, engine, to, engine, NULL);
    if (status == dnnl_success)
        status = dnnl_primitive_create(&call->primitive, descriptor);
    if (status == dnnl_success)
        status = bind(assembly, call, DNNL_ARG_FROM, from, *place);
    if (status == dnnl_success)
        status = bind(assembly, call, DNNL_ARG_TO, to, target);
    dnnl_primitive_desc_destroy(descriptor);
    *place = target;
    return status;
}

/* The layout that the primitive really wants: what it made of `any`. */
static const_dnnl_memory_desc_t wanted_by(const struct onednn_recipe *recipe,
                                          const struct onednn_operand *operand)
{
    const_dnnl_memory_desc_t wanted = NULL;
    if (operand->arg != 0)
        wanted =
            dnnl_primitive_desc_query_md(recipe->descriptor, dnnl_query_exec_arg_md, operand->arg);
    if (wanted && dnnl_memory_desc_get_size(wanted) > 0)
        return wanted;
    return operand->asked ? operand->asked : operand->host;
}

/* An input: settled now as wanted, or taken as it was settled and reordered in every run. A tensor that was settled under
 * another view (transposed, grouped) goes through the plain layout. */
static enum dlb_status place_input(struct assembly *assembly, const struct onednn_operand *operand,
                                   const_dnnl_memory_desc_t wanted, struct place *place,
                                   struct dlb_why *why)
{
    struct dlb_opwise_value *value = &assembly->values[operand->tensor];
    *place = (struct place){.tensor = operand->tensor};
    if (!value->settled)
        return dlb_onednn_settle(value, wanted, operand->host, why);
    const struct onednn_layout *layout = value->layout;
    const_dnnl_memory_desc_t have = layout ? layout->held : operand->host;
    dnnl_status_t status = dnnl_success;
    if (layout && !dnnl_memory_desc_equal(layout->host, operand->host)) {
        status = add_reorder(assembly, layout->held, layout->host, place);
        have = operand->host;
    }
    if (status == dnnl_success && !dnnl_memory_desc_equal(have, wanted))
        status = add_reorder(assembly, have, wanted, place);
    return dlb_onednn_check(status, "reordering an input", why);
}

/* A result settles its tensor; one settled before (C of a product with beta) must be in place. */
static enum dlb_status place_result(struct assembly *assembly, const struct onednn_operand *operand,
                                    const_dnnl_memory_desc_t wanted, struct place *place,
                                    struct dlb_why *why)
{
    struct dlb_opwise_value *value = &assembly->values[operand->tensor];
    *place = (struct place){.tensor = operand->tensor};
    if (!value->settled)
        return dlb_onednn_settle(value, wanted, operand->host, why);
    if (value->layout || !dnnl_memory_desc_equal(wanted, operand->host))
        return dlb_fail(why, DLB_UNSUPPORTED,
                        "%s is updated in place but another op has settled its layout",
                        value->tensor->name);
    return DLB_OK;
}

static enum dlb_status place_operands(struct assembly *assembly, struct call *main_call,
                                      struct dlb_why *why)
{
    const struct onednn_recipe *recipe = assembly->recipe;
    enum dlb_status status = DLB_OK;
    for (int i = 0; i < recipe->operand_count && status == DLB_OK; i++) {
        const struct onednn_operand *operand = &recipe->operands[i];
        const_dnnl_memory_desc_t wanted = wanted_by(recipe, operand);
        struct place *place = &assembly->places[i];
        status = operand->result ? place_result(assembly, operand, wanted, place, why)
                                 : place_input(assembly, operand, wanted, place, why);
        if (status == DLB_OK && operand->arg != 0)
            status = dlb_onednn_check(bind(assembly, main_call, operand->arg, wanted, *place),
                                      "binding an argument", why);
    }
    return status;
}

static dnnl_status_t place_folds(struct assembly *assembly, struct call *main_call)
{
    const struct onednn_recipe *recipe = assembly->recipe;
    dnnl_status_t status = dnnl_success;
    for (int i = 0; i < recipe->fold_count && status == dnnl_success; i++) {
        const struct onednn_fold_plan *plan = &recipe->folds[i];
        const size_t bytes = (size_t)plan->channels * sizeof(float);
        struct fold *fold = &assembly->program->folds[assembly->program->fold_count++];
        *fold = (struct fold){
            .gamma = assembly->places[plan->operands[0]],
            .beta = assembly->places[plan->operands[1]],
            .mean = assembly->places[plan->operands[2]],
            .variance = assembly->places[plan->operands[3]],
            .scale = take_scratch(assembly, bytes),
            .shift = take_scratch(assembly, bytes),
            .channels = plan->channels,
            .epsilon = plan->epsilon,
        };
        status = bind(assembly, main_call, plan->scale_arg, plan->broadcast,
                      (struct place){-1, fold->scale});
        if (status == dnnl_success)
            status = bind(assembly, main_call, plan->shift_arg, plan->broadcast,
                          (struct place){-1, fold->shift});
    }
    return status;
}

static enum dlb_status assemble(struct assembly *assembly, struct dlb_why *why)
{
    const struct onednn_recipe *recipe = assembly->recipe;
    struct program *program = assembly->program;
    /* built apart, because the reorders that come first are only known while it is built */
    struct call main_call = {.count = 0};
    enum dlb_status status = place_operands(assembly, &main_call, why);
    dnnl_status_t made = dnnl_success;
    if (status == DLB_OK)
        made = place_folds(assembly, &main_call);
    if (status == DLB_OK && made == dnnl_success)
        made = dnnl_primitive_create(&main_call.primitive, recipe->descriptor);
    program->calls[program->call_count++] = main_call;
    return status == DLB_OK ? dlb_onednn_check(made, "creating the primitive", why) : status;
}

static void name_step(const struct onednn_recipe *recipe, const struct program *program,
                      struct dlb_opwise_step *step)
{
    const char *name = dlb_onednn_implementation(recipe->descriptor);
    const int reorders = program->call_count - 1;
    step->reference_kernel = dlb_onednn_is_reference(name);
    if (reorders == 0)
        snprintf(step->implementation, sizeof step->implementation, "%s", name);
    else
        snprintf(step->implementation, sizeof step->implementation, "%.40s + %d reorder%s", name,
                 reorders, reorders > 1 ? "s" : "");
}

enum dlb_status dlb_onednn_prepare(struct dlb_context *context, const struct dlb_opwise_args *args,
                                   struct dlb_opwise_step *step, struct dlb_why *why)
{
    struct onednn_recipe recipe;
    struct assembly assembly = {.context = context, .values = args->values, .recipe = &recipe};
    enum dlb_status status =
        dlb_onednn_recipe(context, args->graph, args->group, args->values, &recipe, why);
    if (status != DLB_OK)
        goto out;
    /* at most two reorders for each operand */
    const size_t most = (size_t)recipe.operand_count * 2 + 1;
    assembly.program = calloc(1, sizeof *assembly.program + most * sizeof(struct call));
    if (!assembly.program) {
        status = dlb_fail(why, DLB_NO_MEMORY, "no memory for a step");
        goto out;
    }
    step->state = assembly.program;
    status = assemble(&assembly, why);
    if (status != DLB_OK) {
        dlb_onednn_discard(context, step);
        goto out;
    }
    step->scratch_bytes = assembly.scratch_bytes;
    name_step(&recipe, assembly.program, step);
out:
    dlb_onednn_recipe_release(&recipe);
    return status;
}

static void *address_of(struct place place, void *const *buffers, void *scratch)
{
    return place.tensor >= 0 ? buffers[place.tensor] : (char *)scratch + place.offset;
}

static void run_fold(const struct fold *fold, void *const *buffers, void *scratch)
{
    const float *gamma = address_of(fold->gamma, buffers, scratch);
    const float *beta = address_of(fold->beta, buffers, scratch);
    const float *mean = address_of(fold->mean, buffers, scratch);
    const float *variance = address_of(fold->variance, buffers, scratch);
    float *scale = (float *)(void *)((char *)scratch + fold->scale);
    float *shift = (float *)(void *)((char *)scratch + fold->shift);
    for (int64_t i = 0; i < fold->channels; i++) {
        scale[i] = gamma[i] / sqrtf(variance[i] + fold->epsilon);
        shift[i] = beta[i] - mean[i] * scale[i];
    }
}

static dnnl_status_t point(struct call *call, void *const *buffers, void *scratch)
{
    for (int i = 0; i < call->count; i++) {
        void *address = address_of(call->places[i], buffers, scratch);
        if (address == call->bound[i])
            continue;
        const dnnl_status_t status = dnnl_memory_set_data_handle(call->args[i].memory, address);
        if (status != dnnl_success)
            return status;
        call->bound[i] = address;
    }
    return dnnl_success;
}

static dnnl_status_t run_call(struct dlb_context *context, struct call *call, void *const *buffers,
                              void *scratch)
{
    const dnnl_status_t status = point(call, buffers, scratch);
    if (status != dnnl_success)
        return status;
    return dnnl_primitive_execute(call->primitive, context->stream, call->count, call->args);
}

enum dlb_status dlb_onednn_run(struct dlb_context *context, const struct dlb_opwise_step *step,
                               void *const *buffers, void *scratch, struct dlb_why *why)
{
    struct program *program = step->state;
    const int last = program->call_count - 1;
    dnnl_status_t status = dnnl_success;
    for (int i = 0; i < last && status == dnnl_success; i++)
        status = run_call(context, &program->calls[i], buffers, scratch);
    for (int i = 0; i < program->fold_count; i++)
        run_fold(&program->folds[i], buffers, scratch);
    if (status == dnnl_success)
        status = run_call(context, &program->calls[last], buffers, scratch);
    return status == dnnl_success ? DLB_OK : dlb_onednn_check(status, "executing it", why);
}

enum dlb_status dlb_onednn_repeat(struct dlb_context *context, const struct dlb_opwise_step *step,
                                  void *const *buffers, void *scratch, int64_t count,
                                  struct dlb_why *why)
{
    struct program *program = step->state;
    struct call *call = &program->calls[0];
    enum dlb_status status = DLB_OK;
    if (program->call_count > 1 || program->fold_count > 0) {
        for (int64_t i = 0; i < count && status == DLB_OK; i++)
            status = dlb_onednn_run(context, step, buffers, scratch, why);
        return status;
    }
    dnnl_status_t executed = point(call, buffers, scratch);
    for (int64_t i = 0; i < count && executed == dnnl_success; i++)
        executed =
            dnnl_primitive_execute(call->primitive, context->stream, call->count, call->args);
    return executed == dnnl_success ? DLB_OK : dlb_onednn_check(executed, "executing it", why);
}

void dlb_onednn_discard(struct dlb_context *context, struct dlb_opwise_step *step)
{
    struct program *program = step->state;
    (void)context;
    if (!program)
        return;
    for (int i = 0; i < program->call_count; i++) {
        struct call *call = &program->calls[i];
        for (int j = 0; j < call->count; j++)
            dnnl_memory_destroy(call->args[j].memory);
        dnnl_primitive_destroy(call->primitive);
    }
    free(program);
    step->state = NULL;
}
