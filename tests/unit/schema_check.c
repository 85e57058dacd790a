/* schema_check.c: a validator for the part of JSON Schema (draft 2020-12) that result.schema.json is written in.
 *
 * Written for the tests, apart from the code that makes the documents: both would have to be wrong in the same way. One
 * function per keyword; the table below says which there are. */
#include "tests/unit/schema_check.h"

#include <regex.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct check {
    const json_t *root;
    char path[512];
    char *problem;
    size_t size;
};

typedef bool keyword(struct check *check, const json_t *schema, const json_t *rule,
                     const json_t *value);

static bool matches(struct check *check, const json_t *schema, const json_t *value);

static bool fail(struct check *check, const char *what, const char *detail)
{
    snprintf(check->problem, check->size, "%s: %s%s", check->path[0] != '\0' ? check->path : "/",
             what, detail);
    return false;
}

/* Checks a member or element under its own path. */
static bool below(struct check *check, const char *name, const json_t *schema, const json_t *value)
{
    const size_t length = strlen(check->path);
    snprintf(check->path + length, sizeof check->path - length, "/%s", name);
    const bool ok = matches(check, schema, value);
    check->path[length] = '\0';
    return ok;
}

static bool is_type(const char *type, const json_t *value)
{
    if (strcmp(type, "object") == 0)
        return json_is_object(value);
    if (strcmp(type, "array") == 0)
        return json_is_array(value);
    if (strcmp(type, "string") == 0)
        return json_is_string(value);
    if (strcmp(type, "number") == 0)
        return json_is_number(value);
    if (strcmp(type, "integer") == 0)
        return json_is_integer(value);
    if (strcmp(type, "boolean") == 0)
        return json_is_boolean(value);
    return strcmp(type, "null") == 0 && json_is_null(value);
}

static bool check_type(struct check *check, const json_t *schema, const json_t *rule,
                       const json_t *value)
{
    (void)schema;
    if (json_is_string(rule))
        return is_type(json_string_value(rule), value) ||
               fail(check, "wrong type, wanted ", json_string_value(rule));
    for (size_t i = 0; i < json_array_size(rule); i++)
        if (is_type(json_string_value(json_array_get(rule, i)), value))
            return true;
    return fail(check, "wrong type, wanted one of several", "");
}

static bool check_enum(struct check *check, const json_t *schema, const json_t *rule,
                       const json_t *value)
{
    (void)schema;
    for (size_t i = 0; i < json_array_size(rule); i++)
        if (json_equal(json_array_get(rule, i), value))
            return true;
    return fail(check, "not one of the allowed values: ",
                json_is_string(value) ? json_string_value(value) : "(no text)");
}

static bool check_const(struct check *check, const json_t *schema, const json_t *rule,
                        const json_t *value)
{
    (void)schema;
    return json_equal(rule, value) || fail(check, "not the one allowed value", "");
}

static bool check_required(struct check *check, const json_t *schema, const json_t *rule,
                           const json_t *value)
{
    (void)schema;
    for (size_t i = 0; json_is_object(value) && i < json_array_size(rule); i++) {
        const char *name = json_string_value(json_array_get(rule, i));
        if (json_object_get(value, name) == NULL)
            return fail(check, "missing: ", name);
    }
    return true;
}

static bool fits_pattern(const char *pattern, const char *text)
{
    regex_t regex;
    if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    const bool ok = regexec(&regex, text, 0, NULL, 0) == 0;
    regfree(&regex);
    return ok;
}

static bool check_pattern(struct check *check, const json_t *schema, const json_t *rule,
                          const json_t *value)
{
    (void)schema;
    return !json_is_string(value) ||
           fits_pattern(json_string_value(rule), json_string_value(value)) ||
           fail(check, "does not fit the pattern ", json_string_value(rule));
}

static bool check_properties(struct check *check, const json_t *schema, const json_t *rule,
                             const json_t *value)
{
    (void)schema;
    json_t *members = (json_t *)(uintptr_t)value;
    const char *name = NULL;
    json_t *member = NULL;
    json_object_foreach(members, name, member)
    {
        const json_t *inner = json_object_get(rule, name);
        if (inner != NULL && !below(check, name, inner, member))
            return false;
    }
    return true;
}

/* The schema of a pattern that the name fits, or NULL. */
static const json_t *pattern_for(const json_t *patterns, const char *wanted)
{
    json_t *rules = (json_t *)(uintptr_t)patterns;
    const char *pattern = NULL;
    json_t *schema = NULL;
    json_object_foreach(rules, pattern, schema) if (fits_pattern(pattern, wanted)) return schema;
    return NULL;
}

static bool check_pattern_properties(struct check *check, const json_t *schema, const json_t *rule,
                                     const json_t *value)
{
    (void)schema;
    json_t *members = (json_t *)(uintptr_t)value;
    const char *name = NULL;
    json_t *member = NULL;
    json_object_foreach(members, name, member)
    {
        const json_t *inner = pattern_for(rule, name);
        if (inner != NULL && !below(check, name, inner, member))
            return false;
    }
    return true;
}

