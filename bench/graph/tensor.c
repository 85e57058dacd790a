/* tensor.c: sizes and comparison of tensor shapes. The builder in graph.c refuses shapes whose
 * bytes do not fit int64_t, so the products here cannot overflow. */
#include "bench/graph/tensor.h"

static const char *const role_names[DLB_ROLE_COUNT] = {
    [DLB_ROLE_INPUT] = "input", [DLB_ROLE_WEIGHT] = "weight", [DLB_ROLE_STATE] = "state",
    [DLB_ROLE_TEMP] = "temp",   [DLB_ROLE_OUTPUT] = "output",
};

const char *dlb_role_name(enum dlb_role role)
{
    return (unsigned int)role < DLB_ROLE_COUNT ? role_names[role] : "?";
}

int64_t dlb_tensor_elements(const struct dlb_tensor *tensor)
{
    int64_t elements = 1;
    for (int i = 0; i < tensor->rank; i++) {
        elements *= tensor->dims[i];
    }
    return elements;
}

int64_t dlb_tensor_bytes(const struct dlb_tensor *tensor)
{
    return dlb_tensor_elements(tensor) * (int64_t)dlb_dtype_size(tensor->dtype);
}

bool dlb_tensor_same_shape(const struct dlb_tensor *a, const struct dlb_tensor *b)
{
    if (a->rank != b->rank) {
        return false;
    }
    for (int i = 0; i < a->rank; i++) {
        if (a->dims[i] != b->dims[i]) {
            return false;
        }
    }
    return true;
}
