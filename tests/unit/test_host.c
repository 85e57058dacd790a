/* test_host.c: recorded machines are described as they are; what they do not tell stays unknown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bench/base/compiler.h"
#include "bench/measure/host.h"
#include "bench/measure/procfs.h"

#define MACHINES "tests/recordings/host/"

static struct dlb_host host; /* large */

static void assert_cpus(const int *expected, int count)
{
    assert_int_equal(host.allowed_cpu_count, count);
    for (int i = 0; i < count; i++)
        assert_int_equal(host.allowed_cpus[i], expected[i]);
}

static void test_virtual_machine(void **state)
{
    (void)state;
    dlb_host_read(MACHINES "vm", &host);
    assert_string_equal(host.os, "Debian GNU/Linux 12 (bookworm)");
    assert_string_equal(host.kernel, "6.1.0-18-amd64");
    assert_string_equal(host.name, "sandbox");
    assert_string_equal(host.cpu_model, "Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz");
    assert_string_equal(host.cpu_flags,
                        "avx512 avx512_vnni avx512_bf16 avx512_fp16 amx_int8 amx_bf16");
    assert_string_equal(host.microcode, "0x2b000161");
    assert_string_equal(host.virt, "kvm"); /* from the clock source: no firmware tables */
    assert_string_equal(host.container, "none");
    assert_string_equal(host.governor, "unknown");
    assert_string_equal(host.turbo, "unknown");
    assert_string_equal(host.mitigations, "mitigated");
    assert_string_equal(host.aslr, "on");
    assert_string_equal(host.smt, "on");
    assert_int_equal(host.sockets, 1);
    assert_int_equal(host.cores, 1);
    assert_int_equal(host.threads, 2);
    assert_int_equal(host.numa, 1);
    assert_true(host.ram_bytes == INT64_C(8000000) * 1024);
    assert_true(host.ram_available_bytes == INT64_C(6000000) * 1024);
    assert_false(host.heterogeneous || host.on_battery);
    assert_cpus((const int[]){0, 1}, 2);
    assert_int_equal(dlb_host_default_threads(&host), 2);
}

/* One hardware thread of every core first, then the second ones. */
static void test_laptop(void **state)
{
    (void)state;
    dlb_host_read(MACHINES "laptop", &host);
    assert_string_equal(host.os, "Fedora");
    assert_string_equal(host.cpu_flags, "avx2 avx_vnni");
    assert_string_equal(host.virt, "none");
    assert_string_equal(host.governor, "powersave");
    assert_string_equal(host.turbo, "off");
    assert_string_equal(host.mitigations, "not affected");
    assert_string_equal(host.aslr, "off");
    assert_string_equal(host.smt, "on"); /* from the counts: no smt/active */
    assert_int_equal(host.cores, 4);
    assert_int_equal(host.threads, 6);
    assert_true(host.heterogeneous);
    assert_true(host.on_battery);
    assert_cpus((const int[]){0, 2, 4, 5, 1, 3}, 6);
    assert_int_equal(dlb_host_default_threads(&host), 6);
}

static void test_container(void **state)
{
    (void)state;
    dlb_host_read(MACHINES "container", &host);
    assert_string_equal(host.os, "Alpine Linux v3.19");
    assert_string_equal(host.virt, "kvm");
    assert_string_equal(host.container, "kubernetes");
    assert_string_equal(host.governor, "mixed");
    assert_string_equal(host.turbo, "on");
    assert_string_equal(host.smt, "off");
    assert_string_equal(host.mitigations, "unknown");
    assert_int_equal(host.sockets, 2);
    assert_int_equal(host.cores, 8);
    assert_int_equal(host.numa, 2);
    assert_cpus((const int[]){2, 3, 4, 5}, 4);
    assert_true(host.cgroup_cpu_quota > 1.499 && host.cgroup_cpu_quota < 1.501);
    assert_int_equal(dlb_host_default_threads(&host), 1); /* whole CPUs of 1.5 */
    /* 2 GiB less 1.5 GiB, of which 0.5 GiB can be dropped */
    assert_true(host.ram_available_bytes == INT64_C(1) << 30);
    assert_true(host.ram_bytes == INT64_C(32000000) * 1024);
}

static void test_cgroup_version_1(void **state)
{
    (void)state;
    dlb_host_read(MACHINES "cgroup1", &host);
    assert_string_equal(host.container, "docker");
    assert_true(host.cgroup_cpu_quota > 0.499 && host.cgroup_cpu_quota < 0.501);
    assert_int_equal(dlb_host_default_threads(&host), 1); /* half a CPU: still one thread */
    assert_true(host.ram_available_bytes == 1073741824 - 800000000);
    assert_int_equal(host.threads, 4); /* counted in cpuinfo */
    assert_int_equal(host.sockets, 2);
    assert_int_equal(host.cores, 2);
    assert_cpus((const int[]){0, 1, 2, 3}, 4);
}

