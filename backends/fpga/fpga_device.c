/* fpga_device.c: what the fpga backend offers: real boards, models of boards, and the kernels on devices that are no boards.
 *
 * A model needs a device that computes in the board's place (the executor): by default the first CPU, as one work-item of a GPU is slow. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "backends/fpga/fpga_internal.h"
#include "bench/base/text.h"

#define MAX_DEVICES     (DLB_CL_MAX_DEVICES + 64)
#define MAX_BOARD_BYTES 65536

enum { EMULATED_FUSED, EMULATED_PIPES, EMULATED_CHANNELS, EMULATIONS };
static const char *const emulation_ids[EMULATIONS] = {"fused", "pipes", "emulator"};

/* The list, and a board of the user's own. */
static struct dlb_fpga_device devices[MAX_DEVICES];
static int device_count;
static struct dlb_fpga_board own_board;

static struct dlb_fpga_device *add(const char *id, enum dlb_fpga_device_kind kind,
                                   enum dlb_fpga_form form, const struct dlb_cl_device *executor)
{
    assert(device_count < MAX_DEVICES);
    struct dlb_fpga_device *device = &devices[device_count++];
    *device = (struct dlb_fpga_device){.kind = kind, .form = form, .executor = executor};
    snprintf(device->id, sizeof device->id, "%s", id);
    return device;
}

/* ---- a board of the user's own -------------------------------------------------------------------- */

static enum dlb_status read_file(const char *path, char *text, size_t size, struct dlb_why *why)
{
    struct stat found;
    if (stat(path, &found) == 0 && !S_ISREG(found.st_mode)) /* a FIFO would wait for its writer */
        return dlb_fail(why, DLB_INVALID,
                        "fpga.board-file: a regular file is wanted, '%.200s' is %s", path,
                        S_ISDIR(found.st_mode) ? "a folder" : "something else");
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return dlb_fail(why, DLB_INVALID, "fpga.board-file: '%.200s' cannot be opened", path);
    const size_t length = fread(text, 1, size - 1, file);
    const bool failed = ferror(file) != 0 || length == size - 1 || memchr(text, '\0', length);
    (void)fclose(file);
    if (failed)
        return dlb_fail(why, DLB_INVALID,
                        "fpga.board-file: a text of at most %d bytes is wanted, '%.200s' is not",
                        MAX_BOARD_BYTES - 1, path);
    text[length] = '\0';
    return DLB_OK;
}

static bool is_taken(const char *id)
{
    for (int i = 0; i < EMULATIONS; i++)
        if (strcmp(emulation_ids[i], id) == 0)
            return true;
    return dlb_fpga_board_find(id) != NULL;
}

/* The id of a board is its file's name without folder and ending. */
static enum dlb_status name_board(const char *path, struct dlb_fpga_board *board,
                                  struct dlb_why *why)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    const size_t length = strcspn(name, ".");
    const size_t good = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_");
    if (length == 0 || good < length || length >= sizeof board->id ||
        strspn(name, "0123456789") == length)
        return dlb_fail(why, DLB_INVALID,
                        "fpga.board-file: a file name of a-z, 0-9, - and _ is wanted (at most %zu "
                        "and not digits alone, then an ending): it names the device; found '%.60s'",
                        sizeof board->id - 1, name);
    snprintf(board->id, sizeof board->id, "%.*s", (int)length, name);
    if (is_taken(board->id))
        return dlb_fail(why, DLB_INVALID,
                        "fpga.board-file: there is an fpga:%s already: give the file another name",
                        board->id);
    return DLB_OK;
}

