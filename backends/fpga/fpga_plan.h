/* fpga_plan.h: a problem as the kernels read it: see kernels/fpga/plan.cl. */
#ifndef DLB_FPGA_PLAN_H
#define DLB_FPGA_PLAN_H

#include "backends/fpga/fpga_design.h"
#include "kernels/fpga/plan.cl" /* enums alone: one list for host and kernels */

void dlb_fpga_plan_make(const struct dlb_fpga_problem *problem, int64_t bandwidth,
                        int64_t plan[DLB_PLAN_COUNT]);

#endif
