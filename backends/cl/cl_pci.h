/* cl_pci.h: where an OpenCL device sits on the PCI bus. Of cl_device.c alone. */
#ifndef DLB_CL_PCI_H
#define DLB_CL_PCI_H

#include "backends/cl/cl.h"

/* Extensions are words between spaces: cl_khr_fp16 is not cl_khr_fp16x. */
bool dlb_cl_has_word(const char *words, const char *word);

/* "0000:3b:00.0", as the system and other backends write it, by the first of the device's `extensions` that tells; "" where none does. */
void dlb_cl_pci_read(cl_device_id id, const char *extensions, char *text, size_t size);

#endif
