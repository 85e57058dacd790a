/* near.h: figures against the ones of textbooks and closed forms, for the tests of statistics. */
#ifndef DLB_NEAR_H
#define DLB_NEAR_H

/* Fails, and names `what`, unless both are finite and at most `tolerance` apart. */
void near(double found, double expected, double tolerance, const char *what);

#endif
