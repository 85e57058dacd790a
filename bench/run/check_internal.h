/* check_internal.h: what the files of the check share: a check on its way, and one case of it. Nobody else includes it. */
#ifndef DLB_CHECK_INTERNAL_H
#define DLB_CHECK_INTERNAL_H

#include "bench/run/check.h"

enum check_side { SIDE_A, SIDE_B, SIDE_COUNT };
enum check_stage { STAGE_FIRST = 1, STAGE_SECOND = 2, STAGE_END };

/* What the row does not keep of a pair. */
struct check_note {
    double noise;   /* of the noisier process */
    int invocation; /* of B's record */
};

struct check_case {
    const struct dlb_case *item;
    struct dlb_record *record;   /* B's, in the result */
    struct dlb_verdict_row *row; /* in the result */
    struct dlb_record a;         /* what A's processes told */
    char version_hash[SIDE_COUNT][20];
    bool b_begins; /* the first pair */
    bool decided;  /* failed, new, missing, exact ...: no more pairs, and the rule passes it over */
    bool dropped;  /* for the budget */
    bool told;     /* watch->finished has been called */
    int wanted[STAGE_END], kept[STAGE_END], tried[STAGE_END]; /* pairs; quiet ones are kept */
    int quiet[SIDE_COUNT], noisy[SIDE_COUNT];                 /* processes */
    double spent_s, first_s;                                  /* on all pairs, on the first one */
    struct check_note *notes;                                 /* as many as the row has pairs */
    double *differences[STAGE_END];
    char unsettled[96]; /* why; "" it is not */
};

struct check {
    const struct dlb_check_options *options;
    const struct dlb_check_watch *watch;
    struct dlb_result *result;
    int64_t case_count;
    struct check_case *cases;
    struct dlb_rule rule; /* first_pairs is lowered where the budget asks for it */
    struct dlb_rule_case *rules;
    int protocol[SIDE_COUNT];
    bool verifies_on_demand; /* both sides do */
    struct dlb_gate_session gates;
    struct dlb_check_state state;
    int64_t *queue;    /* case indices of this block */
    int64_t *rotation; /* those of the first block: the last ones are dropped first */
    int64_t rotation_count;
    int64_t next_order, start_ns, saved_ns;
    int64_t tried_first; /* pairs of stage 1, when it is over */
    bool over;           /* stage 2 has used the budget up */
    bool finish;         /* stop after the pair at hand */
    bool stopped;        /* by the user */
    bool unsaved;        /* saving on the way failed once; it was told */
};

/* check_pair.c: two processes, next to each other. DLB_OK, DLB_INTERRUPTED (the pair does not count) or DLB_NO_MEMORY. */
enum dlb_status dlb_check_pair(struct check *c, struct check_case *x, enum check_stage stage);

/* check_stage.c */
bool dlb_check_is_open(const struct check_case *x, enum check_stage stage); /* wants pairs */
bool dlb_check_stop(void *user); /* `user` is the check; true: at once */
void dlb_check_refresh(struct check *c);
/* Blocks until no case wants any more. DLB_OK, DLB_INTERRUPTED or DLB_NO_MEMORY. */
enum dlb_status dlb_check_stage(struct check *c, enum check_stage stage, struct dlb_why *why);

/* check_budget.c: without a budget, nothing is refused. */
/* The order of the first block decides who is dropped. */
void dlb_check_budget_rotation(struct check *c, int64_t queued);
/* May another pair of this case begin? Where not, the case has been dropped, or the stage is over. */
bool dlb_check_budget_admits(struct check *c, struct check_case *x, enum check_stage stage);
/* After a block of stage 1: how many pairs fit, who must go, and who comes back. */
void dlb_check_budget_plan(struct check *c);

/* check_decide.c: a case that the rule does not judge. Called when its first pair has been tried or a side has failed; returns
 * whether it is decided now. */
bool dlb_check_decide(struct check *c, struct check_case *x);
/* Differences of the two sides that leave them comparable, into the row's reason. */
void dlb_check_remark(struct check_case *x);

/* check_judge.c */
/* At the end of a stage: fills up from the least noisy pairs, and says what stays unsettled. */
void dlb_check_settle(struct check *c, enum check_stage stage);
/* Who is measured again. */
void dlb_check_choose(struct check *c);
void dlb_check_judge(struct check *c);
/* A verdict to the screen, once. What is told before the end is in the journal by then. */
void dlb_check_tell(struct check *c, struct check_case *x);
/* Adds to a reason, after "; " where there is one already. */
void dlb_check_note(char *reason, size_t size, const char *text);

/* check_save.c */
/* What the pair that was just tried has brought, into the journal, and now and then everything into the file. `measured`: the
 * record has got an invocation by it. */
void dlb_check_save(struct check *c, const struct check_case *x, bool measured);

#endif
