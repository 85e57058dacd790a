/* test_result.c: result files: what is written is read back, what is refused is refused in one clear line, and nothing that
 * was there is lost. The bad files are in tests/recordings/results. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/base/clock.h"
#include "bench/base/compiler.h"
#include "bench/base/log.h"
#include "bench/store/result.h"
#include "bench/store/result_file.h"
#include "tests/unit/schema_check.h"
#include "tests/unit/store_sample.h"

#define RECORDINGS "tests/recordings/results/"

static char folder[256];

static int make_folder(void **state)
{
    (void)state;
    dlb_log_set_level(DLB_LOG_ERROR);
    sample_make_folder(folder, sizeof folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    sample_remove_folder(folder);
    return 0;
}

static const char *path_of(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static char *slurp(const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *text = calloc(1, 1 << 20);
    assert_non_null(text);
    assert_true(fread(text, 1, (1 << 20) - 1, file) < (1 << 20) - 1);
    fclose(file);
    return text;
}

/* How many files the folder holds: a temporary file left behind would be one too many. */
static int count_files(void)
{
    char command[320];
    int count = -1;
    snprintf(command, sizeof command, "ls -A '%s' | wc -l", folder);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    assert_int_equal(fscanf(pipe, "%d", &count), 1);
    pclose(pipe);
    return count;
}

static void replace(const char *path, const char *text)
{
    struct dlb_why why = {""};
    if (dlb_file_replace(path, text, strlen(text), &why) != DLB_OK)
        fail_msg("%s", why.text);
}

static void assert_refused(const char *path, enum dlb_status status, const char *words)
{
    struct dlb_why why = {""};
    assert_int_equal(dlb_file_replace(path, "new", 3, &why), status);
    if (strstr(why.text, words) == NULL || strchr(why.text, '\n') != NULL)
        fail_msg("%s: '%s'", path, why.text);
}

/* ---- the document ---- */

static void a_run_has_an_identity(void **state)
{
    (void)state;
    struct dlb_result a, b;
    dlb_result_init(&a);
    dlb_result_init(&b);
    assert_int_equal(strlen(a.run_id), 36);
    assert_int_equal(a.run_id[14], '4'); /* version 4 */
    assert_true(strchr("89ab", a.run_id[19]) != NULL);
    assert_string_not_equal(a.run_id, b.run_id);
    assert_int_equal(strlen(a.created_utc), 20);
    dlb_result_free(&a);
    dlb_result_free(&b);
}

static void files_read_back_the_same(void **state)
{
    (void)state;
    struct dlb_result result, again;
    struct dlb_why why = {""};
    const char *path = path_of("same.json");
    sample_result(&result);
    assert_int_equal(dlb_result_save(&result, path, &why), DLB_OK);
    char *first = slurp(path);
    if (dlb_result_load(path, &again, &why) != DLB_OK)
        fail_msg("%s", why.text);
    assert_int_equal(again.record_count, result.record_count);
    assert_int_equal(again.seed, 4711);
    assert_true(again.complete && again.duration_s == 108.25);
    assert_int_equal(dlb_result_save(&again, path, &why), DLB_OK);
    char *second = slurp(path);
    assert_string_equal(first, second);
    free(first);
    free(second);
    dlb_result_free(&result);
    dlb_result_free(&again);
}

/* What dlbench writes can be read a line at a time, and tells the same as the whole document. */
static void lines_tell_what_the_document_tells(void **state)
{
    (void)state;
    struct dlb_result result, by_lines, by_document;
    const char *path = path_of("lines.json");
    sample_result(&result);
    assert_int_equal(dlb_result_save(&result, path, NULL), DLB_OK);
    char *text = slurp(path);
    assert_true(dlb_result_from_lines(text, strlen(text), &by_lines));
    json_t *document = json_loads(text, 0, NULL);
    assert_int_equal(dlb_result_from_json(document, &by_document, NULL), DLB_OK);
    json_t *lines = dlb_result_to_json(&by_lines);
    json_t *whole = dlb_result_to_json(&by_document);
    assert_true(json_equal(lines, whole));
    json_decref(lines);
    json_decref(whole);
    json_decref(document);
    free(text);
    dlb_result_free(&result);
    dlb_result_free(&by_lines);
    dlb_result_free(&by_document);
}

