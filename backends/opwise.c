/* opwise.c: a table of single-op implementations as a whole-graph backend.
 *
 * prepare cuts the graph into groups (bench/graph/fusion), lets the table prepare each, then lays out the
 * memory of a set: tensors given or returned have buffers of their own, temporaries share an arena by lifetime
 * (opwise_plan.c). submit is a loop over the steps and nothing else. */
#include "backends/opwise.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/opwise_plan.h"
#include "bench/base/memory.h"

struct dlb_work {
    const struct dlb_opwise_ops *ops;
    struct dlb_context *context;
    const struct dlb_graph *graph;
    int sets;
    int group_count;
    struct dlb_group *groups;
    int step_count; /* prepared ones; an aliased flatten has no step */
    struct dlb_opwise_step *steps;
    struct dlb_opwise_value *values; /* by tensor, as the three below */
    int *
        storage; /* the tensor in whose buffer this one lies; -1: inside a fused group, no buffer */
    int *last_group; /* of those that use a storage tensor's buffer; the first is its producer */
    size_t *offsets; /* of a storage tensor in the memory of a set */
    size_t set_bytes, scratch_bytes;
    void **memory;  /* one block per set */
    void **buffers; /* sets x tensors: parts of the blocks */
    void *scratch_block, *scratch;
};

/* What the fusion asks for each longer group. */
struct acceptance {
    const struct dlb_opwise_ops *ops;
    struct dlb_context *context;
};

static bool accepts(const void *user, const struct dlb_graph *graph, const struct dlb_group *group)
{
    const struct acceptance *asked = user;
    struct dlb_why ignored;
    return asked->ops->supports(asked->context, graph, group, &ignored) == DLB_OK;
}

/* A flatten moves nothing. It may not share a buffer with a state, which changes in place, nor make a result of a
 * buffer that the host writes as an input. */
static bool may_alias(const struct dlb_graph *graph, const struct dlb_op *op, int storage_of_input)
{
    const enum dlb_role from = graph->tensors[storage_of_input].role;
    const bool is_given = from == DLB_ROLE_INPUT || from == DLB_ROLE_WEIGHT;
    return op->kind == DLB_OP_FLATTEN && from != DLB_ROLE_STATE &&
           !(is_given && dlb_graph_is_result(graph, op->output));
}