static bool check_additional(struct check *check, const json_t *schema, const json_t *rule,
                             const json_t *value)
{
    json_t *members = (json_t *)(uintptr_t)value;
    const char *name = NULL;
    json_t *member = NULL;
    json_object_foreach(members, name, member)
    {
        if (json_object_get(json_object_get(schema, "properties"), name) != NULL ||
            pattern_for(json_object_get(schema, "patternProperties"), name) != NULL)
            continue;
        if (json_is_false(rule))
            return fail(check, "not allowed: ", name);
        if (json_is_object(rule) && !below(check, name, rule, member))
            return false;
    }
    return true;
}

static bool check_items(struct check *check, const json_t *schema, const json_t *rule,
                        const json_t *value)
{
    (void)schema;
    for (size_t i = 0; i < json_array_size(value); i++) {
        char name[24];
        snprintf(name, sizeof name, "%zu", i);
        if (!below(check, name, rule, json_array_get(value, i)))
            return false;
    }
    return true;
}

static bool check_minimum(struct check *check, const json_t *schema, const json_t *rule,
                          const json_t *value)
{
    (void)schema;
    return !json_is_number(value) || json_number_value(value) >= json_number_value(rule) ||
           fail(check, "too small", "");
}

static bool check_maximum(struct check *check, const json_t *schema, const json_t *rule,
                          const json_t *value)
{
    (void)schema;
    return !json_is_number(value) || json_number_value(value) <= json_number_value(rule) ||
           fail(check, "too large", "");
}

static bool check_min_length(struct check *check, const json_t *schema, const json_t *rule,
                             const json_t *value)
{
    (void)schema;
    return !json_is_string(value) ||
           (json_int_t)json_string_length(value) >= json_integer_value(rule) ||
           fail(check, "too short", "");
}

/* "#/$defs/NAME" and nothing else. */
static bool check_ref(struct check *check, const json_t *schema, const json_t *rule,
                      const json_t *value)
{
    (void)schema;
    static const char prefix[] = "#/$defs/";
    const char *name = json_string_value(rule);
    const json_t *target = NULL;
    if (strncmp(name, prefix, strlen(prefix)) == 0)
        target = json_object_get(json_object_get(check->root, "$defs"), name + strlen(prefix));
    return target != NULL ? matches(check, target, value)
                          : fail(check, "the schema refers to nothing: ", name);
}

static int count_fits(struct check *check, const json_t *rule, const json_t *value)
{
    char ignored[256];
    int fits = 0;
    for (size_t i = 0; i < json_array_size(rule); i++) {
        struct check inner = *check;
        inner.problem = ignored;
        inner.size = sizeof ignored;
        fits += matches(&inner, json_array_get(rule, i), value);
    }
    return fits;
}

static bool check_any_of(struct check *check, const json_t *schema, const json_t *rule,
                         const json_t *value)
{
    (void)schema;
    return count_fits(check, rule, value) > 0 || fail(check, "fits none of several", "");
}

static bool check_one_of(struct check *check, const json_t *schema, const json_t *rule,
                         const json_t *value)
{
    (void)schema;
    return count_fits(check, rule, value) == 1 || fail(check, "fits not exactly one", "");
}

static bool ignore(struct check *check, const json_t *schema, const json_t *rule,
                   const json_t *value)
{
    (void)check;
    (void)schema;
    (void)rule;
    (void)value;
    return true;
}

static const struct {
    const char *name;
    keyword *apply;
} keywords[] = {
    {"$schema", ignore},
    {"$id", ignore},
    {"$defs", ignore},
    {"title", ignore},
    {"description", ignore},
    {"$ref", check_ref},
    {"type", check_type},
    {"enum", check_enum},
    {"const", check_const},
    {"required", check_required},
    {"properties", check_properties},
    {"patternProperties", check_pattern_properties},
    {"additionalProperties", check_additional},
    {"items", check_items},
    {"pattern", check_pattern},
    {"minimum", check_minimum},
    {"maximum", check_maximum},
    {"minLength", check_min_length},
    {"anyOf", check_any_of},
    {"oneOf", check_one_of},
};

static keyword *find_keyword(const char *name)
{
    for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++)
        if (strcmp(keywords[i].name, name) == 0)
            return keywords[i].apply;
    return NULL;
}

static bool matches(struct check *check, const json_t *schema, const json_t *value)
{
    json_t *rules = (json_t *)(uintptr_t)schema;
    const char *name = NULL;
    json_t *rule = NULL;
    json_object_foreach(rules, name, rule)
    {
        keyword *apply = find_keyword(name);
        if (apply == NULL)
            return fail(check, "the schema has a keyword that this checker does not know: ", name);
        if (!apply(check, schema, rule, value))
            return false;
    }
    return true;
}

bool schema_check(const json_t *schema, const json_t *document, char *problem, size_t size)
{
    struct check check = {.root = schema, .problem = problem, .size = size};
    problem[0] = '\0';
    return matches(&check, schema, document);
}