/* Any other layout is the document's: the first `from` in the text becomes `to`. */
static void other_layouts_are_not_read_by_lines(void **state)
{
    static const struct {
        const char *from, *to;
        bool is_json;
    } changes[] = {
        {"\n]\n}\n", "\n]\n}\n ", true},                        /* something behind it */
        {"\n]\n}\n", "\n]}\n", true},                           /* the end on one line */
        {"\n]\n}\n", "\n]\n}\n{}\n", false},                    /* another document */
        {"\n]\n}\n", "\n],\n\"x\": 1}\n", true},                /* a member behind the records */
        {"\n]\n}\n", ",\n]\n}\n", false},                       /* a comma too many */
        {"},\n{\"key\"", "}\n{\"key\"", false},                 /* one too few */
        {"},\n{\"key\"", "}, {\"key\"", true},                  /* two records on a line */
        {"},\n{\"key\"", "},\n\n{\"key\"", true},               /* an empty line */
        {"\n{\"key\":", "\n{\n\"key\":", true},                 /* a record on two lines */
        {"},\n{\"key\"", "}],[{\"key\": 1},\n{\"key\"", false}, /* brackets that close in a line */
        {"\n\"results\": [", "\n\"results\":[", true},
        {"\n\"results\": [", "\n\"results\": [],\n\"results\": [", false},
    };
    (void)state;
    struct dlb_result result, again;
    const char *path = path_of("layout.json");
    sample_result(&result);
    assert_true(result.record_count > 1);
    assert_int_equal(dlb_result_save(&result, path, NULL), DLB_OK);
    char *text = slurp(path);
    for (size_t i = 0; i < DLB_ARRAY_COUNT(changes); i++) {
        const char *at = strstr(text, changes[i].from);
        const size_t size = strlen(text) + 64;
        char *changed = malloc(size);
        struct dlb_result untouched = {.exit_code = 77};
        assert_non_null(at);
        assert_non_null(changed);
        snprintf(changed, size, "%.*s%s%s", (int)(at - text), text, changes[i].to,
                 at + strlen(changes[i].from));
        if (dlb_result_from_lines(changed, strlen(changed), &untouched) ||
            untouched.exit_code != 77)
            fail_msg("change %zu was read by lines", i);
        assert_int_equal(dlb_file_replace(path, changed, strlen(changed), NULL), DLB_OK);
        const enum dlb_status status = dlb_result_load(path, &again, NULL);
        if ((status == DLB_OK) != changes[i].is_json)
            fail_msg("change %zu: %s", i, dlb_status_name(status));
        if (status == DLB_OK) {
            assert_int_equal(again.record_count, result.record_count);
            dlb_result_free(&again);
        }
        free(changed);
    }
    free(text);
    dlb_result_free(&result);
}

/* What nobody knows may nest in a record as deep in one way of reading as in the other. */
static void depth_counts_from_the_top(void **state)
{
    struct dlb_result result, again;
    const char *path = path_of("deep.json");
    int refused = 0;
    (void)state;
    sample_result(&result);
    assert_int_equal(dlb_result_save(&result, path, NULL), DLB_OK);
    char *text = slurp(path);
    const char *at = strstr(text, "\n{\"key\"");
    assert_non_null(at);
    for (int depth = 50; depth < 70; depth++) {
        const size_t size = strlen(text) + 256;
        char *deep = malloc(size);
        char nest[160] = "";
        assert_non_null(deep);
        memset(nest, '[', (size_t)depth);
        memset(nest + depth, ']', (size_t)depth);
        snprintf(deep, size, "%.*s\n{\"unknown\": %s, %s", (int)(at - text), text, nest, at + 2);
        json_t *document = json_loads(deep, 0, NULL);
        const bool by_lines = dlb_result_from_lines(deep, strlen(deep), &again);
        assert_int_equal(by_lines, document != NULL);
        refused += document == NULL;
        if (by_lines)
            dlb_result_free(&again);
        json_decref(document);
        free(deep);
    }
    assert_in_range(refused, 1, 19);
    free(text);
    dlb_result_free(&result);
}

