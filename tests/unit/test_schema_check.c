/* test_schema_check.c: the schema checker itself; and, called with a file name, a program that holds that result file
 * against the schema: test_schema_check FILE prints nothing and exits 0, or says what is wrong and exits 1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bench/store/result.h"
#include "tests/unit/schema_check.h"

struct rule {
    const char *schema, *document;
    const char *problem; /* "" fits */
};

static const struct rule rules[] = {
    {"{'type': 'object'}", "{}", ""},
    {"{'type': 'object'}", "[]", "wanted object"},
    {"{'type': ['number', 'null']}", "[null]", "one of several"},
    {"{'items': {'type': ['number', 'null']}}", "[null, 1, 1.5]", ""},
    {"{'items': {'type': 'integer'}}", "[1, 1.5]", "/1: wrong type, wanted integer"},
    {"{'required': ['a', 'b']}", "{'a': 1}", "missing: b"},
    {"{'properties': {'a': {'type': 'string'}}}", "{'a': 1}", "/a: wrong type"},
    {"{'properties': {'a': {}}, 'additionalProperties': false}", "{'a': 1, 'b': 2}",
     "not allowed: b"},
    {"{'patternProperties': {'^x_': {}}, 'additionalProperties': false}", "{'x_b': 2}", ""},
    {"{'patternProperties': {'^x_': {'type': 'null'}}}", "{'x_b': 2}", "/x_b: wrong type"},
    {"{'additionalProperties': {'type': 'boolean'}}", "{'b': 2}", "/b: wrong type"},
    {"{'properties': {'a': {'enum': ['x', null]}}}", "{'a': null}", ""},
    {"{'properties': {'a': {'enum': ['x', null]}}}", "{'a': 'y'}", "/a: not one of"},
    {"{'properties': {'a': {'const': 3}}}", "{'a': 4}", "not the one"},
    {"{'properties': {'a': {'pattern': '^[0-9]+$'}}}", "{'a': '12'}", ""},
    {"{'properties': {'a': {'pattern': '^[0-9]+$'}}}", "{'a': '12x'}", "pattern"},
    {"{'items': {'minimum': 0, 'maximum': 1}}", "[0, 0.5, 1]", ""},
    {"{'items': {'minimum': 0}}", "[-1e-9]", "too small"},
    {"{'items': {'maximum': 1}}", "[2]", "too large"},
    {"{'items': {'minLength': 1}}", "['']", "too short"},
    {"{'items': {'anyOf': [{'type': 'null'}, {'type': 'string'}]}}", "[null, 'a']", ""},
    {"{'items': {'anyOf': [{'type': 'null'}, {'type': 'string'}]}}", "[1]", "none of several"},
    {"{'items': {'oneOf': [{'type': 'number'}, {'minimum': 5}]}}", "[3]", ""},
    {"{'items': {'oneOf': [{'type': 'number'}, {'minimum': 5}]}}", "[7]", "not exactly one"},
    {"{'items': {'$ref': '#/$defs/d'}, '$defs': {'d': {'type': 'null'}}}", "[1]", "wanted null"},
    {"{'items': {'$ref': '#/$defs/e'}, '$defs': {'d': {'type': 'null'}}}", "[1]", "nothing"},
    {"{'maxItems': 3}", "[1]", "does not know: maxItems"},
};

static json_t *parse(const char *text)
{
    char copy[512];
    snprintf(copy, sizeof copy, "%s", text);
    for (char *c = copy; *c != '\0'; c++)
        *c = *c == '\'' ? '"' : *c;
    json_t *json = json_loads(copy, 0, NULL);
    assert_non_null(json);
    return json;
}

static void each_keyword_is_applied(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        char problem[256];
        json_t *schema = parse(rules[i].schema);
        json_t *document = parse(rules[i].document);
        const bool ok = schema_check(schema, document, problem, sizeof problem);
        if (ok != (rules[i].problem[0] == '\0') || strstr(problem, rules[i].problem) == NULL)
            fail_msg("%s with %s: '%s'", rules[i].schema, rules[i].document, problem);
        json_decref(schema);
        json_decref(document);
    }
}

static void the_schema_is_known_whole(void **state)
{
    (void)state;
    json_t *schema = json_loads(dlb_result_schema_text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(schema);
    char problem[256];
    json_t *nothing = json_object();
    assert_false(schema_check(schema, nothing, problem, sizeof problem));
    assert_string_equal(problem, "/: missing: schema");
    json_decref(nothing);
    json_decref(schema);
}

static int check_file(const char *path)
{
    json_error_t error;
    char problem[512];
    json_t *schema = json_loads(dlb_result_schema_text, 0, NULL);
    json_t *document = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    bool ok = false;
    if (document == NULL)
        snprintf(problem, sizeof problem, "line %d: %s", error.line, error.text);
    else
        ok = schema_check(schema, document, problem, sizeof problem);
    if (!ok)
        printf("%s: %s\n", path, problem);
    json_decref(document);
    json_decref(schema);
    return ok ? 0 : 1;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_keyword_is_applied),
        cmocka_unit_test(the_schema_is_known_whole),
    };
    return argc > 1 ? check_file(argv[1])
                    : cmocka_run_group_tests_name("schema_check", tests, NULL, NULL);
}
