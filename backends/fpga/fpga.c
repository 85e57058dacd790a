/* fpga.c: the fpga backend: deep learning as a pipeline of single-work-item kernels around a systolic grid.
 *
 * Most of its devices are models: the kernels of kernels/fpga run on some OpenCL device, so that the answer can be verified, and count the cycles that the
 * board would take; those times the board's clock are the time that is told. docs/fpga.md says what such a figure is worth.
 * Read fpga_design.h and fpga_internal.h next. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/fpga/fpga_internal.h"
#include "bench/base/memory.h"
#include "bench/base/text.h"

static const struct dlb_backend_option options[] = {
    {"grid", "", "RxCxV[,IMxIN[,DEPTH]]: grid, interleave, slice; empty: the largest that fits"},
    {"board-file", "", "a board of your own beside the known ones; its name is the file's"},
    {"executor", "", "number of the OpenCL device that computes for models; empty: the first CPU"},
    {"binary", "", "program of a real board, made by its vendor's tools (.aocx, .xclbin)"},
    {"binary-type", "f32", "what that program was built for: f32, s8 or u8"},
    {"form", "auto", "kernels of a real board or emulator: auto, fused, channels or pipes"},
    {"cache", "", "folder of built programs, or off; empty: ~/.cache/dlbench"},
    {"vendors", "", "folder of .icd files to see beside the system's"},
    {NULL, NULL, NULL},
};

/* The kernels as such: the one whose cycles no board claims. */
static const struct dlb_fpga_grid fused_grid = {8, 16, 8, 8, 8, 64};
static const struct dlb_fpga_grid small_grid = {4, 4, 4, 4, 4, 16}; /* emulators are slow */

/* Multiply-accumulates per second that the forms reach where no board runs them: measured on one core (AMD Zen 4), PoCL 3.1 for the fused form (10 to 20e9; a
 * grid of fewer columns fills no vector), Intel's CPU runtime 2026.2 for pipes, Intel's emulator 2025.0.5 for channels. For estimates alone. */
#define FUSED_MACS_PER_S        9e9
#define FUSED_NARROW_MACS_PER_S 2.5e9
#define FUSED_NARROW_COLS       8
#define CHANNELS_MACS_PER_S     5e5
#define PIPES_MACS_PER_S        5e8

static const char *option(const struct dlb_backend_config *config, const char *name)
{
    return dlb_backend_option_value(options, config, name);
}

/* ---- devices -------------------------------------------------------------------------------------- */

static enum dlb_status fpga_probe(const struct dlb_backend_config *config, struct dlb_why *why)
{
    const struct dlb_fpga_wishes wishes = {
        .vendors = option(config, "vendors"),
        .executor = option(config, "executor"),
        .board_file = option(config, "board-file"),
        .form = option(config, "form"),
    };
    const char *type = option(config, "binary-type");
    if (strcmp(type, "f32") != 0 && strcmp(type, "s8") != 0 && strcmp(type, "u8") != 0)
        return dlb_fail(why, DLB_INVALID,
                        "fpga.binary-type: f32, s8 or u8 is wanted, found '%.40s'", type);
    const char *grid = option(config, "grid");
    struct dlb_fpga_grid parsed;
    if (grid[0] != '\0' && dlb_fpga_grid_parse(grid, &parsed, why) != DLB_OK)
        return DLB_INVALID;
    return dlb_fpga_devices_find(&wishes, why);
}

static int fpga_device_count(void)
{
    int count;
    (void)dlb_fpga_devices(&count);
    return count;
}

/* ---- opening -------------------------------------------------------------------------------------- */

static enum dlb_dtype type_of(int choice)
{
    return choice == DLB_FPGA_F32 ? DLB_DTYPE_F32 : DLB_DTYPE_S8;
}