static void documents_fit_the_schema(void **state)
{
    (void)state;
    struct dlb_result result;
    char problem[512];
    json_t *schema = json_loads(dlb_result_schema_text, 0, NULL);
    sample_result(&result);
    result.seed = UINT64_MAX;
    json_t *json = dlb_result_to_json(&result);
    if (!schema_check(schema, json, problem, sizeof problem))
        fail_msg("%s", problem);
    json_decref(json);
    dlb_result_free(&result);
    sample_full_result(&result); /* with all that can stand beside the times */
    json = dlb_result_to_json(&result);
    if (!schema_check(schema, json, problem, sizeof problem))
        fail_msg("%s", problem);
    json_decref(json);
    dlb_result_free(&result);
    dlb_result_init(&result); /* nothing measured yet: what is saved at the start */
    result.tool = json_pack("{s:s}", "version", "0.1.0");
    json = dlb_result_to_json(&result);
    if (!schema_check(schema, json, problem, sizeof problem))
        fail_msg("%s", problem);
    json_decref(json);
    dlb_result_free(&result);
    json_decref(schema);
}

/* The schema must catch what the reader catches: it is for other programs. */
static void the_schema_catches_mistakes(void **state)
{
    (void)state;
    static const char *const names[] = {"other-schema",  "newer-major", "no-schema",
                                        "wrong-type",    "no-results",  "bad-seed",
                                        "unknown-status"};
    json_t *schema = json_loads(dlb_result_schema_text, 0, NULL);
    char problem[512], path[128];
    /* The first is from before there were energy, cost, roofs and counters. */
    static const char *const valid[] = {"valid", "beside"};
    for (size_t i = 0; i < sizeof valid / sizeof valid[0]; i++) {
        snprintf(path, sizeof path, RECORDINGS "%s.json", valid[i]);
        json_t *json = json_load_file(path, 0, NULL);
        if (!schema_check(schema, json, problem, sizeof problem))
            fail_msg("%s: %s", path, problem);
        json_decref(json);
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, RECORDINGS "%s.json", names[i]);
        json_t *json = json_load_file(path, 0, NULL);
        assert_non_null(json);
        if (schema_check(schema, json, problem, sizeof problem))
            fail_msg("%s fits the schema", path);
        json_decref(json);
    }
    json_decref(schema);
}

/* ---- reading ---- */

static const struct {
    const char *name;
    enum dlb_status status;
    const char *words; /* of the reason, after the path */
} files[] = {
    {"valid.json", DLB_OK, ""},
    {"newer-minor.json", DLB_OK, ""},
    {"bom.json", DLB_OK, ""},
    {"crlf.json", DLB_OK, ""},
    {"large-seed.json", DLB_OK, ""},
    {"beside.json", DLB_OK, ""},
    {"missing.json", DLB_IO, "cannot read tests/recordings/results/missing.json: No such file"},
    {"empty.json", DLB_INVALID, "empty.json: the file is empty; wanted a result file"},
    {"blank.json", DLB_INVALID, "the file ends too early"},
    {"truncated.json", DLB_INVALID, "the file ends too early: an incomplete copy?"},
    {"utf16.json", DLB_INVALID, "the file is UTF-16; wanted UTF-8"},
    {"not-json.json", DLB_INVALID, "line 1, column"},
    {"trailing.json", DLB_INVALID, "end of file expected near '{'"},
    {"array.json", DLB_INVALID, "no result file: wanted an object, found an array"},
    {"no-schema.json", DLB_INVALID, "no result file: wanted \"schema\": \"dlbench-result/1\""},
    {"other-schema.json", DLB_INVALID, "wanted dlbench-result/1, found 'some-bench/1'"},
    {"newer-major.json", DLB_INVALID, "reads dlbench-result/1, found 'dlbench-result/2'; use"},
    {"no-results.json", DLB_INVALID, "results: wanted an array, found nothing"},
    {"duplicate-keys.json", DLB_INVALID, "duplicate object key near '\"seed\"'"},
    {"duplicate-cases.json", DLB_INVALID, "is there twice, first as results[1]"},
    {"deep-nesting.json", DLB_INVALID, "maximum parsing depth reached"},
    {"nan.json", DLB_INVALID, "invalid token near 'NaN'"},
    {"infinity.json", DLB_INVALID, "invalid token near '-'"},
    {"huge-real.json", DLB_INVALID, "real number overflow near '1e999'"},
    {"huge-integer.json", DLB_INVALID, "too big integer"},
    {"out-of-range.json", DLB_INVALID, "exit_code: 9000000000 is out of range"},
    {"invalid-utf8.json", DLB_INVALID, "unable to decode byte 0xff"},
    {"nul-character.json", DLB_INVALID, "\\u0000 is not allowed"},
    {"wrong-type.json", DLB_INVALID, "results[1].summary.median_ns: wanted a number, found a text"},
    {"unknown-status.json", DLB_INVALID, "results[1].status: wanted ok, failed, skipped"},
    {"traversal.json", DLB_INVALID, "results[1].invocations[0].samples_ref: wanted a path inside"},
    {"bad-seed.json", DLB_INVALID, "seed: wanted an integer from 0 to 2^64-1"},
};

