/* fpga_internal.h: what the files of the fpga backend share.
 *
 * An FPGA runs deep learning as a pipeline of single-work-item kernels: feeders read blocks of A and B into double buffers on the chip, a grid of
 * R x C processing elements multiplies and accumulates, a drain adds bias and activation and writes. kernels/fpga has it in three dialects
 * (Intel channels, OpenCL pipes, one fused kernel); each counts the cycles that its loops issue. fpga_model.c predicts the same count from
 * the shapes alone; a test holds the two equal. fpga_board.c turns cycles into time.
 *
 * fpga.c is the table of the backend, fpga_device.c its devices, fpga_ops.c what they compute; fpga_board.c knows boards and fpga_grid.c how large a
 * grid they hold; fpga_pipeline.c runs the kernels on an OpenCL device. fpga_design.h holds what needs no OpenCL. */
#ifndef DLB_FPGA_INTERNAL_H
#define DLB_FPGA_INTERNAL_H

#include "backends/cl/cl.h"
#include "backends/fpga/fpga_design.h"
#include "backends/opwise.h"

/* ---- running it (fpga_pipeline.c) ----------------------------------------------------------------- */

enum dlb_fpga_form {
    DLB_FPGA_FUSED,
    DLB_FPGA_CHANNELS,
    DLB_FPGA_PIPES,
    DLB_FPGA_FORM_COUNT,
    DLB_FPGA_FORM_AUTO = DLB_FPGA_FORM_COUNT /* not known yet */
};
const char *dlb_fpga_form_name(enum dlb_fpga_form form); /* "fused", ...; also "auto" */
/* The form of a program made by the vendor's tools; that of kernels at once is the device's: channels, else pipes. */
enum dlb_fpga_form dlb_fpga_pipeline_form(const struct dlb_cl_device *device, cl_program binary);

/* What dlb_cl_devices must be asked for: the emulator runs the four kernels at once, a thread each, and hangs with fewer. */
#define DLB_FPGA_THREADS 8

/* The kernels of one problem built for one grid on an OpenCL device. `binary` (may be NULL) is a program made by the vendor's tools. */
struct dlb_fpga_pipeline;
enum dlb_status dlb_fpga_pipeline_open(struct dlb_cl *cl, enum dlb_fpga_form form,
                                       const struct dlb_fpga_grid *grid,
                                       const struct dlb_fpga_problem *problem, int64_t bandwidth,
                                       cl_program binary, struct dlb_fpga_pipeline **pipeline,
                                       struct dlb_why *why);
void dlb_fpga_pipeline_close(struct dlb_fpga_pipeline *pipeline);

/* Enqueues one execution on plain layouts (NCHW images, K,C/groups,R,S weights). `bias` and `add` may be NULL as the problem says; D may be C of beta.
 * It stands in the queue of the `struct dlb_cl` like a single command: what was enqueued there before is done first, what comes later sees D. */
struct dlb_fpga_operands {
    cl_mem a, b, d, bias, add;
};
enum dlb_status dlb_fpga_pipeline_run(struct dlb_fpga_pipeline *pipeline,
                                      const struct dlb_fpga_operands *operands,
                                      struct dlb_why *why);
/* Drains all its queues. */
enum dlb_status dlb_fpga_pipeline_wait(struct dlb_fpga_pipeline *pipeline, struct dlb_why *why);
/* The counters of the last execution; waits for it. */
enum dlb_status dlb_fpga_pipeline_cycles(struct dlb_fpga_pipeline *pipeline,
                                         struct dlb_fpga_cycles *cycles, struct dlb_why *why);

/* ---- devices (fpga_device.c) ---------------------------------------------------------------------- */

enum dlb_fpga_device_kind {
    DLB_FPGA_REAL, /* a board with a program made by its vendor's tools: measured */
    DLB_FPGA_MODEL, /* a board file: another device computes, the board's clock times the cycles counted: modelled */
    DLB_FPGA_EMULATED, /* the kernels as such on some OpenCL device: emulated */
};

struct dlb_fpga_device {
    char id[32]; /* "" for real boards: they are numbered */
    enum dlb_fpga_device_kind kind;
    enum dlb_fpga_form form;              /* of a real board perhaps DLB_FPGA_FORM_AUTO */
    const struct dlb_fpga_board *board;   /* of a model; else NULL */
    const struct dlb_cl_device *executor; /* where the kernels run */
};

/* What the options say about devices; texts are "" where nothing was said. */
struct dlb_fpga_wishes {
    const char *vendors, *executor, *board_file, *form;
};

/* Real boards first, then board models, then emulations. Later calls make the list anew. DLB_UNAVAILABLE: no OpenCL device that could run anything. */
enum dlb_status dlb_fpga_devices_find(const struct dlb_fpga_wishes *wishes, struct dlb_why *why);
const struct dlb_fpga_device *dlb_fpga_devices(int *count);
/* By id. DLB_UNAVAILABLE suggests the nearest. */
enum dlb_status dlb_fpga_device_named(const char *id, int *index, struct dlb_why *why);

/* ---- an open device ------------------------------------------------------------------------------- */

enum { DLB_FPGA_F32, DLB_FPGA_INT, DLB_FPGA_TYPES };

/* The grid for a type, or why there is none. */
struct dlb_fpga_choice {
    enum dlb_status status;
    struct dlb_fpga_grid grid;
    struct dlb_why why;
};

struct dlb_fpga_step; /* a prepared group (fpga_ops.c) */
struct dlb_fpga_work;

struct dlb_context {
    const struct dlb_fpga_device *device;
    enum dlb_fpga_form form; /* never DLB_FPGA_FORM_AUTO */
    struct dlb_cl cl;
    struct dlb_cl_cache cache;
    struct dlb_fpga_choice choices[DLB_FPGA_TYPES];
    int64_t bandwidth; /* of the memory that the kernels' clock assumes: bytes per 256 cycles */
    cl_program binary; /* of a real board */
    struct dlb_fpga_step *made;      /* by the work being prepared */
    struct dlb_fpga_work *submitted; /* works with executions since the last wait */
    double waited_cycles;            /* of what was submitted before the last wait */
    /* Around the commands since the last wait, where the device's clock is asked; NULL for none. */
    cl_event first, last;
};

/* ---- ops (fpga_ops.c) ----------------------------------------------------------------------------- */

extern const struct dlb_opwise_ops dlb_fpga_ops;

/* Releases nothing: the steps belong to opwise. Sums the cycles of the steps of a work, after wait; a count other than the model's is DLB_FAILED. */
enum dlb_status dlb_fpga_steps_wait(const struct dlb_fpga_step *steps, struct dlb_why *why);
enum dlb_status dlb_fpga_steps_cycles(const struct dlb_fpga_step *steps, int64_t *cycles,
                                      struct dlb_why *why);

/* Multiply-accumulates that the grid issues for all groups of a graph, useful or not; 0 when it cannot do it. */
double dlb_fpga_issued_macs(struct dlb_context *context, const struct dlb_graph *graph);

#endif