/* What may be asked of a board's program: only what it was built for. */
static enum dlb_status check_binary_type(const struct dlb_backend_config *config, int choice,
                                         struct dlb_why *why)
{
    const char *type = option(config, "binary-type");
    if ((strcmp(type, "f32") == 0) == (choice == DLB_FPGA_F32))
        return DLB_OK;
    return dlb_fail(why, DLB_UNSUPPORTED, "the board's program was built for %s", type);
}

static enum dlb_status choose_grid(const struct dlb_fpga_device *device,
                                   const struct dlb_backend_config *config, int choice,
                                   struct dlb_fpga_grid *grid, struct dlb_why *why)
{
    const char *wish = option(config, "grid");
    if (wish[0] == '\0' && device->board != NULL)
        return dlb_fpga_board_grid(device->board, type_of(choice), grid, NULL, 0, why);
    if (wish[0] == '\0') {
        *grid = device->form == DLB_FPGA_FUSED ? fused_grid : small_grid;
        return DLB_OK;
    }
    const enum dlb_status status = dlb_fpga_grid_parse(wish, grid, why);
    if (status != DLB_OK || device->board == NULL)
        return status;
    return dlb_fpga_board_check(device->board, type_of(choice), grid, why);
}

/* A grid for each type; a device that can have none at all is not opened. */
static enum dlb_status choose_grids(struct dlb_context *context,
                                    const struct dlb_backend_config *config, struct dlb_why *why)
{
    for (int i = 0; i < DLB_FPGA_TYPES; i++) {
        struct dlb_fpga_choice *choice = &context->choices[i];
        choice->status = context->device->kind == DLB_FPGA_REAL
                             ? check_binary_type(config, i, &choice->why)
                             : DLB_OK;
        if (choice->status == DLB_OK)
            choice->status = choose_grid(context->device, config, i, &choice->grid, &choice->why);
    }
    for (int i = 0; i < DLB_FPGA_TYPES; i++)
        if (context->choices[i].status == DLB_OK)
            return DLB_OK;
    return dlb_fail(why, context->choices[0].status, "%s", context->choices[0].why.text);
}

static enum dlb_status load_binary(struct dlb_context *context,
                                   const struct dlb_backend_config *config, struct dlb_why *why)
{
    const char *path = option(config, "binary");
    const bool is_real = context->device->kind == DLB_FPGA_REAL;
    if (!is_real && path[0] != '\0')
        return dlb_fail(why, DLB_INVALID,
                        "fpga.binary is the program of a real board; this is %s and builds its "
                        "own: leave the option out, or name a board (dlbench list devices)",
                        context->device->kind == DLB_FPGA_MODEL ? "a model" : "an emulation");
    if (!is_real)
        return DLB_OK;
    if (path[0] == '\0')
        return dlb_fail(why, DLB_UNAVAILABLE,
                        "%.90s needs a program made by its vendor's tools from kernels/fpga "
                        "(docs/fpga.md): --opt fpga.binary=FILE, with its grid in --opt fpga.grid",
                        context->cl.device->name);
    if (option(config, "grid")[0] == '\0')
        return dlb_fail(why, DLB_INVALID,
                        "fpga.grid is wanted beside fpga.binary: RxCxV,IMxIN,DEPTH as the program "
                        "was built");
    const enum dlb_status status = dlb_cl_load_binary(&context->cl, path, &context->binary, why);
    if (status == DLB_OK && context->form == DLB_FPGA_FORM_AUTO)
        context->form = dlb_fpga_pipeline_form(context->cl.device, context->binary);
    return status;
}

static void release_events(struct dlb_context *context)
{
    if (context->first != NULL)
        (void)clReleaseEvent(context->first);
    if (context->last != NULL)
        (void)clReleaseEvent(context->last);
    context->first = context->last = NULL;
}

static void fpga_close(struct dlb_context *context)
{
    if (context == NULL)
        return;
    release_events(context);
    dlb_cl_close(&context->cl);
    free(context);
}