static void each_file_has_its_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[128];
        struct dlb_why why = {""};
        struct dlb_result result = {.exit_code = 77};
        snprintf(path, sizeof path, RECORDINGS "%s", files[i].name);
        const enum dlb_status status = dlb_result_load(path, &result, &why);
        if (status != files[i].status || strstr(why.text, files[i].words) == NULL ||
            strchr(why.text, '\n') != NULL || (status != DLB_OK && strstr(why.text, path) == NULL))
            fail_msg("%s: %s, '%s'", path, dlb_status_name(status), why.text);
        if (status == DLB_OK) {
            assert_int_equal(result.record_count, 4);
            dlb_result_free(&result);
        } else {
            assert_int_equal(result.exit_code, 77); /* untouched */
        }
    }
}

/* Is all of `part` in `whole`, unchanged? Only objects may have more members there: what later versions write. */
static bool is_within(json_t *part, json_t *whole)
{
    const char *name;
    size_t index;
    json_t *value;
    bool within = json_typeof(part) == json_typeof(whole);
    if (json_is_object(part) && within) {
        json_object_foreach(part, name, value)
        {
            within = within && json_object_get(whole, name) != NULL &&
                     is_within(value, json_object_get(whole, name));
        }
        return within;
    }
    if (json_is_array(part) && within) {
        within = json_array_size(part) == json_array_size(whole);
        json_array_foreach(part, index, value)
        {
            within = within && is_within(value, json_array_get(whole, index));
        }
        return within;
    }
    return json_equal(part, whole) != 0;
}

/* The recording is also older than some of our fields: they are there afterwards, and empty. */
static void what_is_not_known_is_kept(void **state)
{
    (void)state;
    struct dlb_result result;
    struct dlb_why why = {""};
    const char *path = path_of("minor.json");
    assert_int_equal(dlb_result_load(RECORDINGS "newer-minor.json", &result, &why), DLB_OK);
    assert_int_equal(dlb_result_save(&result, path, &why), DLB_OK);
    json_t *before = json_load_file(RECORDINGS "newer-minor.json", 0, NULL);
    json_t *after = json_load_file(path, 0, NULL);
    json_object_set_new(before, "schema", json_string(DLB_RESULT_SCHEMA));
    assert_true(is_within(before, after));
    assert_non_null(json_object_get(after, "weather"));
    const json_t *record = json_array_get(json_object_get(after, "results"), 0);
    assert_string_equal(json_string_value(json_object_get(record, "parameters")), "");
    assert_true(json_is_null(json_object_get(record, "cycles")));
    json_decref(before);
    json_decref(after);
    dlb_result_free(&result);
}