static enum dlb_status read_own_board(const char *path, struct dlb_why *why)
{
    char *text = malloc(MAX_BOARD_BYTES);
    if (text == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory to read a board file");
    enum dlb_status status = read_file(path, text, MAX_BOARD_BYTES, why);
    if (status == DLB_OK)
        status = dlb_fpga_board_parse(text, path, &own_board, why);
    if (status == DLB_OK)
        status = name_board(path, &own_board, why);
    free(text);
    return status;
}

/* ---- finding -------------------------------------------------------------------------------------- */

static bool is_board(const struct dlb_cl_device *device)
{
    return (device->type & CL_DEVICE_TYPE_ACCELERATOR) != 0 && !device->fpga_emulation;
}

static bool computes(const struct dlb_cl_device *device)
{
    return dlb_cl_compiles(device) && !is_board(device);
}

/* Numbered as the opencl backend numbers its devices, accelerators among them; what no one asked for is no accelerator. */
static enum dlb_status find_executor(const struct dlb_cl_device *list, int count, const char *wish,
                                     const struct dlb_cl_device **executor, struct dlb_why *why)
{
    const struct dlb_cl_device *usable[DLB_CL_MAX_DEVICES];
    int usable_count = 0;
    int64_t number;
    *executor = NULL;
    for (int i = 0; i < count; i++)
        if (dlb_cl_compiles(&list[i]))
            usable[usable_count++] = &list[i];
    if (wish[0] != '\0') {
        if (dlb_parse_int(wish, &number, NULL) != DLB_OK || number < 0 || number >= usable_count)
            return dlb_fail(why, DLB_INVALID,
                            "fpga.executor: the number of an OpenCL device that compiles kernels "
                            "is wanted, below %d; found '%.60s'",
                            usable_count, wish);
        *executor = usable[number];
        return DLB_OK;
    }
    for (int i = usable_count - 1; i >= 0; i--)
        if (computes(usable[i]) &&
            (*executor == NULL || (usable[i]->type & CL_DEVICE_TYPE_CPU) != 0))
            *executor = usable[i];
    return DLB_OK;
}

static enum dlb_status parse_form(const char *wish, enum dlb_fpga_form *form, struct dlb_why *why)
{
    for (int i = 0; i <= DLB_FPGA_FORM_COUNT; i++) {
        if (strcmp(wish, dlb_fpga_form_name((enum dlb_fpga_form)i)) != 0)
            continue;
        *form = (enum dlb_fpga_form)i;
        return DLB_OK;
    }
    return dlb_fail(why, DLB_INVALID,
                    "fpga.form: auto, fused, channels or pipes is wanted, found '%.60s'", wish);
}

/* Of an emulator: what was asked for, else what it has. */
static enum dlb_status choose_form(const struct dlb_cl_device *device, enum dlb_fpga_form *form,
                                   struct dlb_why *why)
{
    const bool has[DLB_FPGA_FORM_COUNT] = {true, device->intel_channels, device->pipes};
    if (*form == DLB_FPGA_FORM_AUTO)
        *form = device->intel_channels ? DLB_FPGA_CHANNELS
                : device->pipes        ? DLB_FPGA_PIPES
                                       : DLB_FPGA_FUSED;
    return has[*form] ? DLB_OK
                      : dlb_fail(why, DLB_INVALID, "fpga.form: %.60s has no %s", device->name,
                                 dlb_fpga_form_name(*form));
}

/* A board's form may stay open: its program will tell. */
static void add_boards(const struct dlb_cl_device *list, int count, enum dlb_fpga_form form)
{
    for (int i = 0; i < count; i++)
        if (is_board(&list[i]))
            add("", DLB_FPGA_REAL, form, &list[i]);
}

static void add_models(const struct dlb_cl_device *executor, bool has_own_board)
{
    int count;
    const struct dlb_fpga_board *boards = dlb_fpga_boards(&count);
    for (int i = 0; i < count; i++)
        add(boards[i].id, DLB_FPGA_MODEL, DLB_FPGA_FUSED, executor)->board = &boards[i];
    if (has_own_board)
        add(own_board.id, DLB_FPGA_MODEL, DLB_FPGA_FUSED, executor)->board = &own_board;
}

static enum dlb_status add_emulations(const struct dlb_cl_device *list, int count,
                                      const struct dlb_cl_device *executor, enum dlb_fpga_form form,
                                      struct dlb_why *why)
{
    const struct dlb_cl_device *emulator = NULL, *pipes = NULL;
    for (int i = count - 1; i >= 0; i--) {
        emulator = list[i].fpga_emulation ? &list[i] : emulator;
        pipes = computes(&list[i]) && list[i].pipes ? &list[i] : pipes;
    }
    if (executor != NULL)
        add(emulation_ids[EMULATED_FUSED], DLB_FPGA_EMULATED, DLB_FPGA_FUSED, executor);
    if (pipes != NULL)
        add(emulation_ids[EMULATED_PIPES], DLB_FPGA_EMULATED, DLB_FPGA_PIPES, pipes);
    if (emulator == NULL)
        return DLB_OK;
    const enum dlb_status status = choose_form(emulator, &form, why);
    if (status == DLB_OK)
        add(emulation_ids[EMULATED_CHANNELS], DLB_FPGA_EMULATED, form, emulator);
    return status;
}

enum dlb_status dlb_fpga_devices_find(const struct dlb_fpga_wishes *wishes, struct dlb_why *why)
{
    const struct dlb_cl_device *list, *executor;
    int count;
    enum dlb_fpga_form form = DLB_FPGA_FORM_AUTO;
    const bool has_own_board = wishes->board_file[0] != '\0';
    device_count = 0;
    enum dlb_status status = parse_form(wishes->form, &form, why);
    if (status == DLB_OK)
        status = dlb_cl_devices(&(struct dlb_cl_search){.threads = DLB_FPGA_THREADS,
                                                        .vendors = wishes->vendors,
                                                        .option = "fpga.vendors",
                                                        .extra = "fpga-vendors"},
                                &list, &count, why);
    if (status == DLB_OK && has_own_board)
        status = read_own_board(wishes->board_file, why);
    if (status == DLB_OK)
        status = find_executor(list, count, wishes->executor, &executor, why);
    if (status != DLB_OK)
        return status;
    add_boards(list, count, form);
    if (executor != NULL)
        add_models(executor, has_own_board);
    status = add_emulations(list, count, executor, form, why);
    if (status == DLB_OK && device_count == 0)
        return dlb_fail(why, DLB_UNAVAILABLE,
                        "%d OpenCL device(s), but no board and none that compiles kernels: install "
                        "a runtime for the CPU (Debian: pocl-opencl-icd)",
                        count);
    return status;
}

const struct dlb_fpga_device *dlb_fpga_devices(int *count)
{
    *count = device_count;
    return devices;
}

enum dlb_status dlb_fpga_device_named(const char *id, int *index, struct dlb_why *why)
{
    const char *names[MAX_DEVICES + 1] = {NULL};
    int named = 0;
    for (int i = 0; i < device_count; i++) {
        if (devices[i].id[0] == '\0')
            continue;
        names[named++] = devices[i].id;
        if (strcmp(devices[i].id, id) == 0) {
            *index = i;
            return DLB_OK;
        }
    }
    const char *nearest = dlb_fpga_nearest(id, names);
    if (nearest != NULL)
        return dlb_fail(why, DLB_UNAVAILABLE, "fpga has no board '%.40s': did you mean fpga:%s?",
                        id, nearest);
    return dlb_fail(why, DLB_UNAVAILABLE,
                    "fpga has no board '%.40s': dlbench list devices shows them all, and "
                    "--opt fpga.board-file=FILE adds one",
                    id);
}
