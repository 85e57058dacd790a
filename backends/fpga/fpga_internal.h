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

enum dlb_fpga_form { DLB_FPGA_FUSED, DLB_FPGA_CHANNELS, DLB_FPGA_PIPES, DLB_FPGA_FORM_COUNT };
const char *dlb_fpga_form_name(enum dlb_fpga_form form); /* "fused", "channels", "pipes" */

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

#endif