static void odd_places_are_not_read(void **state)
{
    (void)state;
    struct dlb_result result;
    struct dlb_why why = {""};
    assert_int_equal(dlb_result_load(folder, &result, &why), DLB_IO);
    assert_non_null(strstr(why.text, "it is a folder; wanted a file"));
    const char *fifo = path_of("fifo");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(dlb_result_load(fifo, &result, &why), DLB_IO); /* and does not wait */
    assert_non_null(strstr(why.text, "it is a FIFO or pipe"));
    unlink(fifo);
    const char *large = path_of("large.json");
    FILE *file = fopen(large, "w");
    assert_non_null(file);
    assert_int_equal(ftruncate(fileno(file), (off_t)1 << 31), 0); /* sparse */
    fclose(file);
    assert_int_equal(dlb_result_load(large, &result, &why), DLB_INVALID);
    assert_non_null(strstr(why.text, "2147483648 bytes are more than the 2 GiB"));
    unlink(large);
    const char *locked = path_of("locked.json");
    replace(locked, "{}");
    assert_int_equal(chmod(locked, 0), 0);
    if (access(locked, R_OK) != 0) { /* root reads everything */
        assert_int_equal(dlb_result_load(locked, &result, &why), DLB_IO);
        assert_non_null(strstr(why.text, "Permission denied"));
    }
    unlink(locked);
}

/* ---- writing ---- */

