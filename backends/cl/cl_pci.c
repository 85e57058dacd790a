/* cl_pci.c: where an OpenCL device sits on the PCI bus: the one name of a GPU that every backend knows.
 *
 * cl_khr_pci_bus_info is the standard's; before it NVIDIA and AMD had queries of their own, and their runtimes may have no other. */
#include "backends/cl/cl_pci.h"

#include <stdio.h>
#include <string.h>

/* Values and layouts: OpenCL extension specification (0x410F, 0x4037); 0x4008 to 0x400A are NVIDIA's, in no header of Khronos's. */
#define PCI_BUS_INFO_KHR 0x410F
#define PCI_BUS_ID_NV    0x4008
#define PCI_SLOT_ID_NV   0x4009
#define PCI_DOMAIN_ID_NV 0x400A
#define TOPOLOGY_AMD     0x4037
#define TOPOLOGY_PCIE    1

struct place {
    cl_uint domain, bus, device, function;
};

bool dlb_cl_has_word(const char *words, const char *word)
{
    const size_t length = strlen(word);
    for (const char *at = strstr(words, word); at != NULL; at = strstr(at + 1, word))
        if ((at == words || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
            return true;
    return false;
}

static bool ask(cl_device_id id, cl_device_info what, size_t size, void *value)
{
    return clGetDeviceInfo(id, what, size, value, NULL) == CL_SUCCESS;
}

static bool ask_standard(cl_device_id id, struct place *place)
{
    return ask(id, PCI_BUS_INFO_KHR, sizeof *place, place);
}

/* A slot is five bits of device and three of function, as in a PCI address. Old drivers know no domain: 0, as on most machines. */
static bool ask_nvidia(cl_device_id id, struct place *place)
{
    cl_uint slot = 0;
    if (!ask(id, PCI_BUS_ID_NV, sizeof place->bus, &place->bus) ||
        !ask(id, PCI_SLOT_ID_NV, sizeof slot, &slot))
        return false;
    if (!ask(id, PCI_DOMAIN_ID_NV, sizeof place->domain, &place->domain))
        place->domain = 0;
    place->device = slot >> 3;
    place->function = slot & 7;
    return true;
}

/* cl_device_topology_amd; it has no domain. */
static bool ask_amd(cl_device_id id, struct place *place)
{
    struct {
        cl_uint type;
        cl_uchar unused[17], bus, device, function;
    } topology = {0};
    if (!ask(id, TOPOLOGY_AMD, sizeof topology, &topology) || topology.type != TOPOLOGY_PCIE)
        return false;
    *place = (struct place){0, topology.bus, topology.device, topology.function};
    return true;
}

void dlb_cl_pci_read(cl_device_id id, const char *extensions, char *text, size_t size)
{
    static const struct {
        const char *extension;
        bool (*ask)(cl_device_id id, struct place *place);
    } sources[] = {
        {"cl_khr_pci_bus_info", ask_standard},
        {"cl_nv_device_attribute_query", ask_nvidia},
        {"cl_amd_device_attribute_query", ask_amd},
    };
    text[0] = '\0';
    for (size_t i = 0; i < DLB_ARRAY_COUNT(sources) && text[0] == '\0'; i++) {
        struct place place = {0};
        if (dlb_cl_has_word(extensions, sources[i].extension) && sources[i].ask(id, &place))
            snprintf(text, size, "%04x:%02x:%02x.%x", place.domain & 0xffff, place.bus & 0xff,
                     place.device & 0x1f, place.function & 7);
    }
}
