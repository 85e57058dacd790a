/* test_selftest_aa.c: what checks of a program against itself are taken to say of the machine. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/cli/command.h"
#include "bench/cli/selftest_aa_report.h"

#define CASES 10

const struct dlb_command *const dlb_commands[] = {NULL}; /* main.c's, which tests do not link */

/* Ten cases in one check each: the i-th would have shown mde[i]. */
static void fill(struct dlb_aa *aa, struct dlb_aa_case *cases, const double *mde, int rejected)
{
    memset(aa, 0, sizeof *aa);
    memset(cases, 0, CASES * sizeof *cases);
    aa->cases = cases;
    aa->case_count = CASES;
    aa->checks = 1;
    for (int i = 0; i < CASES; i++) {
        snprintf(cases[i].label, sizeof cases[i].label, "case %d", i);
        snprintf(cases[i].device, sizeof cases[i].device, "fake:0");
        cases[i].mde = (double *)(uintptr_t)&mde[i];
        cases[i].sd = (double *)(uintptr_t)&mde[i];
        cases[i].count = isfinite(mde[i]) ? 1 : 0;
        cases[i].processes = 20;
        cases[i].rejected = rejected;
    }
    dlb_aa_advise(aa);
}

static bool advises(const struct dlb_aa *aa, const char *text)
{
    for (int i = 0; i < aa->advice_count; i++)
        if (strstr(aa->advice[i], text) != NULL)
            return true;
    return false;
}

/* Nine of ten cases decide: the rated change is the next step above theirs. */
static void steps_cover_nine_of_ten(void **state)
{
    static const struct {
        double usual, worst, rated, tolerance;
    } rows[] = {
        {0.001, 0.02, 0.03, 0.02}, {0.03, 0.03, 0.03, 0.02}, {0.031, 0.5, 0.05, 0.03},
        {0.06, 0.06, 0.07, 0.04},  {0.3, 9.0, 0.30, 0.18},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct dlb_aa aa;
        struct dlb_aa_case cases[CASES];
        double mde[CASES];
        for (int c = 0; c < CASES; c++)
            mde[c] = c == 4 ? rows[i].worst : rows[i].usual;
        fill(&aa, cases, mde, 0);
        if (fabs(aa.rated - rows[i].rated) > 1e-12 ||
            fabs(aa.tolerance - rows[i].tolerance) > 1e-12)
            fail_msg("row %zu: rated %g, tolerance %g", i, aa.rated, aa.tolerance);
        assert_int_equal(aa.beyond, rows[i].worst > rows[i].rated);
        assert_int_equal(advises(&aa, "case 4 on fake:0"), rows[i].worst > rows[i].rated);
        assert_int_equal(advises(&aa, "the defaults suit this machine"), rows[i].rated <= 0.05);
    }
}

static void a_noisy_machine_is_called_so(void **state)
{
    struct dlb_aa aa;
    struct dlb_aa_case cases[CASES];
    const double mde[CASES] = {2, 2, 2, 2, 2, 2, 2, 2, 2, 0.01};
    (void)state;
    fill(&aa, cases, mde, 8);
    assert_true(isnan(aa.rated) && isnan(aa.tolerance));
    assert_true(advises(&aa, "too noisy for a check"));
    assert_true(advises(&aa, "rejected 40 % of the processes"));
    assert_true(advises(&aa, "dlbench doctor"));
}

static void rejections_alone_are_told(void **state)
{
    struct dlb_aa aa;
    struct dlb_aa_case cases[CASES];
    const double mde[CASES] = {0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01};
    (void)state;
    fill(&aa, cases, mde, 4); /* 20 %: not yet */
    assert_false(advises(&aa, "rejected"));
    assert_int_equal(aa.advice_count, 1);
    fill(&aa, cases, mde, 5);
    assert_true(advises(&aa, "rejected 25 % of the processes"));
    assert_true(advises(&aa, "dlbench doctor"));
}

/* A case that was never compared has no say, and without any there is none to give. */
static void cases_without_an_answer(void **state)
{
    struct dlb_aa aa;
    struct dlb_aa_case cases[CASES];
    double mde[CASES];
    (void)state;
    for (int i = 0; i < CASES; i++)
        mde[i] = (double)NAN;
    fill(&aa, cases, mde, 0);
    assert_int_equal(aa.advice_count, 0);
    assert_true(isnan(aa.rated));
    mde[3] = 0.04;
    fill(&aa, cases, mde, 0);
    assert_true(fabs(aa.rated - 0.05) < 1e-12);
    json_t *json = dlb_aa_json(&aa);
    const json_t *rows = json_object_get(json, "cases");
    assert_int_equal(json_array_size(rows), CASES);
    assert_true(json_is_null(json_object_get(json_array_get(rows, 0), "mde90")));
    assert_true(json_is_real(json_object_get(json_array_get(rows, 3), "mde90")));
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_cover_nine_of_ten),
        cmocka_unit_test(a_noisy_machine_is_called_so),
        cmocka_unit_test(rejections_alone_are_told),
        cmocka_unit_test(cases_without_an_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