static void odd_places_are_not_written(void **state)
{
    (void)state;
    char path[300];
    assert_refused(folder, DLB_IO, "it is a folder; wanted the name of a file");
    snprintf(path, sizeof path, "%s/no/such.json", folder);
    assert_refused(path, DLB_IO, "there is no folder");
    assert_refused("", DLB_IO, "a file without a name");
    snprintf(path, sizeof path, "%s/fifo", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_refused(path, DLB_IO, "it is a FIFO or pipe");
    unlink(path);
    char *longest = malloc(5000);
    memset(longest, 'a', 4999);
    longest[4999] = '\0';
    assert_refused(longest, DLB_IO, "path too long");
    longest[300] = '\0';
    assert_refused(longest, DLB_IO, "File name too long");
    free(longest);
    snprintf(path, sizeof path, "%s/loop", folder);
    assert_int_equal(symlink("loop", path), 0);
    assert_refused(path, DLB_IO, "symbolic links");
    unlink(path);
    replace("/dev/null", "swallowed");
    struct stat info;
    assert_true(stat("/dev/null", &info) == 0 && S_ISCHR(info.st_mode));
}

static void links_stay_links(void **state)
{
    (void)state;
    char link[300], target[300];
    struct stat info;
    const int files_before = count_files();
    snprintf(link, sizeof link, "%s/link.json", folder);
    snprintf(target, sizeof target, "%s/target.json", folder);
    assert_int_equal(symlink("target.json", link), 0);
    replace(link, "through a link to nothing");
    replace(link, "twice");
    assert_true(lstat(link, &info) == 0 && S_ISLNK(info.st_mode));
    assert_true(lstat(target, &info) == 0 && S_ISREG(info.st_mode));
    char *text = slurp(target);
    assert_string_equal(text, "twice");
    free(text);
    assert_int_equal(chmod(target, 0640), 0);
    replace(target, "the permissions stay");
    assert_true(stat(target, &info) == 0 && (info.st_mode & 0777) == 0640);
    assert_int_equal(count_files(), files_before + 2);
    unlink(link);
    unlink(target);
}

/* The disk is full: stood in for by a limit on the size of files, which fails writes in the same way. */
static void a_full_disk_leaves_the_old_file(void **state)
{
    (void)state;
    struct dlb_result result;
    struct dlb_why why = {""};
    const char *path = path_of("full.json");
    struct rlimit unlimited, small;
    replace(path, "the old file");
    const int files_before = count_files();
    sample_result(&result);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
    small = unlimited;
    for (rlim_t limit = 0; limit <= 20000; limit += 5000) {
        small.rlim_cur = limit;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        const enum dlb_status status = dlb_result_save(&result, path, &why);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
        assert_int_equal(status, DLB_IO);
        assert_non_null(strstr(why.text, "full.json: "));
        assert_non_null(strstr(why.text, "File too large"));
    }
    char *text = slurp(path);
    assert_string_equal(text, "the old file");
    free(text);
    assert_int_equal(count_files(), files_before);
    dlb_result_free(&result);
}

/* A reader sees one whole file or the other, however often two writers replace it. */
static void writers_do_not_mix(void **state)
{
    (void)state;
    const char *path = path_of("busy.json");
    struct dlb_result result;
    struct dlb_why why = {""};
    sample_result(&result);
    assert_int_equal(dlb_result_save(&result, path, &why), DLB_OK);
    pid_t writers[2];
    for (int i = 0; i < 2; i++) {
        writers[i] = fork();
        assert_true(writers[i] >= 0);
        if (writers[i] == 0) {
            result.seed = (uint64_t)i;
            for (int j = 0; j < 30; j++)
                if (dlb_result_save(&result, path, &why) != DLB_OK)
                    _exit(1);
            _exit(0);
        }
    }
    for (int i = 0; i < 30; i++) {
        struct dlb_result seen;
        if (dlb_result_load(path, &seen, &why) != DLB_OK)
            fail_msg("%s", why.text);
        assert_int_equal(seen.record_count, result.record_count);
        dlb_result_free(&seen);
    }
    for (int i = 0; i < 2; i++) {
        int status = -1;
        assert_int_equal(waitpid(writers[i], &status, 0), writers[i]);
        assert_int_equal(status, 0);
    }
    dlb_result_free(&result);
}

/* Nobody reads any more: not an error to tell, but no success either. */
static void a_closed_pipe_is_quiet(void **state)
{
    (void)state;
    struct dlb_result result;
    struct dlb_why why = {"untold"};
    int ends[2];
    sample_result(&result);
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    FILE *stream = fdopen(ends[1], "w");
    assert_int_equal(dlb_result_write(&result, stream, &why), DLB_IO);
    assert_string_equal(why.text, "");
    fclose(stream);
    stream = fopen("/dev/full", "w");
    if (stream != NULL) {
        assert_int_equal(dlb_result_write(&result, stream, &why), DLB_IO);
        assert_string_equal(why.text, "cannot write: No space left on device");
        fclose(stream);
    }
    dlb_result_free(&result);
}

static void ten_thousand_records_come_back(void **state)
{
    (void)state;
    struct dlb_result result, again;
    struct dlb_why why = {""};
    const char *path = path_of("many.json");
    dlb_result_init(&result);
    for (int i = 0; i < 10000; i++) {
        struct dlb_record record;
        char problem[64];
        snprintf(problem, sizeof problem, "gemm:m=%d,dtype=f32", i + 1);
        sample_record(&record, problem, problem, "onednn:0", 1e6 + i, 3);
        assert_int_equal(dlb_result_add(&result, &record), DLB_OK);
    }
    const int64_t begin = dlb_clock_ns();
    assert_int_equal(dlb_result_save(&result, path, &why), DLB_OK);
    const double save_s = 1e-9 * (double)(dlb_clock_ns() - begin);
    assert_int_equal(dlb_result_load(path, &again, &why), DLB_OK);
    const double both_s = 1e-9 * (double)(dlb_clock_ns() - begin);
    assert_int_equal(again.record_count, 10000);
    assert_true(again.records[9999].invocations[2].samples_ns[59] ==
                result.records[9999].invocations[2].samples_ns[59]);
    print_message("# 10,000 records: save %.2f s, load %.2f s\n", save_s, both_s - save_s);
    dlb_result_free(&result);
    dlb_result_free(&again);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_has_an_identity),
        cmocka_unit_test(files_read_back_the_same),
        cmocka_unit_test(lines_tell_what_the_document_tells),
        cmocka_unit_test(other_layouts_are_not_read_by_lines),
        cmocka_unit_test(depth_counts_from_the_top),
        cmocka_unit_test(documents_fit_the_schema),
        cmocka_unit_test(the_schema_catches_mistakes),
        cmocka_unit_test(each_file_has_its_words),
        cmocka_unit_test(what_is_not_known_is_kept),
        cmocka_unit_test(odd_places_are_not_read),
        cmocka_unit_test(odd_places_are_not_written),
        cmocka_unit_test(links_stay_links),
        cmocka_unit_test(a_full_disk_leaves_the_old_file),
        cmocka_unit_test(writers_do_not_mix),
        cmocka_unit_test(a_closed_pipe_is_quiet),
        cmocka_unit_test(ten_thousand_records_come_back),
    };
    return cmocka_run_group_tests_name("result", tests, make_folder, remove_folder);
}
