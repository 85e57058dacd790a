/* html_environment.c: machine, program and devices, as the file tells them: whatever members it has, so that nothing new is forgotten here. */
#include <string.h>

#include "bench/store/result_join.h"
#include "reports/html_page.h"
#include "reports/report_sentences.h"

/* A member as text: numbers as they are, lists joined, nothing for null and for what would be a table of its own. */
static void put_value(json_t *value, struct dlb_text *text)
{
    size_t index;
    json_t *member;
    if (json_is_string(value))
        dlb_text_append(text, json_string_value(value));
    else if (json_is_boolean(value))
        dlb_text_append(text, json_is_true(value) ? "yes" : "no");
    else if (json_is_integer(value))
        dlb_text_format(text, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        dlb_text_format(text, "%.10g", json_real_value(value));
    else if (json_is_array(value))
        json_array_foreach(value, index, member)
        {
            dlb_text_append(text, index > 0 ? ", " : "");
            put_value(member, text);
        }
    else if (json_is_object(value)) {
        const char *name;
        const char *between = "";
        json_object_foreach(value, name, member)
        {
            dlb_text_format(text, "%s%s ", between, name);
            put_value(member, text);
            between = ", ";
        }
    }
}

static void add_facts(struct dlb_page *page, const char *caption, json_t *object)
{
    const char *name;
    json_t *value;
    struct dlb_text text = {0};
    if (json_object_size(object) == 0)
        return;
    dlb_text_append(&page->out, "<table class=\"facts\"><caption>");
    dlb_html_text(caption, &page->out);
    dlb_text_append(&page->out, "</caption><tbody>\n");
    json_object_foreach(object, name, value)
    {
        put_value(value, &text);
        dlb_html_fact(name, text.data != NULL ? text.data : "", &page->out);
        dlb_text_clear(&text);
    }
    dlb_text_append(&page->out, "</tbody></table>\n");
    page->out.failed = page->out.failed || text.failed;
    dlb_text_free(&text);
}

static const struct dlb_html_column device_columns[] = {
    {"device", "", false}, {"kind", "", false},  {"name", "", false},     {"library", "", false},
    {"driver", "", false}, {"memory", "", true}, {"evidence", "", false}, {"status", "", false},
};

static void add_device(struct dlb_page *page, const json_t *device)
{
    static const char *const names[] = {"key", "kind", "name", "runtime", "driver"};
    const double bytes = json_number_value(json_object_get(device, "mem_bytes"));
    const char *status = dlb_report_member(device, "status");
    char memory[32] = "";
    struct dlb_text text = {0};
    dlb_text_append(&page->out, "<tr>");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        dlb_html_cell_name(dlb_report_member(device, names[i]), &page->out);
    if (bytes > 0)
        dlb_format_bytes(memory, sizeof memory, bytes);
    dlb_html_cell_value(bytes, memory, &page->out);
    dlb_html_cell(dlb_report_member(device, "evidence"), &page->out);
    if (strcmp(status, "ok") == 0)
        dlb_text_append(&text, status);
    else
        dlb_report_absent(device, &text);
    dlb_html_cell_name(text.data != NULL ? text.data : "", &page->out);
    dlb_text_append(&page->out, "</tr>\n");
    page->out.failed = page->out.failed || text.failed;
    dlb_text_free(&text);
}

static void add_devices(struct dlb_page *page)
{
    size_t index;
    json_t *device;
    if (json_array_size(page->result->devices) == 0)
        return;
    dlb_html_table("devices", "Devices", device_columns,
                   (int)(sizeof device_columns / sizeof device_columns[0]), &page->out);
    json_array_foreach(page->result->devices, index, device)
    {
        add_device(page, device);
    }
    dlb_html_table_end(&page->out);
}

/* The files that were put together, each with its own machine and program. */
static void add_files(struct dlb_page *page)
{
    static const char *const parts[] = {"host", "tool"};
    size_t index;
    json_t *file;
    json_array_foreach(dlb_result_files(page->result), index, file)
    {
        struct dlb_text text = {0};
        dlb_text_append(&page->out, "<details><summary>");
        dlb_text_format(&text, "%s: %s, run of %s, suite %s", dlb_report_member(file, "name"),
                        dlb_report_member(file, "label"), dlb_report_member(file, "created_utc"),
                        dlb_report_member(file, "suite"));
        dlb_html_name(text.data != NULL ? text.data : "", &page->out);
        dlb_text_append(&page->out, "</summary>\n");
        for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
            add_facts(page, parts[i], json_object_get(file, parts[i]));
        dlb_text_append(&page->out, "</details>\n");
        page->out.failed = page->out.failed || text.failed;
        dlb_text_free(&text);
    }
}

void dlb_page_environment(struct dlb_page *page)
{
    struct dlb_text text = {0};
    dlb_page_section(page, "environment", "Machine and devices");
    dlb_report_host(page->result, &text);
    dlb_html_sentence("p", &text, &page->out);
    add_devices(page);
    dlb_text_append(
        &page->out,
        "<details><summary>All that is known of the machine and the program</summary>\n");
    add_facts(page, "Machine", page->result->host);
    add_facts(page, "Program", page->result->tool);
    dlb_text_append(&page->out, "</details>\n");
    add_files(page);
    dlb_page_section_end(page);
    page->out.failed = page->out.failed || text.failed;
    dlb_text_free(&text);
}