enum dlb_status dlb_opwise_supports(const struct dlb_opwise_ops *ops, struct dlb_context *context,
                                    const struct dlb_graph *graph, struct dlb_why *why)
{
    struct dlb_group *groups = calloc((size_t)graph->op_count, sizeof *groups);
    if (groups == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory to plan %d ops", graph->op_count);
    const struct acceptance acceptance = {ops, context};
    const int count = dlb_fuse(graph, accepts, &acceptance, groups);
    const bool plain = ops->import == NULL || ops->plain_layouts;
    enum dlb_status status = DLB_OK;
    for (int i = 0; i < count && status == DLB_OK; i++) {
        const struct dlb_op *root = &graph->ops[groups[i].root];
        struct dlb_why reason = {""};
        if (plain && may_alias(graph, root, root->inputs[0]))
            continue;
        status = ops->supports(context, graph, &groups[i], &reason);
        if (status != DLB_OK)
            (void)dlb_fail(why, status, "%s%s%s", dlb_op_name(root->kind),
                           reason.text[0] != '\0' ? ": " : " is not supported", reason.text);
    }
    free(groups);
    return status;
}

static enum dlb_status allocate_tables(struct dlb_work *work, struct dlb_why *why)
{
    const size_t ops = (size_t)work->graph->op_count;
    const size_t tensors = (size_t)work->graph->tensor_count;
    work->groups = calloc(ops, sizeof *work->groups);
    work->steps = calloc(ops, sizeof *work->steps);
    work->values = calloc(tensors, sizeof *work->values);
    work->storage = calloc(tensors, sizeof *work->storage);
    work->last_group = calloc(tensors, sizeof *work->last_group);
    work->offsets = calloc(tensors, sizeof *work->offsets);
    work->memory = calloc((size_t)work->sets, sizeof *work->memory);
    work->buffers = calloc((size_t)work->sets * tensors, sizeof *work->buffers);
    if (work->groups == NULL || work->steps == NULL || work->values == NULL ||
        work->storage == NULL || work->last_group == NULL || work->offsets == NULL ||
        work->memory == NULL || work->buffers == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the tables of %d sets of %zu tensors",
                        work->sets, tensors);
    for (size_t i = 0; i < tensors; i++) {
        const struct dlb_tensor *tensor = &work->graph->tensors[i];
        work->values[i].tensor = tensor;
        work->values[i].bytes = (size_t)dlb_tensor_bytes(tensor);
        work->storage[i] = (int)i;
    }
    return DLB_OK;
}

/* Ops of a group: number 0 is the root, the others its epilogue. */
static const struct dlb_op *group_op(const struct dlb_work *work, const struct dlb_group *group,
                                     int number)
{
    return &work->graph->ops[number == 0 ? group->root : group->epilogue[number - 1]];
}

/* Whoever comes later must take the tensors of a prepared group as they are now. */
static void settle(struct dlb_work *work, const struct dlb_group *group)
{
    for (int i = 0; i <= group->epilogue_count; i++) {
        const struct dlb_op *op = group_op(work, group, i);
        for (int j = 0; j < op->input_count; j++)
            work->values[op->inputs[j]].settled = true;
        work->values[op->output].settled = true;
    }
}

/* Tensors between the ops of a group never exist. */
static void remove_inner(struct dlb_work *work, const struct dlb_group *group)
{
    const int output = dlb_group_output(work->graph, group);
    for (int i = 0; i < group->epilogue_count; i++) {
        const int inner = group_op(work, group, i)->output;
        if (inner != output)
            work->storage[inner] = -1;
    }
}

static enum dlb_status prepare_group(struct dlb_work *work, const struct dlb_group *group,
                                     struct dlb_why *why)
{
    const struct dlb_op *root = &work->graph->ops[group->root];
    const int first = root->inputs[0];
    if (work->values[first].layout == NULL && may_alias(work->graph, root, work->storage[first])) {
        work->storage[root->output] = work->storage[first];
    } else {
        const struct dlb_opwise_args args = {work->graph, group, work->values};
        const enum dlb_status status =
            work->ops->prepare(work->context, &args, &work->steps[work->step_count], why);
        if (status != DLB_OK)
            return status;
        work->step_count++;
        remove_inner(work, group);
    }
    settle(work, group);
    return DLB_OK;
}

static enum dlb_status prepare_groups(struct dlb_work *work, struct dlb_why *why)
{
    const struct acceptance acceptance = {work->ops, work->context};
    work->group_count = dlb_fuse(work->graph, accepts, &acceptance, work->groups);
    for (int i = 0; i < work->group_count; i++) {
        const enum dlb_status status = prepare_group(work, &work->groups[i], why);
        if (status != DLB_OK)
            return status;
    }
    for (int i = 0; i < work->step_count; i++)
        if (work->steps[i].scratch_bytes > work->scratch_bytes)
            work->scratch_bytes = work->steps[i].scratch_bytes;
    return DLB_OK;
}

/* Appends a buffer to the memory of a set. */
static bool append(struct dlb_work *work, size_t bytes, size_t *offset)
{
    size_t aligned;
    if (!dlb_opwise_align(bytes, &aligned) || aligned > SIZE_MAX - work->set_bytes)
        return false;
    *offset = work->set_bytes;
    work->set_bytes += aligned;
    return true;
}

/* True when the host may see the buffer of storage tensor `root`, under its own name or an alias. */
static bool is_outside(const struct dlb_work *work, int root)
{
    for (int i = 0; i < work->graph->tensor_count; i++)
        if (work->storage[i] == root && work->graph->tensors[i].role != DLB_ROLE_TEMP)
            return true;
    return false;
}

/* From the group that produces a buffer to the last one that uses it. */
static void find_lives(struct dlb_work *work, int *first_group)
{
    for (int i = 0; i < work->graph->tensor_count; i++)
        first_group[i] = work->group_count;
    for (int g = 0; g < work->group_count; g++) {
        for (int i = 0; i <= work->groups[g].epilogue_count; i++) {
            const struct dlb_op *op = group_op(work, &work->groups[g], i);
            for (int j = 0; j <= op->input_count; j++) {
                const int root = work->storage[j < op->input_count ? op->inputs[j] : op->output];
                if (root < 0)
                    continue;
                first_group[root] = first_group[root] < g ? first_group[root] : g;
                work->last_group[root] = g;
            }
        }
    }
}

/* Tensors that the host sees first, then the arena of the temporaries. */
static bool plan_set(struct dlb_work *work, struct dlb_opwise_slot *slots, int *owners,
                     int *first_group)
{
    int slot_count = 0;
    find_lives(work, first_group);
    for (int i = 0; i < work->graph->tensor_count; i++) {
        if (work->storage[i] != i)
            continue;
        if (is_outside(work, i)) {
            if (!append(work, work->values[i].bytes, &work->offsets[i]))
                return false;
        } else {
            owners[slot_count] = i;
            slots[slot_count++] = (struct dlb_opwise_slot){
                .bytes = work->values[i].bytes,
                .first = first_group[i],
                .last = work->last_group[i],
            };
        }
    }
    size_t arena_bytes, arena;
    if (!dlb_opwise_place(slots, slot_count, &arena_bytes) || !append(work, arena_bytes, &arena))
        return false;
    for (int i = 0; i < slot_count; i++)
        work->offsets[owners[i]] = arena + slots[i].offset;
    return true;
}

static enum dlb_status plan_memory(struct dlb_work *work, struct dlb_why *why)
{
    const size_t tensors = (size_t)work->graph->tensor_count;
    struct dlb_opwise_slot *slots = calloc(tensors, sizeof *slots);
    int *owners = calloc(tensors, sizeof *owners);
    int *first_group = calloc(tensors, sizeof *first_group);
    enum dlb_status status = DLB_OK;
    if (slots == NULL || owners == NULL || first_group == NULL)
        status = dlb_fail(why, DLB_NO_MEMORY, "no memory to plan %zu tensors", tensors);
    else if (!plan_set(work, slots, owners, first_group) ||
             work->set_bytes > (size_t)INT64_MAX / (size_t)work->sets)
        status = dlb_fail(why, DLB_NO_MEMORY, "%d sets of the tensors of %s overflow 63 bits",
                          work->sets, work->graph->name);
    free(slots);
    free(owners);
    free(first_group);
    return status;
}

/* ---- memory: the host's, or that of the op table ---- */

static enum dlb_status host_allocate(struct dlb_context *context, size_t bytes, void **block,
                                     struct dlb_why *why)
{
    (void)context;
    void *memory = dlb_aligned_alloc(bytes);
    if (memory == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "%zu bytes do not fit the memory", bytes);
    *block = memory;
    return DLB_OK;
}

static void host_release(struct dlb_context *context, void *block)
{
    (void)context;
    dlb_aligned_free(block);
}

static enum dlb_status host_part(struct dlb_context *context, void *block, size_t offset,
                                 size_t bytes, void **part, struct dlb_why *why)
{
    (void)context, (void)bytes, (void)why;
    *part = (unsigned char *)block + offset;
    return DLB_OK;
}

static void host_release_part(struct dlb_context *context, void *part)
{
    (void)context, (void)part;
}

static const struct dlb_opwise_memory host_memory = {
    .alignment = DLB_ALIGNMENT,
    .allocate = host_allocate,
    .release = host_release,
    .part = host_part,
    .release_part = host_release_part,
};

static const struct dlb_opwise_memory *memory_of(const struct dlb_work *work)
{
    return work->ops->memory != NULL ? work->ops->memory : &host_memory;
}

static void **buffer_at(const struct dlb_work *work, int set, int tensor)
{
    return &work->buffers[(size_t)set * (size_t)work->graph->tensor_count + (size_t)tensor];
}

/* The buffers of a set: a part for each storage tensor, which its aliases share. */
static enum dlb_status cut_set(struct dlb_work *work, int set, struct dlb_why *why)
{
    const struct dlb_opwise_memory *memory = memory_of(work);
    for (int i = 0; i < work->graph->tensor_count; i++) {
        if (work->storage[i] != i)
            continue;
        const enum dlb_status status =
            memory->part(work->context, work->memory[set], work->offsets[i], work->values[i].bytes,
                         buffer_at(work, set, i), why);
        if (status != DLB_OK)
            return status;
    }
    for (int i = 0; i < work->graph->tensor_count; i++)
        if (work->storage[i] >= 0 && work->storage[i] != i)
            *buffer_at(work, set, i) = *buffer_at(work, set, work->storage[i]);
    return DLB_OK;
}

/* A table that keeps memory of its own is not asked for nothing: OpenCL knows no empty buffer. */
static enum dlb_status allocate_scratch(struct dlb_work *work, struct dlb_why *why)
{
    const struct dlb_opwise_memory *memory = memory_of(work);
    struct dlb_why reason = {""};
    if (work->scratch_bytes == 0 && work->ops->memory != NULL)
        return DLB_OK;
    enum dlb_status status =
        memory->allocate(work->context, work->scratch_bytes, &work->scratch_block, &reason);
    if (status == DLB_OK)
        status = memory->part(work->context, work->scratch_block, 0, work->scratch_bytes,
                              &work->scratch, &reason);
    return status == DLB_OK ? status : dlb_fail(why, status, "scratch: %s", reason.text);
}

static enum dlb_status allocate_memory(struct dlb_work *work, struct dlb_why *why)
{
    assert(memory_of(work)->alignment <= DLB_ALIGNMENT);
    for (int set = 0; set < work->sets; set++) {
        struct dlb_why reason = {""};
        enum dlb_status status =
            memory_of(work)->allocate(work->context, work->set_bytes, &work->memory[set], &reason);
        if (status != DLB_OK)
            return dlb_fail(why, status, "the tensors of set %d of %d: %s", set + 1, work->sets,
                            reason.text);
        status = cut_set(work, set, why);
        if (status != DLB_OK)
            return status;
    }
    return allocate_scratch(work, why);
}

/* Parts before the block that they are cut from. */
static void release_memory(struct dlb_work *work)
{
    const struct dlb_opwise_memory *memory = memory_of(work);
    for (int set = 0; work->memory != NULL && set < work->sets; set++) {
        if (work->memory[set] == NULL)
            continue;
        for (int i = 0; i < work->graph->tensor_count; i++)
            if (work->storage[i] == i && *buffer_at(work, set, i) != NULL)
                memory->release_part(work->context, *buffer_at(work, set, i));
        memory->release(work->context, work->memory[set]);
    }
    if (work->scratch != NULL)
        memory->release_part(work->context, work->scratch);
    if (work->scratch_block != NULL)
        memory->release(work->context, work->scratch_block);
}

enum dlb_status dlb_opwise_prepare(const struct dlb_opwise_ops *ops, struct dlb_context *context,
                                   const struct dlb_graph *graph, int sets, struct dlb_work **work,
                                   struct dlb_why *why)
{
    assert(sets >= 1);
    struct dlb_work *made = calloc(1, sizeof *made);
    if (made == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for a work");
    made->ops = ops;
    made->context = context;
    made->graph = graph;
    made->sets = sets;
    assert(ops->memory == NULL || (ops->import != NULL && ops->export != NULL));
    enum dlb_status status = allocate_tables(made, why);
    if (status == DLB_OK)
        status = prepare_groups(made, why);
    if (status == DLB_OK)
        status = plan_memory(made, why);
    if (status == DLB_OK)
        status = allocate_memory(made, why);
    if (status == DLB_OK)
        *work = made;
    else
        dlb_opwise_discard(made);
    return status;
}

void dlb_opwise_discard(struct dlb_work *work)
{
    if (work == NULL)
        return;
    for (int i = 0; i < work->step_count; i++)
        work->ops->discard(work->context, &work->steps[i]);
    for (int i = 0; work->values != NULL && i < work->graph->tensor_count; i++)
        if (work->values[i].layout != NULL)
            work->ops->release_layout(work->context, work->values[i].layout);
    release_memory(work);
    free(work->groups);
    free(work->steps);
    free(work->values);
    free(work->storage);
    free(work->last_group);
    free(work->offsets);
    free(work->memory);
    free(work->buffers);
    free(work);
}

/* Has an earlier step the same implementation? Each name is told once. */
static bool was_named(const struct dlb_work *work, int step)
{
    for (int i = 0; i < step; i++)
        if (strcmp(work->steps[i].implementation, work->steps[step].implementation) == 0)
            return true;
    return false;
}

void dlb_opwise_info(struct dlb_work *work, struct dlb_work_info *info)
{
    size_t used = 0;
    for (int i = 0; i < work->step_count; i++) {
        const struct dlb_opwise_step *step = &work->steps[i];
        info->reference_kernel = info->reference_kernel || step->reference_kernel;
        if (step->implementation[0] == '\0' || was_named(work, i) ||
            used >= sizeof info->implementation)
            continue;
        const int written =
            snprintf(info->implementation + used, sizeof info->implementation - used, "%s%s",
                     used > 0 ? "; " : "", step->implementation);
        used += (size_t)written;
    }
    info->memory_bytes = (int64_t)work->set_bytes * work->sets + (int64_t)work->scratch_bytes;
}

static enum dlb_status find_buffer(const struct dlb_work *work, int set, int tensor, void **buffer,
                                   struct dlb_why *why)
{
    const int count = work->graph->tensor_count;
    if (set < 0 || set >= work->sets || tensor < 0 || tensor >= count)
        return dlb_fail(why, DLB_INVALID, "wanted set 0..%d and tensor 0..%d, found %d and %d",
                        work->sets - 1, count - 1, set, tensor);
    *buffer = work->buffers[(size_t)set * (size_t)count + (size_t)tensor];
    if (*buffer == NULL)
        return dlb_fail(why, DLB_INVALID, "tensor %s has no buffer: it lives inside a fused group",
                        work->graph->tensors[tensor].name);
    return DLB_OK;
}

enum dlb_status dlb_opwise_write(struct dlb_work *work, int set, int tensor, const void *host,
                                 struct dlb_why *why)
{
    void *buffer;
    const enum dlb_status status = find_buffer(work, set, tensor, &buffer, why);
    if (status != DLB_OK)
        return status;
    const struct dlb_opwise_value *value = &work->values[tensor];
    if (work->ops->import != NULL)
        return work->ops->import(work->context, value, host, buffer, why);
    memcpy(buffer, host, value->bytes);
    return DLB_OK;
}

enum dlb_status dlb_opwise_read(struct dlb_work *work, int set, int tensor, void *host,
                                struct dlb_why *why)
{
    void *buffer;
    const enum dlb_status status = find_buffer(work, set, tensor, &buffer, why);
    if (status != DLB_OK)
        return status;
    const struct dlb_opwise_value *value = &work->values[tensor];
    if (work->ops->export != NULL)
        return work->ops->export(work->context, value, buffer, host, why);
    memcpy(host, buffer, value->bytes);
    return DLB_OK;
}

enum dlb_status dlb_opwise_submit(struct dlb_work *work, int set, int64_t count,
                                  struct dlb_why *why)
{
    assert(set >= 0 && set < work->sets);
    const size_t tensors = (size_t)work->graph->tensor_count;
    if (work->ops->repeat != NULL && work->step_count == 1 && work->sets == 1)
        return work->ops->repeat(work->context, &work->steps[0], work->buffers, work->scratch,
                                 count, why);
    for (int64_t i = 0; i < count; i++) {
        void *const *buffers = work->buffers + (size_t)set * tensors;
        for (int j = 0; j < work->step_count; j++) {
            const enum dlb_status status =
                work->ops->run(work->context, &work->steps[j], buffers, work->scratch, why);
            if (status != DLB_OK)
                return status;
        }
        set = set + 1 < work->sets ? set + 1 : 0;
    }
    return DLB_OK;
}
