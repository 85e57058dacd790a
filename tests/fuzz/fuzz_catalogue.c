/* fuzz_catalogue.c: any bytes as a catalogue: reading, what is said of it, matching its own names, and what could be read survives being written and read again. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/base/log.h"
#include "bench/store/catalogue.h"
#include "tests/fuzz/fuzz.h"

static void listen(void *user, const struct dlb_catalogue_entry *entry, bool wrong,
                   const char *what)
{
    (void)entry;
    (void)wrong;
    if (what[0] == '\0')
        abort();
    ++*(int *)user;
}

/* What validation passes must go into a file of the user's and be found there. */
static void add_again(const struct dlb_catalogue *catalogue)
{
    char path[512];
    struct dlb_catalogue again;
    struct dlb_why why;
    strcpy(path, fuzz_file("user.json", (const uint8_t *)"", 0));
    unlink(path);
    for (int i = 0; i < catalogue->count; i++)
        if (dlb_catalogue_add(path, &catalogue->items[i], &why) != DLB_OK)
            abort();
    if (catalogue->count > 0) {
        if (dlb_catalogue_load(path, NULL, &again, &why) != DLB_OK ||
            again.count != catalogue->count)
            abort();
        dlb_catalogue_free(&again);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dlb_catalogue catalogue;
    struct dlb_why why;
    int said = 0;
    dlb_log_set_level(DLB_LOG_ERROR);
    if (dlb_catalogue_read(fuzz_file("c.json", data, size), &catalogue, &why) != DLB_OK)
        return 0;
    for (int i = 0; i < catalogue.count; i++) {
        const struct dlb_catalogue_entry *entry = &catalogue.items[i];
        (void)dlb_catalogue_match(&catalogue, entry->kind, entry->vendor, entry->name, &entry,
                                  &why);
    }
    if (dlb_catalogue_validate_beside(&catalogue, &catalogue, listen, &said) == 0)
        add_again(&catalogue);
    dlb_catalogue_free(&catalogue);
    return 0;
}