static void test_amazon(void **state)
{
    (void)state;
    dlb_host_read(MACHINES "amazon", &host);
    assert_string_equal(host.virt, "xen");
    assert_string_equal(host.mitigations, "vulnerable");
    assert_string_equal(host.aslr, "partial");
    assert_cpus((const int[]){0, 1, 2}, 3); /* the mask names CPUs that are unplugged */
    assert_int_equal(host.cores, 3);
}

static void test_nothing_readable(void **state)
{
    (void)state;
    dlb_host_read(MACHINES "nothing", &host);
    const char *const texts[] = {host.os,          host.kernel, host.cpu_model, host.virt,
                                 host.microcode,   host.aslr,   host.governor,  host.turbo,
                                 host.mitigations, host.smt,    host.container, host.name};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(texts); i++)
        assert_string_equal(texts[i], "unknown");
    assert_string_equal(host.cpu_flags, "");
    assert_int_equal(host.sockets + host.cores + host.threads + host.numa, 0);
    assert_true(host.ram_bytes == 0 && host.ram_available_bytes == 0);
    assert_int_equal(host.allowed_cpu_count, 0);
    assert_false(host.on_battery || host.heterogeneous);
    assert_int_equal(dlb_host_default_threads(&host), 1);
    assert_int_equal(strlen(host.id_hash), 16);
}

static void test_id_tells_machines_apart(void **state)
{
    (void)state;
    char first[sizeof host.id_hash];

    dlb_host_read(MACHINES "vm", &host);
    strcpy(first, host.id_hash);
    assert_null(strstr(first, "0123456789abcdef")); /* not the machine id itself */
    dlb_host_read(MACHINES "vm", &host);
    assert_string_equal(first, host.id_hash);
    dlb_host_read(MACHINES "laptop", &host);
    assert_string_not_equal(first, host.id_hash);
}

static void test_default_threads(void **state)
{
    (void)state;
    const struct {
        double quota;
        int allowed, threads;
    } cases[] = {{0, 8, 8}, {4, 8, 4}, {3.99, 8, 3}, {100, 8, 8}, {0.1, 2, 1}, {0, 0, 1}};

    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        host.allowed_cpu_count = cases[i].allowed;
        host.cgroup_cpu_quota = cases[i].quota;
        assert_int_equal(dlb_host_default_threads(&host), cases[i].threads);
    }
}

static void test_this_machine(void **state)
{
    (void)state;
    dlb_host_read("", &host);
    assert_true(host.allowed_cpu_count >= 1);
    assert_true(dlb_host_default_threads(&host) <= host.allowed_cpu_count);
    assert_int_equal(strlen(host.id_hash), 16);
    assert_true(host.ram_available_bytes <= host.ram_bytes || host.ram_bytes == 0);
}

static void test_proc_helpers(void **state)
{
    (void)state;
    const char *const text = "MemTotal:   12 kB\nsome avg=1\nModel name\t: x y\nCpus=3\nlast";
    int cpus[8];
    char small[4];
    int64_t number = -1;

    assert_int_equal(strncmp(dlb_proc_field(text, "MemTotal"), "12 kB", 5), 0);
    assert_int_equal(strncmp(dlb_proc_field(text, "some"), "avg=1", 5), 0);
    assert_int_equal(strncmp(dlb_proc_field(text, "Model name"), "x y", 3), 0);
    assert_int_equal(strncmp(dlb_proc_field(text, "Cpus"), "3", 1), 0);
    assert_null(dlb_proc_field(text, "Mem"));
    assert_null(dlb_proc_field(text, "last"));
    assert_null(dlb_proc_field("", "x"));

    assert_int_equal(dlb_proc_parse_list("0-2,5,7-8\n", cpus, 8), 6);
    assert_int_equal(cpus[3], 5);
    assert_int_equal(cpus[5], 8);
    assert_int_equal(dlb_proc_parse_list("0-1000000", cpus, 8), 8);
    assert_int_equal(dlb_proc_parse_list("", cpus, 8), 0);
    assert_int_equal(dlb_proc_parse_list("x", cpus, 8), 0);
    assert_int_equal(dlb_proc_parse_list("5-3", cpus, 8), 0);
    assert_int_equal(dlb_proc_parse_list("1,9223372036854775807-9223372036854775807", cpus, 8), 1);

    assert_true(dlb_proc_read(MACHINES "vm", small, sizeof small, "/proc/sys/kernel/hostname"));
    assert_string_equal(small, "san"); /* cut, terminated */
    assert_false(dlb_proc_read(MACHINES "vm", small, sizeof small, "/proc"));
    assert_false(dlb_proc_read_int(MACHINES "vm", &number, "/proc/sys/kernel/hostname"));
    assert_int_equal(number, -1);
    assert_null(dlb_proc_load(MACHINES "vm", "/no/such/file"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_virtual_machine),
        cmocka_unit_test(test_laptop),
        cmocka_unit_test(test_container),
        cmocka_unit_test(test_cgroup_version_1),
        cmocka_unit_test(test_amazon),
        cmocka_unit_test(test_nothing_readable),
        cmocka_unit_test(test_id_tells_machines_apart),
        cmocka_unit_test(test_default_threads),
        cmocka_unit_test(test_this_machine),
        cmocka_unit_test(test_proc_helpers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