static enum dlb_status fpga_open(int number, const struct dlb_backend_config *config,
                                 struct dlb_context **context, struct dlb_why *why)
{
    int count;
    const struct dlb_fpga_device *device = dlb_fpga_devices(&count) + number;
    if (number < 0 || number >= count)
        return dlb_fail(why, DLB_UNAVAILABLE, "fpga has the devices 0..%d; found %d", count - 1,
                        number);
    if (device->executor->base_align_bytes > DLB_ALIGNMENT)
        return dlb_fail(why, DLB_UNAVAILABLE,
                        "%.90s wants buffers aligned to %u bytes, tensors are to %d",
                        device->executor->name, device->executor->base_align_bytes, DLB_ALIGNMENT);
    struct dlb_context *opened = calloc(1, sizeof *opened);
    if (opened == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for a context");
    opened->device = device;
    opened->form = device->form;
    opened->bandwidth =
        dlb_fpga_board_bandwidth(device->board != NULL ? device->board : dlb_fpga_boards(&count));
    dlb_cl_cache_open(&opened->cache, option(config, "cache"));
    enum dlb_status status = choose_grids(opened, config, why);
    if (status == DLB_OK)
        status = dlb_cl_open(&opened->cl, device->executor, &opened->cache, why);
    if (status == DLB_OK)
        status = load_binary(opened, config, why);
    if (status == DLB_OK)
        *context = opened;
    else
        fpga_close(opened);
    return status;
}

/* ---- describing ----------------------------------------------------------------------------------- */

static void tell_type(struct dlb_context *context, int type, struct dlb_text *text)
{
    const struct dlb_fpga_choice *choice = &context->choices[type];
    struct dlb_fpga_grid largest;
    char how[400], shown[80];
    const char *name = dlb_dtype_name(type_of(type));
    if (choice->status != DLB_OK) {
        dlb_text_format(text, "%s: %s\n", name, choice->why.text);
        return;
    }
    if (context->device->board != NULL &&
        dlb_fpga_board_grid(context->device->board, type_of(type), &largest, how, sizeof how,
                            NULL) == DLB_OK &&
        memcmp(&largest, &choice->grid, sizeof largest) == 0) {
        dlb_text_append(text, how);
        return;
    }
    dlb_fpga_grid_text(&choice->grid, shown, sizeof shown);
    dlb_text_format(text, "%s: %s, %lld multiply-accumulators\n", name, shown,
                    (long long)dlb_fpga_grid_macs(&choice->grid));
}

static void tell_board(const struct dlb_fpga_board *board, struct dlb_text *text)
{
    dlb_text_format(text, "board: %d DSPs, %d RAM blocks of %dx%d", board->dsps, board->ram.blocks,
                    board->ram.depth, board->ram.width);
    if (board->large.blocks > 0)
        dlb_text_format(text, ", %d of %dx%d", board->large.blocks, board->large.depth,
                        board->large.width);
    dlb_text_format(text, ", %g MHz, %g GB/s", board->clock_hz / 1e6,
                    board->mem_bw_bytes_per_s / 1e9);
    if (board->power_w > 0)
        dlb_text_format(text, ", %g W", board->power_w);
    dlb_text_format(text, "\nclock: %s\n", board->source);
    if (board->note[0] != '\0')
        dlb_text_format(text, "note: %s\n", board->note);
}

/* The end of the detail is cut when a board's texts are long; lines stay whole. */
static void fill_detail(struct dlb_context *context, struct dlb_device_info *info)
{
    struct dlb_text text = {0};
    if (context->device->board != NULL)
        tell_board(context->device->board, &text);
    for (int i = 0; i < DLB_FPGA_TYPES; i++)
        tell_type(context, i, &text);
    if (text.data != NULL && text.size < sizeof info->detail) {
        memcpy(info->detail, text.data, text.size);
        info->detail[text.size - 1] = '\0'; /* for the last line's end */
    } else if (text.data != NULL) {
        memcpy(info->detail, text.data, sizeof info->detail - 1);
        char *const end = strrchr(info->detail, '\n');
        if (end != NULL)
            *end = '\0';
    }
    dlb_text_free(&text);
}

static void describe_board(const struct dlb_context *context, struct dlb_device_info *info)
{
    const struct dlb_fpga_board *board = context->device->board;
    dlb_cl_runtime(context->device->executor, "answers by ", info->runtime, sizeof info->runtime);
    info->pci_id[0] = '\0'; /* the executor's, as all that is overwritten here */
    snprintf(info->name, sizeof info->name, "%s", board->name);
    snprintf(info->vendor, sizeof info->vendor, "%s", board->vendor);
    info->mem_bytes = 0; /* the executor's has nothing to do with it */
    info->clock_max_hz = board->clock_hz;
    info->mem_bw_bytes_per_s = board->mem_bw_bytes_per_s;
    for (int i = 0; i < DLB_FPGA_TYPES; i++) {
        const double macs = (double)dlb_fpga_grid_macs(&context->choices[i].grid);
        const double peak = context->choices[i].status == DLB_OK ? 2 * macs * board->clock_hz : 0;
        info->peak_ops_per_s[type_of(i)] = peak;
        if (i == DLB_FPGA_INT)
            info->peak_ops_per_s[DLB_DTYPE_U8] = peak;
    }
}

static void fpga_describe(struct dlb_context *context, struct dlb_device_info *info)
{
    static const enum dlb_evidence evidences[] = {
        [DLB_FPGA_REAL] = DLB_EVIDENCE_MEASURED,
        [DLB_FPGA_MODEL] = DLB_EVIDENCE_MODELLED,
        [DLB_FPGA_EMULATED] = DLB_EVIDENCE_EMULATED,
    };
    int count;
    const struct dlb_fpga_device *device = context->device;
    dlb_cl_describe(device->executor, info);
    info->kind = DLB_KIND_FPGA;
    info->evidence = evidences[device->kind];
    snprintf(info->id, sizeof info->id, "%s", device->id);
    info->max_threads = 1; /* a work-item is one thread */
    info->llc_bytes = 0;
    info->on_request = device->kind == DLB_FPGA_EMULATED ||
                       (device->kind == DLB_FPGA_MODEL && device->board != dlb_fpga_boards(&count));
    if (device->kind == DLB_FPGA_MODEL)
        describe_board(context, info);
    fill_detail(context, info);
}

static enum dlb_status fpga_supports(struct dlb_context *context, const struct dlb_graph *graph,
                                     struct dlb_why *why)
{
    return dlb_opwise_supports(&dlb_fpga_ops, context, graph, why);
}

/* ---- works ---------------------------------------------------------------------------------------- */

/* opwise's work, and what this backend tells beside it. The contract's opaque work is this one. */
struct dlb_fpga_work {
    struct dlb_work *inner;
    struct dlb_context *context;
    struct dlb_fpga_step *steps;
    struct dlb_fpga_work *next; /* of those with executions since the last wait */
    int64_t pending;            /* executions since the last wait */
    int64_t cycles;             /* of one execution; 0 before the first */
    bool checked;               /* what the kernels count, against the model */
    double build_ns;
    char parameters[256];
};

static struct dlb_fpga_work *own_of(struct dlb_work *work)
{
    return (struct dlb_fpga_work *)(void *)work;
}

static enum dlb_status wait_for_work(struct dlb_fpga_work *work, struct dlb_why *why)
{
    enum dlb_status status = dlb_fpga_steps_wait(work->steps, why);
    if (status == DLB_OK && !work->checked) {
        status = dlb_fpga_steps_cycles(work->steps, &work->cycles, why);
        work->checked = status == DLB_OK;
    }
    work->context->waited_cycles += (double)work->pending * (double)work->cycles;
    work->pending = 0;
    return status;
}

static enum dlb_status fpga_wait(struct dlb_context *context, struct dlb_why *why)
{
    enum dlb_status status = DLB_OK;
    context->waited_cycles = 0;
    while (context->submitted != NULL) {
        struct dlb_fpga_work *work = context->submitted;
        const enum dlb_status outcome = wait_for_work(work, status == DLB_OK ? why : NULL);
        context->submitted = work->next;
        status = status == DLB_OK ? outcome : status;
    }
    const cl_int code = clFinish(context->cl.queue);
    if (status == DLB_OK && code != CL_SUCCESS)
        return dlb_cl_fail(why, code, "waiting for %s", context->cl.device->name);
    return status;
}

static void fpga_discard(struct dlb_work *work)
{
    struct dlb_fpga_work *own = own_of(work);
    if (own == NULL)
        return;
    (void)fpga_wait(own->context, NULL); /* nothing may run on memory that goes */
    dlb_opwise_discard(own->inner);
    free(own);
}

/* "grid 10x16x8, block 80x128x64 on Intel Arria 10 GX 1150 (PAC) at 244 MHz" */
static void tell_parameters(struct dlb_fpga_work *work, const struct dlb_graph *graph)
{
    const struct dlb_context *context = work->context;
    const struct dlb_fpga_board *board = context->device->board;
    const bool f32 = graph->tensors[graph->ops[0].inputs[0]].dtype == DLB_DTYPE_F32;
    char grid[80];
    dlb_fpga_grid_text(&context->choices[f32 ? DLB_FPGA_F32 : DLB_FPGA_INT].grid, grid,
                       sizeof grid);
    if (board != NULL)
        snprintf(work->parameters, sizeof work->parameters, "%s on %s at %g MHz", grid, board->name,
                 board->clock_hz / 1e6);
    else
        snprintf(work->parameters, sizeof work->parameters, "%s, %s, on %s", grid,
                 dlb_fpga_form_name(context->form), context->cl.device->name);
    if (context->cache.warning.text[0] != '\0') {
        const size_t used = strlen(work->parameters);
        snprintf(work->parameters + used, sizeof work->parameters - used, "; %.100s",
                 context->cache.warning.text);
    }
}

static enum dlb_status fpga_prepare(struct dlb_context *context, const struct dlb_graph *graph,
                                    int sets, struct dlb_work **work, struct dlb_why *why)
{
    struct dlb_fpga_work *own = calloc(1, sizeof *own);
    if (own == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for a work");
    own->context = context;
    context->made = NULL;
    context->cl.build_ns = 0;
    const enum dlb_status status =
        dlb_opwise_prepare(&dlb_fpga_ops, context, graph, sets, &own->inner, why);
    if (status != DLB_OK) {
        free(own);
        return status;
    }
    own->steps = context->made;
    own->build_ns = context->cl.build_ns;
    dlb_cl_keep_binaries(&context->cl);
    tell_parameters(own, graph);
    *work = (struct dlb_work *)(void *)own;
    return DLB_OK;
}

static void fpga_info(struct dlb_work *work, struct dlb_work_info *info)
{
    const struct dlb_fpga_work *own = own_of(work);
    dlb_opwise_info(own->inner, info);
    /* What the executor took to compile is no time of a board, whose programs take hours. */
    info->build_ns = own->context->device->kind == DLB_FPGA_MODEL ? 0 : own->build_ns;
    /* A real board's memory is not the one that the count assumes. */
    info->cycles = own->context->device->kind == DLB_FPGA_REAL ? 0 : (double)own->cycles;
    snprintf(info->parameters, sizeof info->parameters, "%s", own->parameters);
}

static enum dlb_status fpga_write(struct dlb_work *work, int set, int tensor, const void *host,
                                  struct dlb_why *why)
{
    return dlb_opwise_write(own_of(work)->inner, set, tensor, host, why);
}

static enum dlb_status fpga_read(struct dlb_work *work, int set, int tensor, void *host,
                                 struct dlb_why *why)
{
    return dlb_opwise_read(own_of(work)->inner, set, tensor, host, why);
}

/* A marker's end is when all before it was done. */
static enum dlb_status mark(struct dlb_context *context, cl_event *event, struct dlb_why *why)
{
    const cl_int code = clEnqueueMarkerWithWaitList(context->cl.queue, 0, NULL, event);
    return code == CL_SUCCESS ? DLB_OK : dlb_cl_fail(why, code, "the queue takes no marker");
}

static enum dlb_status fpga_submit(struct dlb_work *work, int set, int64_t count,
                                   struct dlb_why *why)
{
    struct dlb_fpga_work *own = own_of(work);
    struct dlb_context *context = own->context;
    const bool clocked = context->device->kind != DLB_FPGA_MODEL;
    enum dlb_status status = DLB_OK;
    if (context->submitted == NULL)
        release_events(context);
    if (clocked && context->first == NULL)
        status = mark(context, &context->first, why);
    if (own->pending == 0) {
        own->next = context->submitted;
        context->submitted = own;
    }
    own->pending += count;
    if (status == DLB_OK)
        status = dlb_opwise_submit(own->inner, set, count, why);
    if (status != DLB_OK || !clocked)
        return status;
    if (context->last != NULL)
        (void)clReleaseEvent(context->last);
    context->last = NULL;
    return mark(context, &context->last, why);
}

static enum dlb_status event_end(cl_event event, cl_ulong *end, struct dlb_why *why)
{
    const cl_int code =
        clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_END, sizeof *end, end, NULL);
    return code == CL_SUCCESS ? DLB_OK : dlb_cl_fail(why, code, "the device tells no time");
}

/* A model's time is its cycles; of a real board or an emulation, what its own clock says. */
static enum dlb_status fpga_elapsed(struct dlb_context *context, double *ns, struct dlb_why *why)
{
    cl_ulong begin, end;
    if (context->device->kind == DLB_FPGA_MODEL) {
        *ns = 1e9 * context->waited_cycles / context->device->board->clock_hz;
        return DLB_OK;
    }
    if (context->first == NULL || context->last == NULL) {
        *ns = 0;
        return DLB_OK;
    }
    enum dlb_status status = event_end(context->first, &begin, why);
    if (status == DLB_OK)
        status = event_end(context->last, &end, why);
    if (status == DLB_OK)
        *ns = end > begin ? (double)(end - begin) : 0;
    return status;
}

static double emulated_macs_per_s(const struct dlb_context *context)
{
    switch (context->form) {
    case DLB_FPGA_CHANNELS:
        return CHANNELS_MACS_PER_S;
    case DLB_FPGA_PIPES:
        return PIPES_MACS_PER_S;
    default:
        return context->choices[DLB_FPGA_F32].grid.cols < FUSED_NARROW_COLS
                   ? FUSED_NARROW_MACS_PER_S
                   : FUSED_MACS_PER_S;
    }
}

/* How long the host takes to compute for the board: what a run has to wait for. */
static double fpga_estimate(struct dlb_context *context, const struct dlb_graph *graph)
{
    if (context->device->kind == DLB_FPGA_REAL)
        return 0;
    return 1e9 * dlb_fpga_issued_macs(context, graph) / emulated_macs_per_s(context);
}

DLB_EXPORT extern const struct dlb_backend dlb_backend;
const struct dlb_backend dlb_backend = {
    .abi = DLB_BACKEND_ABI,
    .name = "fpga",
    .summary = "FPGA-style pipelines: boards modelled from counted cycles, or real ones",
    .kind = DLB_KIND_FPGA,
    .evidence = DLB_EVIDENCE_MODELLED,
    .options = options,
    .probe = fpga_probe,
    .device_count = fpga_device_count,
    .find_device = dlb_fpga_device_named,
    .open = fpga_open,
    .close = fpga_close,
    .describe = fpga_describe,
    .supports = fpga_supports,
    .prepare = fpga_prepare,
    .discard = fpga_discard,
    .info = fpga_info,
    .write = fpga_write,
    .read = fpga_read,
    .submit = fpga_submit,
    .wait = fpga_wait,
    .elapsed = fpga_elapsed,
    .estimate = fpga_estimate,
};
